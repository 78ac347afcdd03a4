"""scrub, repair and verify against a fake node."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dfs_core.cli import upkeep
from dfs_core.encoding.upkeep_messages import KeyVerified, RepairStarted, ScrubStatus, StartScrub, VerifyKey
from dfs_core.testing.fake_node import FakeNode

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "_LOOK_S", 0.0)


def test_a_scrub_is_shown_with_what_came_of_the_last_one(at: Run, node: FakeNode) -> None:
    ended = at("scrub")
    assert ended.code == 0
    for words in ("5 of 10 chunks, 1 damaged", "1 min, of 30 d", "9 chunks checked, 2 damaged"):
        assert words in ended.out
    node.upkeep.scrub = msgspec.structs.replace(node.upkeep.scrub, late=True, tours=0)
    late = at("scrub").out
    assert "it is late" in late
    assert "no tour has ended yet" in late
    assert node.asked(StartScrub) == []


@pytest.mark.parametrize(("damaged", "missing", "code"), [(0, 0, 0), (2, 0, 1), (0, 3, 1)])
def test_a_scrub_at_once_is_waited_for_and_its_code_tells(
    at: Run, node: FakeNode, damaged: int, missing: int, code: int
) -> None:
    node.upkeep.scrub = msgspec.structs.replace(node.upkeep.scrub, last_damaged=damaged, missing=missing)
    ended = at("scrub", "--now")
    assert ended.code == code
    assert f"9 chunks checked, {damaged} damaged" in ended.out
    assert "checked 5 of 10" in ended.err
    assert len(node.asked(StartScrub)) == 1


def test_a_damaged_catalog_is_said_and_the_code_tells(at: Run, node: FakeNode) -> None:
    sound = msgspec.structs.replace(node.upkeep.scrub, last_damaged=0, missing=0)
    node.upkeep.scrub = msgspec.structs.replace(sound, catalog="the catalog of this node is damaged")
    ended = at("scrub", "--now")
    assert ended.code == 1
    assert "0 damaged; the catalog of this node is damaged" in ended.out


def test_json_has_the_fields_of_the_answers(at: Run, node: FakeNode) -> None:
    node.put("tea", b"tea")
    assert tuple(json.loads(at("scrub", "--json").out)) == ScrubStatus.__struct_fields__
    assert tuple(json.loads(at("repair", "--json").out)) == RepairStarted.__struct_fields__
    assert tuple(json.loads(at("verify", "tea", "--json").out)) == KeyVerified.__struct_fields__


def test_repair_shows_what_is_being_done(at: Run, node: FakeNode) -> None:
    ended = at("repair")
    assert ended.code == 0
    assert "1 node at work" in ended.out
    assert "resync" in ended.out


def test_repair_names_who_did_not_answer(at: Run, node: FakeNode) -> None:
    node.upkeep.silent = ["cd" * 32]
    ended = at("repair")
    assert ended.code == 1
    assert "no answer from cdcdcdcdcdcd" in ended.err


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        (KeyVerified("tea", 1, 4, 12, 0, 0, 0, 0), 0, "tea: 12 good copies of 4 chunks"),
        (KeyVerified("tea", 1, 0, 0, 0, 0, 0, 0), 0, "tea: kept in the catalog itself"),
        (KeyVerified("tea", 1, 4, 11, 1, 0, 0, 0), 1, "1 damaged"),
        (KeyVerified("tea", 1, 4, 10, 0, 2, 0, 0), 1, "2 missing"),
        (KeyVerified("tea", 1, 4, 8, 0, 0, 4, 0), 1, "4 out of reach"),
        (KeyVerified("tea", 1, 4, 9, 3, 0, 0, 1), 4, "1 chunk without a good copy"),
    ],
)
def test_a_key_is_verified_and_the_code_tells_how_it_was(
    at: Run, node: FakeNode, found: KeyVerified, code: int, said: str
) -> None:
    node.put("tea", b"tea")
    node.upkeep.verified["tea"] = found
    ended = at("verify", "tea")
    assert (ended.code, said in ended.out) == (code, True)


def test_several_keys_are_verified_and_one_that_is_not_there_is_named(at: Run, node: FakeNode) -> None:
    node.put("tea", b"tea")
    ended = at("verify", "tea", "milk")
    assert ended.code == 1
    assert "tea: 3 good copies" in ended.out
    assert ended.err.startswith("dfs-core: no such key: 'milk';")
    assert ended.err.count("milk") == 1
    assert node.asked(VerifyKey) == [VerifyKey("tea"), VerifyKey("milk")]
    assert at("verify", "milk").code == 3
