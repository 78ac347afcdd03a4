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
    assert "1 of 1 voters up" in shown
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
    assert "2 damaged copies" in shown


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
    heading, first, second = at("peers", terminal=True).out.splitlines()
    assert heading.startswith("NODE")
    assert "full, leader" in first
    assert "here" in first
    assert "down" in second
    assert "never" in second
    assert second.endswith("refused\\x1b[")


def test_a_link_is_steered_by_the_beginning_of_an_id(at: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    (here,) = node.peers()
    other = msgspec.structs.replace(here, node="cd" * 32, liveness="down", leader=False, banned_s=480.0)
    monkeypatch.setattr(node, "peers", lambda: [here, other])
    shown = at("peers", "ban", "cdcd", "--for", "8m", terminal=True).out
    assert node.upkeep.banned == {"cd" * 32: 480.0}
    assert "down, banned, 8 min left" in shown
    assert NODE_ID[:12] not in shown
    at("peers", "allow", "cd")
    assert node.upkeep.banned == {}
    at("peers", "disconnect", "cd")
    assert "not banned" in at("peers", "allow", "cd").err
