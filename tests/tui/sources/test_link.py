"""One watched node: dialled, watched, lost, dialled again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dfs_core.client import (
    Client,
    ConfigError,
    DfsError,
    KeyEntry,
    NotAdmitted,
    NotAllowed,
    PeerUnreachable,
    Transfer,
)
from dfs_core.encoding.control_messages import (
    EventRecorded,
    EventsDropped,
    KeyChanged,
    PeerLost,
    TransferReported,
    Watch,
)
from dfs_core.encoding.worker_messages import GetWorkers
from dfs_tui.sources import link as link_module
from dfs_tui.sources.link import NodeLink
from dfs_tui.view import events
from dfs_tui.view.values import Level

from ..worlds import HandClock
from .watched import Heard, WatchedNode


def key(name: str, version: int, *, removed: bool = False) -> KeyEntry:
    return KeyEntry(name, version, 5, 0, 0, 1_700_000_000_000, 1, removed=removed)


class Moves:
    """Counts what the link asks its owner to do."""

    def __init__(self) -> None:
        self.keys = self.nodes = 0

    def keys_moved(self) -> None:
        self.keys += 1

    def nodes_moved(self) -> None:
        self.nodes += 1


@asynccontextmanager
async def linked(
    control: Path, dial: Callable[[], Awaitable[Client]] | None = None
) -> AsyncIterator[tuple[NodeLink, Heard, HandClock, Moves]]:
    heard, clock, moves = Heard(), HandClock(), Moves()
    link = NodeLink(
        "n1",
        str(control),
        emit=heard.append,
        clock=clock,
        keys_moved=moves.keys_moved,
        nodes_moved=moves.nodes_moved,
        named=lambda text: text.replace("abababababab", "n7"),
        dial=dial,
    )
    task = asyncio.create_task(link.run())
    try:
        yield link, heard, clock, moves
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_workers_are_asked_for_when_no_change_of_them_can_be_missed_and_again_when_some_were(
    tmp_path: Path,
) -> None:
    async with WatchedNode(tmp_path / "s") as node, linked(node.control) as (_, heard, _, _):
        await heard.has(events.WorkersReported)
        asked = [type(request) for request in node.requests]
        assert asked.index(Watch) < asked.index(GetWorkers), "what changed in between would never be told"
        node.say(EventsDropped(3))
        await heard.has(events.WorkersReported, 2)


async def test_a_node_is_dialled_and_what_it_says_is_told(tmp_path: Path) -> None:
    async with WatchedNode(tmp_path / "s") as node, linked(node.control) as (link, heard, _, moves):
        await heard.has(events.NodeReported)
        assert link.client is not None
        assert moves.nodes == 1
        node.say(KeyChanged(key("a", 1)))
        node.say(KeyChanged(key("a", 2, removed=True)))
        node.say(TransferReported(Transfer("t", "store", "a", "active", 1, 2, 0.0, 0.0)))
        node.say(EventRecorded(1000, "warning", "lost abababababab: reset"))
        node.say(EventsDropped(3))
        node.say(PeerLost("x", "gone"))
        await heard.has(events.Noted)
        await heard.until(lambda: moves.nodes == 2)
        assert heard[0] == events.LinkOpened("n1")
        (stored,) = heard.of(events.KeyStored)
        assert isinstance(stored, events.KeyStored)
        assert (stored.entry.key, stored.entry.stored_s) == ("a", 1_700_000_000.0)
        assert heard.of(events.KeyRemoved) == [events.KeyRemoved("a", 2)]
        assert heard.of(events.Noted) == [events.Noted(Level.WARNING, "lost n7: reset", "n1", 1.0)]
        assert len(heard.of(events.TransferReported)) == 1
        assert moves.keys == 2


async def test_a_node_that_has_nothing_new_to_say_is_asked_to_say_it_seldom_but_before_it_counts_as_silent(
    tmp_path: Path,
) -> None:
    async with WatchedNode(tmp_path / "s") as node, linked(node.control) as (_, heard, _, _):
        await heard.has(events.NodeReported)
        (watch,) = node.asked(Watch)
        assert isinstance(watch, Watch)
        assert watch.interval_s < watch.quiet_s < link_module.SILENCE_S / 2


async def test_a_lost_node_is_said_with_the_time_of_the_next_try_and_found_again(tmp_path: Path) -> None:
    async with linked(tmp_path / "s") as (link, heard, clock, _):
        await heard.has(events.LinkLost)
        (lost,) = heard.of(events.LinkLost)
        assert isinstance(lost, events.LinkLost)
        assert "no node is running" in lost.reason
        assert lost.retry_at == clock.now() + link_module.BACKOFF_FIRST_S
        async with WatchedNode(tmp_path / "s") as node:
            await clock.advance(link_module.BACKOFF_FIRST_S)
            await heard.has(events.NodeReported)
            node.hang_up()
            await heard.has(events.LinkLost, 2)
            assert link.client is None
            (said,) = heard.of(events.Noted)
            assert isinstance(said, events.Noted)
            assert (said.level, said.node) == (Level.WARNING, "n1")
            assert "does not answer any more" in said.text


async def test_the_pauses_between_tries_grow_to_a_bound(tmp_path: Path) -> None:
    async with linked(tmp_path / "s") as (_, heard, clock, _):
        pauses: list[float] = []
        for count in range(1, 9):
            await heard.has(events.LinkLost, count)
            lost = heard.of(events.LinkLost)[-1]
            assert isinstance(lost, events.LinkLost)
            pauses.append(lost.retry_at - clock.now())
            await clock.advance(pauses[-1])
        assert pauses[:3] == [0.5, 1.0, 2.0]
        assert max(pauses) == pauses[-1] == link_module.BACKOFF_MAX_S


async def test_a_node_that_falls_silent_is_as_gone_as_one_that_hangs_up(tmp_path: Path, monkeypatch: object) -> None:
    monkeypatch.setattr(link_module, "SILENCE_S", 0.2)  # type: ignore[attr-defined]
    async with WatchedNode(tmp_path / "s") as node, linked(node.control) as (_, heard, _, _):
        await heard.has(events.LinkLost)
        (lost,) = heard.of(events.LinkLost)
        assert isinstance(lost, events.LinkLost)
        assert "no word" in lost.reason


async def test_a_link_that_is_no_longer_wanted_says_so_once(tmp_path: Path) -> None:
    async with WatchedNode(tmp_path / "s") as node:
        async with linked(node.control) as (_, heard, _, _):
            await heard.has(events.NodeReported)
        assert heard[-1] == events.LinkDropped("n1")
        assert not heard.of(events.LinkLost)


async def test_who_is_given_up_is_not_dialled_until_there_is_a_hurry(tmp_path: Path) -> None:
    async with linked(tmp_path / "s") as (link, heard, clock, _):
        await heard.has(events.LinkLost)
        link.halt()
        await heard.has(events.LinkLost, 2)
        last = heard.of(events.LinkLost)[-1]
        assert isinstance(last, events.LinkLost)
        assert last.retry_at < 0
        async with WatchedNode(tmp_path / "s") as node:
            await clock.advance(1000.0)
            assert node.requests == []
            link.hurry()
            await heard.has(events.NodeReported)
            link.halt()  # somebody answers: it is not concerned
            node.hang_up()
            await heard.has(events.LinkLost, 3)
            await clock.advance(link_module.BACKOFF_FIRST_S)
            await heard.has(events.NodeReported, 2)


@pytest.mark.parametrize(
    ("error", "denied"),
    [
        (NotAdmitted("nas:1", "this operator is refused"), True),
        (ConfigError("/x is not an operator's folder"), True),
        (NotAllowed("/s is another user's"), True),
        (PeerUnreachable("nas:1", "Connection refused"), False),
    ],
)
async def test_somebody_who_lets_us_not_in_is_told_from_nobody(error: DfsError, denied: bool) -> None:
    async def dial() -> Client:
        raise error

    async with linked(Path("/nowhere"), dial) as (_, heard, _, _):
        await heard.has(events.LinkLost)
        (lost,) = heard.of(events.LinkLost)
        assert isinstance(lost, events.LinkLost)
        assert (lost.reason, lost.denied) == (str(error), denied)
