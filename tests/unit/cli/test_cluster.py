"""status and peers against a fake node."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dfs_core.encoding.control_messages import NodeStatus, PeerStatus
from dfs_core.testing.fake_node import NODE_ID, FakeNode

Run = Callable[..., Any]


def test_status_says_how_things_are_in_lines(at: Run) -> None:
    shown = at("status").out
    assert "HEALTHY" in shown
    assert NODE_ID[:12] in shown
    assert "1 of 1 voter up" in shown
    assert "!" not in shown


def test_status_nags_about_what_endangers_data(at: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    worried = msgspec.structs.replace(
        node.status(),
        recovery_confirmed=False,
        durability="relaxed",
        damaged=2,
        health="AT RISK",
        reasons=["n2 is down"],
    )
    monkeypatch.setattr(node, "status", lambda: worried)
    shown = at("status").out
    assert "AT RISK; n2 is down" in shown
    assert "recovery confirm" in shown
    assert "relaxed" in shown
    assert "2 copies found damaged" in shown


def test_a_vault_that_cannot_know_what_is_stored_does_not_say_it_is_nothing(
    at: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = msgspec.structs.replace(node.status(), role="vault", leader="", voters=[], keys=0, logical_bytes=0)
    monkeypatch.setattr(node, "status", lambda: vault)
    shown = at("status").out
    assert "0 keys" not in shown and "none known" not in shown
    assert "full nodes" in shown


def test_status_json_is_one_object_with_every_field(at: Run) -> None:
    (line,) = at("status", "--json").out.splitlines()
    assert set(json.loads(line)) == set(NodeStatus.__struct_fields__)


def test_peers_json_is_one_object_a_node_with_every_field(at: Run) -> None:
    (line,) = at("peers", "--json").out.splitlines()
    assert set(json.loads(line)) == set(PeerStatus.__struct_fields__)


def test_peers_shows_who_leads_and_why_somebody_is_missing(
    at: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here,) = node.peers()
    gone = msgspec.structs.replace(
        here, node="cd" * 32, liveness="down", leader=False, seen_s=-1, rtt_ms=-1.0, addresses=[], error="refused\x1b["
    )
    monkeypatch.setattr(node, "peers", lambda: [here, gone])
    heading, first, second, why = at("peers", terminal=True).out.splitlines()
    assert heading.startswith("NODE")
    assert "leader" in first
    assert "here" in first
    assert "down" in second
    assert "never" in second
    assert why == "  refused\\x1b["


def test_peers_fits_eighty_columns_and_shows_all_where_there_is_room(
    at: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here,) = node.peers()
    other = msgspec.structs.replace(
        here, node="cd" * 32, liveness="suspect", member_state="draining", leader=False, seen_s=500.0, rtt_ms=123.4,
        addresses=["192.168.100.200:17420"], chunks=1_234_567, bytes=1_234_567_890_123, capacity=2**50, free=2**49,
        error="192.168.100.200:17420: it said goodbye: refused: its folder was copied or put back from a backup",
        unheard_by=["ef" * 32], banned_s=300.0,
    )  # fmt: skip
    monkeypatch.setattr(node, "peers", lambda: [here, other])
    lines = at("peers").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["NODE", "ROLE", "STATE", "SEEN", "ADDRESS"]
    assert "192.168.100.200:17420" in lines[2] and "suspect, draining" in lines[2]
    assert [line.strip() for line in lines[3:]] == [
        "banned, 5 min left",
        "192.168.100.200:17420: it said goodbye: refused: its folder was copied or put",
        "back from a backup",
        "not heard by efefefefefef",
    ]
    monkeypatch.setenv("COLUMNS", "130")
    assert at("peers", terminal=True).out.splitlines()[0].split()[-4:] == ["CHUNKS", "BYTES", "FREE", "RTT"]
    monkeypatch.setattr(node, "peers", lambda: [here])
    assert at("peers").out.splitlines()[0].split()[-2:] == ["FREE", "RTT"], "little to say fits as it is"


def test_a_node_without_a_name_is_named_once(at: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    unnamed = msgspec.structs.replace(node.status(), name=NODE_ID[:12])
    monkeypatch.setattr(node, "status", lambda: unnamed)
    shown = at("status").out
    assert f"  {NODE_ID[:12]}, full, ready" in shown and f"({NODE_ID[:12]})" not in shown
    assert "1 node, 3 copies wanted" in shown and "1 of 1 voter up" in shown


def test_a_link_is_steered_by_the_beginning_of_an_id(at: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    (here,) = node.peers()
    other = msgspec.structs.replace(here, node="cd" * 32, liveness="down", leader=False, banned_s=480.0)
    monkeypatch.setattr(node, "peers", lambda: [here, other])
    shown = at("peers", "ban", "cdcd", "--for", "8m", terminal=True).out
    assert node.upkeep.banned == {"cd" * 32: 480.0}
    assert "\n  banned, 8 min left\n" in shown
    assert NODE_ID[:12] not in shown
    at("peers", "allow", "cd")
    assert node.upkeep.banned == {}
    at("peers", "disconnect", "cd")
    assert "not banned" in at("peers", "allow", "cd").err
