"""Between the sources and the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dfs_tui.bridge import SAMPLE_S, SAMPLES, Bridge, Changed
from dfs_tui.doing.files import FAILURES_NOTED_MAX, FILES_AT_ONCE, SMALL_AT_ONCE, SMALL_BYTES
from dfs_tui.messages import RetrieveRequested, StoreRequested
from dfs_tui.sources import files
from dfs_tui.sources.base import Moved, SourceError
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view import events
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.plan import Found, Scan, ToStore, plan
from dfs_tui.view.transfers import Transfer
from dfs_tui.view.values import Direction, KeyEntry, Level, Taken, TransferState

from .worlds import HandClock, report


class Scripted(DemoSource):
    """A source whose stores and retrieves do what the test says."""

    def __init__(self) -> None:
        super().__init__(DemoCluster(seed=1, keys_wanted=1, busy=False), HandClock())
        self.under_way = self.most = 0
        self.stored: list[str] = []
        self.tried = 0
        self.act: Callable[[ToStore], None] = lambda item: None
        self.hold: asyncio.Event | None = None

    async def store(self, item: ToStore, moved: Moved) -> None:
        self.under_way += 1
        self.tried += 1
        self.most = max(self.most, self.under_way)
        try:
            moved(item.size_bytes // 2)
            await asyncio.sleep(0)
            if self.hold is not None:
                await self.hold.wait()
            self.act(item)
            self.stored.append(item.key)
        finally:
            self.under_way -= 1

    async def retrieve(
        self, key: str, path: str, moved: Moved, *, version: int = 0, taken: Taken = Taken.NUMBER
    ) -> str:
        self.act(ToStore(path, key, 0))
        if self.hold is not None:
            await self.hold.wait()
        moved(5)
        return await files.write_where_wanted(path, "hello", taken)


@pytest.fixture
def source() -> Scripted:
    return Scripted()


@pytest.fixture
def bridge(source: Scripted) -> Bridge:
    return Bridge(source, HandClock())


def wish(count: int, size_bytes: int = 10) -> StoreRequested:
    found = tuple(Found(f"/d/f{number}", f"d/f{number}", size_bytes) for number in range(count))
    return StoreRequested(plan(Scan(("/d",), found), "", ()), "/d")


def refuse(text: str, *, everything: bool = False, only: str = "") -> Callable[[ToStore], None]:
    def act(item: ToStore) -> None:
        if not only or item.key == only:
            raise SourceError(text, everything=everything)

    return act


def transfer(bridge: Bridge) -> Transfer:
    bridge.pump()
    (found,) = bridge.view.transfers.values()
    return found


def notes(bridge: Bridge) -> list[str]:
    bridge.pump()
    return [line.text for line in bridge.log.lines.values()]


def test_nothing_happened_changes_nothing(bridge: Bridge) -> None:
    assert bridge.pump() is Changed.NOTHING


def test_events_go_to_the_part_they_concern(bridge: Bridge) -> None:
    bridge.receive(events.NodeReported("n1", report("n1")))
    assert bridge.pump() is Changed.CLUSTER
    bridge.receive(events.KeyStored(KeyEntry("a", 1, 1, 0.0)))
    assert bridge.pump() is Changed.KEYS
    bridge.note(Level.INFO, "hello")
    assert bridge.pump() is Changed.LOG


def test_a_report_that_says_the_same_again_changes_figures_only(bridge: Bridge) -> None:
    before = report("n1")
    older = replace(before, up_s=61.0, peers=tuple(replace(peer, rtt_ms=0.7, seen_s=0.2) for peer in before.peers))
    bridge.receive(events.NodeReported("n1", before))
    bridge.pump()
    bridge.receive(events.NodeReported("n1", older))
    assert bridge.pump() is Changed.FIGURES
    assert bridge.view.reports["n1"].report == older
    bridge.receive(events.NodeReported("n1", report("n1", n2="suspect")))
    assert bridge.pump() is Changed.CLUSTER


def test_changes_of_keys_are_counted(bridge: Bridge) -> None:
    page = tuple(KeyEntry(name, 1, 1, 0.0) for name in "abc")
    for event in (
        events.KeysRestarted(),
        events.KeysListed(page, complete=True),
        events.KeyStored(page[0]),
        events.KeyRemoved("a", 2),
    ):
        bridge.receive(event)
    assert bridge.waiting
    bridge.pump()
    assert not bridge.waiting
    assert bridge.key_changes == 6


def test_thousands_of_events_between_two_pumps_are_one_picture(bridge: Bridge) -> None:
    for number in range(5000):
        bridge.receive(events.KeyStored(KeyEntry(f"k{number % 100}", number + 1, 1, 0.0, 3)))
    bridge.pump()
    assert bridge.keys.visible == sorted(f"k{number}" for number in range(100))
    assert bridge.keys.entries["k99"].version == 5000


def test_only_what_the_dashboard_itself_says_is_news(bridge: Bridge) -> None:
    bridge.receive(events.Noted(Level.INFO, "of a node", "n1"))
    bridge.note(Level.WARNING, "of the dashboard")
    bridge.pump()
    assert [note.text for note in bridge.take_notices()] == ["of the dashboard"]
    assert bridge.take_notices() == []


def test_throughput_is_sampled_as_time_goes_by(source: Scripted) -> None:
    clock = HandClock()
    bridge = Bridge(source, clock)
    for _ in range(8):
        clock.time += 0.125
        bridge.pump()
    assert len(bridge.picture(ASCII).samples) == 2


def test_what_was_not_sampled_because_nothing_happened_is_no_gap_in_the_graph(source: Scripted) -> None:
    clock = HandClock()
    bridge = Bridge(source, clock)
    bridge.pump()
    for pause_s in (1.25, 0.75, 3.0):
        clock.time += pause_s
        bridge.pump()
    assert len(bridge.picture(ASCII).samples) == 1 + 5.0 / SAMPLE_S
    clock.time += 1e6
    bridge.pump()
    assert len(bridge.picture(ASCII).samples) == SAMPLES


async def test_a_folder_is_stored_a_few_files_at_a_time_and_counted(bridge: Bridge, source: Scripted) -> None:
    await bridge.store(wish(50))
    done = transfer(bridge)
    assert sorted(source.stored) == sorted(f"d/f{number}" for number in range(50))
    assert source.most == SMALL_AT_ONCE
    assert (done.state, done.files_done, done.done_bytes) == (TransferState.DONE, 50, 500)
    assert notes(bridge) == ["Stored d/ (50 files)"]


async def test_all_transfers_share_the_same_few_lanes(bridge: Bridge, source: Scripted) -> None:
    await asyncio.gather(*(bridge.store(wish(5, SMALL_BYTES)) for _ in range(4)))
    assert source.most == FILES_AT_ONCE
    assert len(source.stored) == 20


async def test_a_file_that_fails_is_named_and_the_others_are_stored(bridge: Bridge, source: Scripted) -> None:
    source.act = refuse("it was changed while it was read", only="d/f1")
    await bridge.store(wish(3))
    failed = transfer(bridge)
    assert (failed.state, failed.files_done, failed.done_bytes) == (TransferState.FAILED, 2, 20)
    assert failed.text == "1 of 3 files were not stored: it was changed while it was read"
    assert "d/f1 was not stored: it was changed while it was read" in notes(bridge)


async def test_what_concerns_every_file_ends_the_run(bridge: Bridge, source: Scripted) -> None:
    source.act = refuse("no majority", everything=True)
    await bridge.store(wish(200))
    assert source.tried <= SMALL_AT_ONCE, "those on their way when it was found out, and no more"
    assert len([text for text in notes(bridge) if "was not stored" in text]) <= FAILURES_NOTED_MAX
    assert transfer(bridge).text == "200 of 200 files were not stored: no majority"


async def test_many_failures_do_not_flood_the_log(bridge: Bridge, source: Scripted) -> None:
    source.act = refuse("unreadable")
    await bridge.store(wish(100))
    assert len(notes(bridge)) == FAILURES_NOTED_MAX + 1


async def test_a_cancelled_store_says_what_was_stored(bridge: Bridge, source: Scripted) -> None:
    source.hold = asyncio.Event()
    task = asyncio.create_task(bridge.store(wish(3)))
    await asyncio.sleep(0.01)
    name = transfer(bridge).id
    assert bridge.cancel(name)
    await asyncio.gather(task, return_exceptions=True)
    assert transfer(bridge).state is TransferState.CANCELLED
    assert transfer(bridge).text == "0 of 3 files were stored"
    assert not bridge.cancel(name)
    assert source.under_way == 0


async def test_a_retrieved_key_goes_to_a_free_path_and_two_at_once_do_not_meet(
    bridge: Bridge, source: Scripted, tmp_path: Path
) -> None:
    source.hold = asyncio.Event()
    tasks = [asyncio.create_task(bridge.retrieve(RetrieveRequested("a/x.md", 5, f"{tmp_path}/"))) for _ in range(2)]
    while len(bridge.view.transfers) < 2:
        await asyncio.sleep(0.01)
        bridge.pump()
    source.hold.set()
    await asyncio.gather(*tasks)
    bridge.pump()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x-2.md", "x.md"]
    assert {found.place for found in bridge.view.transfers.values()} == {f"{tmp_path}/x.md", f"{tmp_path}/x-2.md"}
    assert all(found.direction is Direction.RETRIEVE for found in bridge.view.transfers.values())


async def test_a_file_that_is_there_stays_when_it_is_to_be_skipped(
    bridge: Bridge, source: Scripted, tmp_path: Path
) -> None:
    (tmp_path / "x.md").write_text("mine")
    source.act = refuse("nothing is to be asked for")
    await bridge.retrieve(RetrieveRequested("a/x.md", 5, f"{tmp_path}/", taken=Taken.SKIP))
    assert (tmp_path / "x.md").read_text() == "mine"
    assert transfer(bridge).state is TransferState.SKIPPED
    assert transfer(bridge).done_bytes == 0
    assert notes(bridge) == [f"Skipped a/x.md: {tmp_path}/x.md is there already"]
    source.act = lambda _: None
    await bridge.retrieve(RetrieveRequested("a/y.md", 5, f"{tmp_path}/", taken=Taken.SKIP))
    assert (tmp_path / "y.md").read_text() == "hello"


async def test_a_file_that_is_there_is_overwritten_only_when_that_was_asked_for(
    bridge: Bridge, source: Scripted, tmp_path: Path
) -> None:
    (tmp_path / "x.md").write_text("mine")
    wanted = RetrieveRequested("a/x.md", 5, f"{tmp_path}/", taken=Taken.OVERWRITE)
    source.act = refuse("chunk 112 is held by no node")
    await bridge.retrieve(wanted)
    assert (tmp_path / "x.md").read_text() == "mine"
    assert bridge.again(transfer(bridge).id) == wanted
    source.act = lambda _: None
    await bridge.retrieve(wanted)
    assert [path.name for path in tmp_path.iterdir()] == ["x.md"]
    assert (tmp_path / "x.md").read_text() == "hello"
    assert notes(bridge)[-1] == f"Retrieved a/x.md to {tmp_path}/x.md, replacing what was there"


@pytest.mark.parametrize("taken", [Taken.NUMBER, Taken.SKIP])
async def test_a_file_that_somebody_else_makes_during_the_transfer_is_never_replaced(
    bridge: Bridge, source: Scripted, tmp_path: Path, taken: Taken
) -> None:
    source.act = lambda _: (tmp_path / "x.md").write_text("mine")
    found = await bridge.retrieve(RetrieveRequested("a/x.md", 5, f"{tmp_path}/", taken=taken))
    assert (tmp_path / "x.md").read_text() == "mine"
    if taken is Taken.NUMBER:
        assert found == transfer(bridge).path == f"{tmp_path}/x-2.md"
        assert Path(found).read_text() == "hello"
        assert notes(bridge) == [f"Retrieved a/x.md to {tmp_path}/x-2.md"]
    else:
        assert transfer(bridge).state is TransferState.SKIPPED
        assert notes(bridge) == [f"Skipped a/x.md: {tmp_path}/x.md is there already"]


async def test_a_retrieve_that_fails_says_why(bridge: Bridge, source: Scripted, tmp_path: Path) -> None:
    source.act = refuse("chunk 112 is held by no node")
    await bridge.retrieve(RetrieveRequested("a/x.md", 5, f"{tmp_path}/"))
    assert transfer(bridge).text == "chunk 112 is held by no node"
    assert notes(bridge) == ["a/x.md was not retrieved: chunk 112 is held by no node"]


async def test_a_place_that_cannot_be_is_said_before_anything_is_begun(bridge: Bridge, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    await bridge.retrieve(RetrieveRequested("a", 5, f"{tmp_path}/file/below/"))
    bridge.pump()
    assert not bridge.view.transfers
    assert "a was not retrieved" in notes(bridge)[0]


async def test_removing_says_what_came_of_it(bridge: Bridge, source: Scripted) -> None:
    key = next(iter(source.cluster.keys))
    await bridge.remove((key,))
    await bridge.remove((key,))
    assert notes(bridge) == [f"Removed {key}; z brings it back", f"{key} was gone already"]


async def test_node_actions_say_what_came_of_them(bridge: Bridge, source: Scripted) -> None:
    await bridge.run_node("kill", "n1")
    await bridge.run_node("start", "n1")
    await bridge.run_node("stop", "n2")
    assert [text for text in notes(bridge) if "..." not in text] == [
        "Killed n1; S starts it again",
        "Started n1",
        "Stopped n2",
    ]


async def test_what_cannot_be_read_is_a_text_and_not_an_error(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise SourceError("the disk did not answer")

    for name in ("scan", "list_folder", "dropped_paths"):
        monkeypatch.setattr(f"dfs_tui.doing.files.files.{name}", broken)
    assert await bridge.scan(["/x"]) == "the disk did not answer"
    assert await bridge.list_folder("/x") == ()
    assert await bridge.dropped_paths("/x") == ()
    assert notes(bridge) == ["the disk did not answer"]


def test_a_rate_is_measured_by_when_bytes_moved_and_not_by_when_they_are_shown(source: Scripted) -> None:
    clock = HandClock()
    bridge = Bridge(source, clock)
    bridge.receive(events.TransferQueued("own/1", Direction.STORE, "a", 1000, 1))
    for step in range(5):
        bridge.receive(events.TransferAdvanced("own/1", step * 100, 0))
        clock.time += 0.1
    assert transfer(bridge).rate.per_s == pytest.approx(1000)
