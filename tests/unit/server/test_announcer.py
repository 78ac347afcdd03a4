from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.catalog import change
from dfs_core.catalog.change import Applied
from dfs_core.encoding.commands import AnyCommand, Outcome, SetMember, SetSetting, encode_batch, encode_command
from dfs_core.encoding.control_messages import EventsDropped, KeyChanged
from dfs_core.encoding.message import Message
from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.limits import CHUNK_BYTES_MIN, EVENTS_PENDING_MAX
from dfs_core.model.raft_messages import COMMAND, LogEntry
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.announcer import Announcer
from dfs_core.server.events import EventBus
from dfs_core.server.keys import KeyFacts
from dfs_core.testing.clock import ManualClock

from ..replication.file_world import Files


class Bench:
    """A catalog whose changes are announced, and what was heard of them."""

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder)
        self.members = MemberList(MembersKnown(0, 3, []))
        self.bus = EventBus(ManualClock())
        self.watcher = self.bus.subscribe()
        self.chunk_bytes: list[int] = []
        facts = KeyFacts(
            catalog=self.files.catalog,
            chunks=self.files.world.chunks,
            members=self.members,
            full_nodes_up=lambda: 1,
        )
        self.announcer = Announcer(
            catalog=self.files.catalog,
            members=self.members,
            facts=facts,
            events=self.bus,
            settings=lambda settings: self.chunk_bytes.append(settings["chunk_bytes"]),
        )
        self.applied: list[Applied] = []
        inner = self.files.applier.apply

        def apply(entries: list[LogEntry]) -> list[Applied]:
            results = inner(entries)
            self.applied.extend(results)
            return results

        self.files.applier.apply = apply  # type: ignore[method-assign,assignment]

    def apply(self, command: AnyCommand) -> Outcome:
        index = self.files.applier.applied_index + 1
        entry = LogEntry(index, 1, COMMAND, encode_batch(0, [encode_command(command)]))
        return self.files.applier.apply([entry])[0].outcome

    def tell(self) -> None:
        """Hand over what was applied since the last time."""
        results, self.applied = self.applied, []
        self.announcer.applied(results)

    async def heard(self, count: int) -> list[Message]:
        async with asyncio.timeout(10):
            return [await self.watcher.next() for _ in range(count)]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Founded, and the announcer at work."""
    made = Bench(tmp_path)
    await made.files.found()
    made.applied.clear()
    running = asyncio.create_task(made.announcer.run())
    yield made
    running.cancel()
    await asyncio.wait({running})
    await made.files.close()


async def until_told(bench: Bench, revision: int) -> None:
    async with asyncio.timeout(10):
        while bench.members.revision < revision:
            await asyncio.sleep(0.001)


async def test_what_the_catalog_says_is_told_first_of_all(bench: Bench) -> None:
    await until_told(bench, 1)
    assert [member.node for member in bench.members.layout.members] == [bench.files.world.me]
    assert bench.chunk_bytes == [CHUNK_BYTES_MIN]


async def test_a_new_version_and_a_tombstone_are_news(bench: Bench) -> None:
    stored = await bench.files.store("a", b"one")
    await bench.files.remover.remove(["a"])
    bench.tell()
    first, second = await bench.heard(2)
    assert isinstance(first, KeyChanged) and isinstance(second, KeyChanged)
    assert (first.entry.key, first.entry.version, first.entry.size, first.entry.removed) == (
        "a",
        stored.version,
        3,
        False,
    )
    assert (second.entry.key, second.entry.removed) == ("a", True)


async def test_a_changed_member_is_told_to_the_member_list(bench: Bench) -> None:
    await until_told(bench, 1)
    outcome = bench.apply(SetMember(b"z" * 16, bench.files.world.me.digest, zone="attic"))
    bench.tell()
    await until_told(bench, outcome.revision)
    (member,) = bench.members.layout.members
    assert member.zone == "attic"


async def test_a_changed_setting_is_told(bench: Bench) -> None:
    await until_told(bench, 1)
    bench.apply(SetSetting(b"s" * 16, "chunk_bytes", 2 * CHUNK_BYTES_MIN))
    bench.tell()
    async with asyncio.timeout(10):
        while bench.chunk_bytes[-1:] != [2 * CHUNK_BYTES_MIN]:
            await asyncio.sleep(0.001)


async def test_a_changed_number_of_copies_reaches_the_layout(bench: Bench) -> None:
    outcome = bench.apply(SetSetting(b"s" * 16, "copies", 2))
    bench.tell()
    await until_told(bench, outcome.revision)
    assert bench.members.layout.copies == 2


async def test_more_news_than_can_wait_are_counted_and_members_are_never_among_the_lost(bench: Bench) -> None:
    await until_told(bench, 1)
    outcome = bench.apply(SetMember(b"z" * 16, bench.files.world.me.digest, zone="attic"))
    news = [
        Applied(0, b"", Outcome(), (change.KeyChanged("a", number, False),))
        for number in range(1, EVENTS_PENDING_MAX + 2)
    ]
    bench.announcer.applied([*news, *bench.applied])
    (event,) = await bench.heard(1)
    assert event == EventsDropped(1), "the catalog knows no such versions: the others are no news any more"
    await until_told(bench, outcome.revision)


async def test_a_change_without_consequences_wakes_nobody(bench: Bench) -> None:
    await until_told(bench, 1)
    seen = len(bench.chunk_bytes)
    bench.announcer.applied([Applied(5, b"i" * 16, Outcome("refused", "no"))])
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(bench.chunk_bytes) == seen


async def test_a_purged_key_is_news_although_nothing_is_left_to_read(bench: Bench) -> None:
    await bench.files.store("a", b"one")
    bench.tell()
    await bench.heard(1)
    await bench.files.remover.remove(["a"], purge=True)
    bench.tell()
    (event,) = await bench.heard(1)
    assert isinstance(event, KeyChanged)
    assert (event.entry.key, event.entry.removed) == ("a", True)
