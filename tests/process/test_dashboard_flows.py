"""What people do with the dashboard, from the key that is pressed to what real nodes then hold and say.

One cluster of four nodes serves all of them; each test is a dashboard of its own that finds it running, and leaves as
many nodes as it found.
"""

from __future__ import annotations

import asyncio
import shlex
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dfs_core.client import Client
from dfs_core.local import LocalCluster, launch
from dfs_core.testing.base_ports import draw_base_port
from dfs_tui.sheets.add_node import AddNodeSheet
from dfs_tui.sources.choose import attached
from dfs_tui.sources.live import LiveSource
from dfs_tui.sources.read_only import ReadOnlySource
from dfs_tui.sources.recording import Recorder
from dfs_tui.view.peers import PeerLink, peer_links
from dfs_tui.view.worker_rows import paused_words

from ..tui.conftest import never_wait_for_idleness
from ..tui.driving import ClockOnTheWall, Drive, dashboard
from .acts import content
from .recorded import RecordedSource, replay

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("dashboard_flows")]

NODES = 4
OUT_MS = 13_000  # three seconds after a node counts as down, so that both are told of


@pytest.fixture(autouse=True)
def _no_waiting_for_idleness(monkeypatch: pytest.MonkeyPatch) -> None:
    never_wait_for_idleness(monkeypatch)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Four connected nodes that take one out of the cluster sooner than usual."""
    found = LocalCluster(tmp_path_factory.mktemp("home") / "local")

    async def up() -> None:
        await found.up(NODES, base_port=draw_base_port())
        async with await Client.connect(found.node("n1").control) as client:
            await client.change_setting("out_ms", OUT_MS)

    try:
        asyncio.run(up())
        yield found
    finally:
        asyncio.run(found.down())


@asynccontextmanager
async def watching(cluster: LocalCluster, recording: Path | None = None) -> AsyncIterator[Drive]:
    """A dashboard that shows all nodes of the cluster, healthy; what it is told is kept in `recording`."""
    clock = ClockOnTheWall()
    source = (LiveSource if recording is None else RecordedSource)(clock, cluster=cluster, nodes=NODES, label="local")
    if isinstance(source, RecordedSource) and recording is not None:
        source.recorder = Recorder(recording, clock)
    async with dashboard(source=source, clock=clock) as drive:
        try:
            await drive.sees(f"nodes {NODES}/{NODES}")
            await drive.sees("HEALTHY")
            yield drive
        finally:
            await source.close(stop_nodes=False)
            if isinstance(source, RecordedSource):
                await asyncio.to_thread(source.recorder.close)
                assert not source.recorder.trouble


def states(cluster: LocalCluster) -> dict[str, str]:
    return {node.name: node.state for node in cluster.nodes()}


def member_states(drive: Drive, node: str) -> set[str]:
    """What all nodes that tell say of a member."""
    reports = drive.app.bridge.view.reports.values()
    return {peer.member_state for told in reports for peer in told.report.peers if peer.node == node}


def told_limit(drive: Drive) -> int:
    newest = drive.app.bridge.view.freshest
    return newest.report.repair_limit if newest is not None else -1


async def noted(drive: Drive, text: str) -> None:
    """Wait until it has been said, whatever else the message line says by now."""
    await drive.until(lambda: text in drive.app.bridge.log.text)


async def on_row(drive: Drive, row: str) -> None:
    """The cursor stands on this row of the view; waits until the row is there."""
    await drive.until(lambda: drive.app.pane.main_table().select(row))
    await drive.look()


async def on_node(drive: Drive, cluster: LocalCluster, name: str, view: str = "1") -> None:
    """The cursor stands on this node in the Cluster or the Nodes view."""
    await drive.press(view)
    found = drive.app.pane.main_table()
    await drive.until(lambda: any(row in (name, cluster.node(name).node_id) for row in found.ids))
    await on_row(drive, next(row for row in found.ids if row in (name, cluster.node(name).node_id)))


async def stored(drive: Drive, path: Path, said: str) -> None:
    """Drop a path on the window and confirm."""
    await drive.paste(str(path))
    await drive.sees("x 3 copies")
    await drive.press("enter")
    await drive.sees(said)


async def obey(drive: Drive, line: str) -> None:
    """Type a command."""
    await drive.press("colon")
    await drive.type(line)
    await drive.press("enter")


async def retrieve_into(drive: Drive, folder: Path) -> None:
    """Answer the open sheet."""
    await drive.clear()
    await drive.type(f"{folder}/")
    await drive.press("enter")


async def test_files_are_dropped_typed_retrieved_one_and_many_deleted_and_brought_back(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in ("a.raw", "b c.raw"):
        (pictures / name).write_bytes(content(name, 700_000))
    (tmp_path / "typed-by-hand.txt").write_bytes(b"short")
    back = tmp_path / "back"
    back.mkdir()
    async with watching(cluster) as drive:
        await stored(drive, pictures, "Stored pictures/ (2 files)")

        await drive.press("s")
        await drive.type(f"{tmp_path}/typ")
        await drive.press("tab")
        await drive.sees("typed-by-hand.txt")
        await drive.press("enter")
        await drive.sees("x 3 copies")
        await drive.press("enter")
        await drive.sees("Stored typed-by-hand.txt")

        (pictures / "b c.raw").write_bytes(content("another", 700_000))
        await drive.paste(str(pictures))
        await drive.sees("2 keys exist: 1 same (skipped), 1 new version")
        await drive.press("enter")
        await drive.sees("Stored pictures/b c.raw; 1 had the same content already")

        await drive.press("4")
        await on_row(drive, "typed-by-hand.txt")
        await drive.press("r")
        await retrieve_into(drive, back)
        await drive.sees("Retrieved typed-by-hand.txt")
        assert (back / "typed-by-hand.txt").read_bytes() == b"short"
        (back / "typed-by-hand.txt").write_bytes(b"mine")
        await obey(drive, f"retrieve typed-by-hand.txt to {back}/ --if-exists skip")
        await drive.sees("Skipped typed-by-hand.txt")
        assert (back / "typed-by-hand.txt").read_bytes() == b"mine"

        await on_row(drive, "pictures/a.raw")
        await drive.press("space")
        await on_row(drive, "pictures/b c.raw")
        await drive.press("space", "r")
        await drive.sees("Retrieve 2 keys")
        await retrieve_into(drive, back)
        for name in ("a.raw", "b c.raw"):
            await drive.until(lambda name=name: any(back.rglob(name)))  # type: ignore[misc]
        await drive.sees("Retrieved")
        for name, seed in (("a.raw", "a.raw"), ("b c.raw", "another")):
            (found,) = back.rglob(name)
            assert found.read_bytes() == content(seed, 700_000)

        await drive.press("4")
        await on_row(drive, "typed-by-hand.txt")
        await drive.press("ctrl+d")
        await drive.sees("Delete this key?")
        await drive.press("d")
        await drive.sees("Removed typed-by-hand.txt; z brings it back")
        await drive.until(lambda: "typed-by-hand.txt" not in drive.app.bridge.keys.entries)
        await drive.press("z")
        await drive.sees("Brought back typed-by-hand.txt")
        await drive.until(lambda: "typed-by-hand.txt" in drive.app.bridge.keys.entries)


async def test_transfers_that_fail_say_why_what_is_left_and_what_to_do(cluster: LocalCluster, tmp_path: Path) -> None:
    gone = tmp_path / "gone.raw"
    gone.write_bytes(content("gone", 300_000))
    async with watching(cluster) as drive:
        await stored(drive, gone, "Stored gone.raw")
        await drive.paste(str(gone))
        await drive.sees("x 3 copies")
        gone.unlink()
        await drive.press("enter")
        await drive.sees("gone.raw was not stored")
        await drive.until(lambda: "No such file" in drive.app.bridge.log.text)  # the line below may have no room for it

        await drive.press("4")
        await on_row(drive, "gone.raw")
        await drive.press("r")
        await drive.sees("Retrieve gone.raw")
        async with await Client.connect(cluster.node("n1").control) as client:
            await client.remove(["gone.raw"])
        await retrieve_into(drive, tmp_path)
        await drive.sees("gone.raw was not retrieved")
        await drive.press("5")
        known = drive.app.bridge.view.transfers
        await on_row(drive, next(name for name, each in known.items() if "removed meanwhile" in each.text))
        await drive.press("enter")
        await drive.sees("no such key: 'gone.raw'")
    assert not gone.exists()


async def test_versions_are_compared_and_restored(cluster: LocalCluster, tmp_path: Path) -> None:
    text = tmp_path / "plan.txt"
    back = tmp_path / "back"
    back.mkdir()
    async with watching(cluster) as drive:
        for line in ("first draft", "second draft"):
            text.write_text(f"the plan\n{line}\n")
            count = sum(transfer.ended for transfer in drive.app.bridge.view.transfers.values())
            await stored(drive, text, "Stored plan.txt")
            await drive.until(
                lambda count=count: (  # type: ignore[misc]
                    sum(transfer.ended for transfer in drive.app.bridge.view.transfers.values()) > count
                )
            )
        await drive.press("4")
        await on_row(drive, "plan.txt")
        await drive.press("h")
        await drive.sees("History of plan.txt")
        await drive.press("c")
        await drive.sees("-first draft")
        await drive.sees("+second draft")
        await drive.press("escape")
        await drive.sees("History of plan.txt")
        await drive.press("j", "R")
        await drive.sees("Restore this version?")
        await drive.press("R")
        await drive.sees("Restored version")
        await drive.press("r")
        await drive.sees("Retrieve plan.txt")
        await retrieve_into(drive, back)
        await drive.sees("Retrieved plan.txt")
        assert (back / "plan.txt").read_text() == "the plan\nfirst draft\n"
        await drive.press("ctrl+d")
        await drive.sees("Delete this key?")
        await drive.press("d")
        await drive.sees("Removed plan.txt; z brings it back")
        await drive.press("z")
        await drive.sees("Brought back plan.txt")


async def test_a_node_that_is_started_before_its_copies_are_made_elsewhere_heals_for_free(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    (tmp_path / "fresh.raw").write_bytes(content("fresh", 12_000_000))  # some of its chunks are on any node
    async with watching(cluster) as drive:
        await drive.until(lambda: member_states(drive, cluster.node("n4").node_id) == {"joined"})
        await stored(drive, tmp_path / "fresh.raw", "Stored fresh.raw")
        await on_node(drive, cluster, "n4")
        await drive.press("K", "k")
        incidents = drive.app.bridge.timeline.incidents
        await drive.until(lambda: bool(incidents) and incidents[0].reckoning.worst_under > 0)
        await on_node(drive, cluster, "n4")
        await drive.press("S", "t")
        await drive.sees("healed for free: n4 still has them")
        await drive.until(lambda: not incidents[0].open)
        assert " for free" in incidents[0].outcome
        assert incidents[0].outcome.endswith("0 unreadable at any time")


async def test_a_killed_node_is_told_of_from_the_kill_to_healthy_again(cluster: LocalCluster, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(content("notes", 12_000_000))  # some of its chunks are on any node
    async with watching(cluster, tmp_path / "story.jsonl") as drive:
        await stored(drive, tmp_path / "notes.txt", "Stored notes.txt")
        await on_node(drive, cluster, "n2")
        await drive.press("K")
        await drive.sees("Kill n2?")
        await drive.sees("SIGKILL")
        await drive.press("k")
        await drive.sees("✖ killed")
        assert states(cluster)["n2"] == "crashed"
        await drive.sees("Recovery: n2")
        await drive.sees("limit     none")
        await drive.press("left_square_bracket")
        await drive.sees("limit     1.00 GiB/s a node")
        await drive.until(lambda: told_limit(drive) == 1 << 30)  # by a node that has it from the log
        await drive.press("right_square_bracket")
        await drive.until(lambda: told_limit(drive) == 0)
        await drive.press("t")
        await drive.sees("[t Timeline]")
        await drive.sees("n2 was killed (SIGKILL) by you")
        await drive.sees("n2 is suspected by")
        await drive.sees("n2 is down for")
        await drive.sees("n2 is out")
        await drive.sees("healed in")  # without n2: its copies are made elsewhere
        assert "unreadable at any time" in drive.app.bridge.log.text

        await on_node(drive, cluster, "n2")
        await drive.press("S")
        await drive.until(lambda: states(cluster)["n2"] == "running")
        await drive.sees(f"nodes {NODES}/{NODES}")
        await drive.sees("HEALTHY")

        await drive.press("at")
        await drive.sees(":node kill n2")
        await drive.sees("Killed n2; healed in")
        await drive.sees("dfs-core store")
        await drive.press("q")
        await drive.sees("n2 was started by this dashboard")
        await drive.press("escape")
    await replay(tmp_path / "story.jsonl", NODES)


async def test_a_node_is_frozen_for_a_while_and_goes_on_when_nobody_wants_it_any_more(cluster: LocalCluster) -> None:
    pid = cluster.node("n4").pid or 0

    def stands_still() -> bool:
        facts = Path(f"/proc/{pid}/stat").read_text()
        return facts[facts.rindex(")") + 2] == "T"

    async with watching(cluster) as drive:
        freezing = asyncio.create_task(drive.app.bridge.freeze_node("n4", pid, 600.0))
        await drive.until(stands_still)
        await drive.sees("n4 stands still for 600 s")
        await drive.press("t")
        await drive.sees("n4 does not answer")  # nor does it for its peers
        freezing.cancel()
        await asyncio.gather(freezing, return_exceptions=True)
        assert not stands_still()
        await drive.sees("n4 is up again")
        await drive.until(lambda: drive.app.bridge.timeline.current is None)


async def test_who_only_looks_changes_nothing_and_one_node_alone_is_looked_at_without_its_process(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    (tmp_path / "x.raw").write_bytes(b"x")
    clock = ClockOnTheWall()
    source = ReadOnlySource(attached(clock, control=cluster.node("n3").control))
    async with dashboard(source=source, clock=clock) as drive:
        drive.app.read_only = True
        drive.app.clusters = {"n3": lambda: source}
        await drive.sees(f"nodes {NODES}/{NODES}")
        await drive.sees("READ-ONLY")
        await drive.paste(str(tmp_path / "x.raw"))
        for key in ("K", "D", "a", "S", "ctrl+d"):
            await drive.press(key)
            assert len(drive.app.screen_stack) == 1, drive.text
            assert "--read-only" in drive.message
        assert source.nodes_to_stop() == ()
        await drive.press("colon")
        await drive.type(f"attach {cluster.node('n1').control}")
        await drive.press("enter")
        await drive.until(lambda: drive.app.bridge.source is not source)
        await drive.sees(f"nodes {NODES}/{NODES}")
        await drive.press("K")
        assert len(drive.app.screen_stack) == 1
    assert set(states(cluster).values()) == {"running"}


async def test_who_quits_during_a_transfer_is_asked_and_nothing_half_is_listed(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    with (tmp_path / "large.raw").open("wb") as file:
        file.truncate(1_200_000_000)
    async with watching(cluster) as drive:
        await drive.paste(str(tmp_path / "large.raw"))
        await drive.sees("x 3 copies")
        await drive.press("enter")
        await drive.until(lambda: any(not each.ended for each in drive.app.bridge.view.transfers.values()))
        await drive.press("q")
        await drive.sees("1 transfer under way here will be cancelled")
        await drive.press("q")
        await drive.until(lambda: drive.app._exit)
    async with await Client.connect(cluster.node("n1").control) as client:
        assert (await client.page_keys(prefix="large")).entries == []


async def test_a_node_is_added_stopped_started_restarted_drained_read_and_removed(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    async with watching(cluster) as drive:
        taken = cluster.node("n1").listen.rpartition(":")[2]
        await obey(drive, f"node add --port {taken} --folder {tmp_path}/disk --capacity 1G")
        await drive.sees(f"port {taken} is n1's")
        await drive.press("tab", "tab")
        await drive.clear()
        await drive.sees("enter Add it")
        await drive.press("enter")
        await drive.sees("nodes 5/5")
        assert (tmp_path / "disk" / "data" / "marker").exists()
        await on_node(drive, cluster, "n5")

        await drive.press("l")
        await drive.sees("Log of n5")
        await drive.press("escape")

        await on_node(drive, cluster, "n5", "2")
        await drive.press("t", "t")
        await drive.sees("○ stopped")
        await on_node(drive, cluster, "n5")
        await drive.press("S")
        await drive.sees("nodes 5/5")
        pid = cluster.node("n5").pid
        await drive.press("ctrl+t", "r")
        await drive.until(lambda: cluster.node("n5").pid not in (pid, None) and "nodes 5/5" in drive.text)

        await on_node(drive, cluster, "n5")
        await drive.press("D")
        await drive.sees("Drain n5?")
        await drive.press("d")
        await drive.sees("◐ draining")
        await on_node(drive, cluster, "n5")
        await drive.press("D")
        await drive.sees("End draining n5?")
        await drive.press("d")
        await drive.until(lambda: "draining" not in drive.text)

        await drive.press("ctrl+d")
        await drive.sees("Remove n5?")
        await drive.type("n5")
        await drive.press("enter")
        await drive.sees(f"nodes {NODES}/{NODES}")
        assert "n5" not in states(cluster)
        assert not (tmp_path / "disk").exists()


async def test_workers_of_one_node_and_of_all_are_paused_paced_and_go_on(cluster: LocalCluster) -> None:
    async def workers(node: str) -> dict[str, tuple[bool, float]]:
        async with await Client.connect(cluster.node(node).control) as client:
            return {worker.name: (worker.paused, worker.pace) for worker in await client.workers()}

    async with watching(cluster) as drive:
        before = (await workers("n3"))["scrub"][1]
        await drive.press("7")
        await on_row(drive, "n3/scrub")
        await drive.press("P")
        await drive.sees("scrub on n3 is paused")
        assert (await workers("n3"))["scrub"] == (True, before)
        assert not (await workers("n1"))["scrub"][0]
        await obey(drive, "workers pace scrub 3 n3")
        await drive.sees("scrub on n3 now rests 3 times as long as it works")
        assert (await workers("n3"))["scrub"] == (True, 3.0)
        await obey(drive, "workers resume all")
        await drive.until(lambda: not paused_words(drive.app.bridge.view))
        await obey(drive, f"workers pace scrub {before:g} n3")
        await drive.sees(f"now rests {before:g} times")
        assert (await workers("n3"))["scrub"] == (False, before)
        await obey(drive, "collect")
        await drive.sees("being freed")


async def test_a_peer_is_banned_until_it_is_let_in_again_and_a_link_is_dropped(cluster: LocalCluster) -> None:
    ids = {name: cluster.node(name).node_id for name in ("n1", "n2", "n3", "n4")}

    def link(by: str, name: str) -> PeerLink:
        found = peer_links(drive.app.bridge.view)
        return next(each for each in found if (each.seen_by, each.name) == (by, name))

    async with watching(cluster) as drive:
        newest = drive.app.bridge.view.freshest
        assert newest is not None
        voters = [name for peer in newest.report.peers if peer.voter for name, node in ids.items() if node == peer.node]
        follower = next(name for name in voters if ids[name] != newest.report.leader)
        others = [name for name in voters if name != follower]
        await drive.press("3")
        await on_row(drive, link(follower, others[0]).id)
        await drive.press("B")
        await drive.sees(f"Ban {others[0]} from {follower}?")
        await drive.press("B")
        await drive.until(lambda: link(follower, others[0]).banned_s > 0)
        await drive.until(lambda: "banned" in link(others[0], follower).error)
        await drive.sees("○ banned")
        await on_row(drive, link(follower, others[1]).id)
        await drive.press("B", "B")
        await drive.sees("voters, and it takes")
        await on_row(drive, link(follower, others[0]).id)
        await drive.press("B")
        await noted(drive, f"{follower} lets {others[0]} in again")
        await drive.until(lambda: link(follower, others[0]).liveness == link(others[0], follower).liveness == "up")
        await drive.press("D", "D")
        await noted(drive, f"{follower} has dropped its link to {others[0]}")
        await drive.until(lambda: link(follower, others[0]).liveness == "up" and not link(follower, others[0]).error)
        await drive.press("1")
        await drive.sees("HEALTHY")


async def test_the_command_that_the_sheet_of_a_new_node_shows_makes_that_node(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    async with watching(cluster) as drive:
        async with await Client.connect(cluster.node("n1").control) as client:
            invitation = (await client.invite()).line
        await obey(drive, f"node add tea --folder {tmp_path}/disk --capacity 1G")
        await drive.press("tab", "tab", "tab", "tab")
        await drive.paste(invitation)
        sheet = drive.app.screen
        assert isinstance(sheet, AddNodeSheet)
        await drive.until(lambda: "--join - --root" in sheet.command and "enter Add it" in drive.text)
        await drive.press("escape")
        words = shlex.split(sheet.command)
        command = launch.command(*words[1:])
        done = await asyncio.to_thread(
            subprocess.run, command, input=invitation.encode(), capture_output=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        await drive.sees("nodes 5/5")
        assert cluster.node("tea").data_dir == str(tmp_path / "disk" / "data")
        await cluster.remove("tea", force=True)
        await drive.sees(f"nodes {NODES}/{NODES}")
