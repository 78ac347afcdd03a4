"""A verb that waits for a majority says so once, to whoever sits at a terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dfs_core.cli import waiting
from dfs_core.client import NodeStatus
from dfs_core.testing.fake_node import NODE_ID, FakeNode

Run = Callable[..., Any]
SECOND, THIRD = "cd" * 32, "ef" * 32
WAITS = f"dfs-core: waiting for a majority of the 3 voters: {SECOND[:12]}, {THIRD[:12]} are not up\n"


def without_majority(status: NodeStatus) -> NodeStatus:
    """As a node of three says it whose two peers are gone."""
    (own,) = status.peers
    gone = [msgspec.structs.replace(own, node=node, liveness="down") for node in (SECOND, THIRD)]
    return msgspec.structs.replace(status, voters=[NODE_ID, SECOND, THIRD], leader="", peers=[own, *gone])


@pytest.fixture
def alone(node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> FakeNode:
    """It decides nothing until it was said who is missing."""
    status, say = without_majority(node.status()), waiting.say

    def say_and_go_on(text: str) -> None:
        say(text)
        node.loop.call_soon_threadsafe(node.decides.set)

    node.put("a", b"x")
    node.decides.clear()
    monkeypatch.setattr(node, "status", lambda: status)
    monkeypatch.setattr(waiting, "say", say_and_go_on)
    monkeypatch.setattr(waiting, "SAID_AFTER_S", 0.0)
    return node


@pytest.mark.parametrize(
    "words",
    [
        ("rm", "a"),
        ("cp", "a", "b"),
        ("mv", "a", "b"),
        ("restore", "a", "--version", "1"),
        ("settings", "chunk_bytes", "4M"),
        ("drain", NODE_ID[:8], "--yes", "--no-wait"),
        ("layout", "set", NODE_ID[:8], "--zone", "attic", "--yes"),
        ("collect",),
    ],
    ids=lambda words: words[0],
)
def test_whoever_waits_for_a_majority_is_told_who_is_missing_and_then_how_it_ended(
    run: Run, alone: FakeNode, words: tuple[str, ...]
) -> None:
    ended = run(*words, "--control", str(alone.control), watched=True)
    assert (ended.code, ended.err) == (0, WAITS)


async def test_a_script_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Asked(Exception): ...

    class Unasked:
        async def status(self) -> NodeStatus:
            raise Asked

    async def work() -> str:
        for _ in range(10):
            await asyncio.sleep(0)
        return "done"

    monkeypatch.setattr(waiting, "SAID_AFTER_S", 0.0)
    client: Any = Unasked()
    assert await waiting.decided(client, work()) == "done"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with pytest.raises(Asked):
        await waiting.decided(client, work())


def test_what_is_decided_at_once_is_not_talked_about(run: Run, node: FakeNode) -> None:
    node.put("a", b"x")
    assert run("rm", "a", "--control", str(node.control), watched=True).err == ""


def test_with_a_majority_it_is_the_nodes_or_an_election_that_one_waits_for(node: FakeNode) -> None:
    status = node.status()
    assert waiting.waited_for(status) == "waiting for the nodes to decide"
    assert waiting.waited_for(msgspec.structs.replace(status, leader="")) == "waiting for the nodes to elect a leader"
    two = msgspec.structs.replace(without_majority(status), voters=[NODE_ID, SECOND])
    assert waiting.waited_for(two) == f"waiting for a majority of the 2 voters: {SECOND[:12]} is not up"
