"""Trouble on purpose."""

from __future__ import annotations

import pytest

from dfs_tui.view.peers import peer_links
from dfs_tui.view.values import ProcessState

from ..driving import Drive, dashboard

RUNNING = ProcessState.RUNNING


def running(drive: Drive) -> int:
    return sum(node.state is RUNNING for node in drive.cluster.nodes.values())


async def test_nodes_are_killed_after_a_question_and_all_run_again_at_the_end() -> None:
    async with dashboard() as drive:
        drive.app.make_chaos(("10s", "7"))
        await drive.sees("Chaos?")
        assert "SIGKILL" in drive.text
        assert running(drive) == 5
        await drive.press("c")
        await drive.until(lambda: running(drive) < 5)
        assert running(drive) >= 3
        drive.app.make_chaos(())
        assert "under way already" in drive.message
        await drive.until(lambda: "Chaos is over" in drive.text)
        await drive.until(lambda: running(drive) == 5)


async def test_it_ends_when_told_to_and_what_it_killed_is_started() -> None:
    async with dashboard() as drive:
        drive.app.make_chaos(("30s", "7"))
        await drive.press("c")
        await drive.until(lambda: running(drive) < 5)
        drive.app.make_chaos(("stop",))
        await drive.until(lambda: running(drive) == 5)
        await drive.pass_time(35.0)
        assert running(drive) == 5
        drive.app.make_chaos(("stop",))
        assert "no chaos to stop" in drive.message


def bans(drive: Drive) -> int:
    return sum(len(node.bans) for node in drive.cluster.nodes.values())


async def test_a_link_is_cut_and_mended_and_nobody_is_killed_meanwhile() -> None:
    async with dashboard(nodes=3) as drive:
        drive.app.make_chaos(("30s", "8"))
        await drive.press("c")
        await drive.until(lambda: bans(drive) == 1)
        assert running(drive) == 3
        await drive.until(lambda: bans(drive) == 0)
        assert running(drive) == 3
        await drive.until(lambda: "Chaos is over" in drive.text)


async def test_what_it_has_cut_is_mended_when_it_is_stopped() -> None:
    async with dashboard(nodes=3) as drive:
        drive.app.make_chaos(("30s", "8"))
        await drive.press("c")
        await drive.until(lambda: bans(drive) == 1)
        await drive.look()
        drive.app.make_chaos(("stop",))
        await drive.until(lambda: bans(drive) == 0)


async def test_a_link_is_slow_for_a_while_and_peers_show_it() -> None:
    def slow(drive: Drive) -> list[float]:
        return [link.rtt_ms for link in peer_links(drive.app.bridge.view) if link.rtt_ms > 100]

    async with dashboard() as drive:
        drive.app.make_chaos(("30s", "7"))
        await drive.press("c")
        await drive.until(lambda: len(slow(drive)) == 2)  # as both ends see it
        assert "is slow for" in drive.app.bridge.log.text
        await drive.until(lambda: "Chaos is over" in drive.app.bridge.log.text)
        await drive.until(lambda: not slow(drive))


def frozen(drive: Drive) -> set[str]:
    return {node.name for node in drive.cluster.nodes.values() if node.frozen_at >= 0}


async def test_a_node_stands_still_is_suspected_and_goes_on() -> None:
    async with dashboard() as drive:
        drive.app.make_chaos(("30s", "1"))
        await drive.sees("SIGSTOP")
        await drive.press("c")
        await drive.until(lambda: frozen(drive) == {"n4"})
        assert drive.cluster.nodes["n4"].state is RUNNING, "its process is there"
        await drive.press("t")
        await drive.sees("n4 does not answer")
        await drive.until(lambda: not frozen(drive))
        await drive.sees("n4 is up again")
        await drive.press("at")
        await drive.sees("kill -STOP")
        await drive.sees("n4 goes on")


@pytest.mark.parametrize("ending", ["stop", "leave"])
async def test_what_stands_still_goes_on_when_chaos_is_stopped_or_left(ending: str) -> None:
    async with dashboard() as drive:
        drive.app.make_chaos(("30s", "1"))
        await drive.press("c")
        await drive.until(lambda: bool(frozen(drive)))
        began = drive.cluster.now
        if ending == "stop":
            drive.app.make_chaos(("stop",))
        else:
            await drive.press("q")
        await drive.until(lambda: not frozen(drive), seconds=0.01)
        assert drive.cluster.now - began < 4.0, "sooner than planned"


async def test_leaving_ends_it_and_starts_what_it_killed() -> None:
    async with dashboard() as drive:
        drive.app.make_chaos(("30s", "7"))
        await drive.press("c")
        await drive.until(lambda: running(drive) < 5)
        await drive.press("q")
        await drive.until(lambda: all(node.state is not ProcessState.KILLED for node in drive.cluster.nodes.values()))


async def test_a_node_that_something_hangs_on_is_left_alone() -> None:
    async with dashboard(nodes=3) as drive:
        drive.cluster.kill("n1")
        await drive.pass_time(1.0)
        drive.cluster.start("n1")
        await drive.until(lambda: "nodes 3/3" in drive.text)
        drive.app.make_chaos(("10s", "1"))
        await drive.press("c")
        drive.cluster.kill("n2")
        drive.cluster.kill("n3")
        await drive.until(lambda: "leaves n" in "".join(line.text for line in drive.app.bridge.log.lines.values()))


async def test_where_it_cannot_be_it_says_why_not() -> None:
    async with dashboard(nodes=2) as drive:
        for arguments, said in ((("5s",), "for how long?"), (("30s", "x"), "seed is a number"), ((), "3 local nodes")):
            drive.app.make_chaos(arguments)
            assert said in drive.message or said in drive.text, arguments
            await drive.look()
            assert said in drive.message
        drive.app.read_only = True
        drive.app.make_chaos(())
        await drive.look()
        assert "--read-only" in drive.message
