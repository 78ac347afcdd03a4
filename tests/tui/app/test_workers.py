"""Workers paused, paced, marked and told together, by key, menu and command."""

from __future__ import annotations

from ..driving import Drive, dashboard


async def on_worker(drive: Drive, row: str) -> None:
    await drive.press("7")
    await drive.until(lambda: drive.app.pane.main_table().select(row))
    await drive.look()


def paused(drive: Drive) -> set[str]:
    return {f"{name}/{worker}" for name, node in drive.cluster.nodes.items() for worker in node.paused}


async def obey(drive: Drive, line: str) -> None:
    await drive.press("colon")
    await drive.type(line)
    await drive.press("enter")
    await drive.look()


async def test_a_worker_is_paused_says_so_and_goes_on() -> None:
    async with dashboard() as drive:
        await on_worker(drive, "n3/scrub")
        await drive.press("P")
        await drive.sees("scrub on n3 is paused")
        assert paused(drive) == {"n3/scrub"}
        await drive.until(lambda: drive.app.bridge.view.workers["n3"]["scrub"].paused)
        await drive.press("1")
        await drive.sees("scrub is paused on n3")
        await on_worker(drive, "n3/scrub")
        assert "1 paused" in drive.text
        await drive.press("P")
        await drive.sees("scrub on n3 goes on")
        assert not paused(drive)
        await drive.press("at")
        assert ":workers pause scrub n3" in drive.text


async def test_marked_workers_are_told_together_and_a_pace_is_chosen() -> None:
    async with dashboard() as drive:
        await on_worker(drive, "n2/scrub")
        await drive.press("space", "space", "P")
        await drive.until(lambda: paused(drive) == {"n2/scrub", "n3/scrub"})
        assert "marked" not in drive.text
        await on_worker(drive, "n4/scrub")
        await drive.press("W")
        assert "Rest of scrub on n4" in drive.text
        await drive.press("t")
        await drive.sees("now rests 20 times as long")
        assert drive.cluster.nodes["n4"].paces == {"scrub": 20.0}


async def test_the_menu_tells_all_nodes() -> None:
    async with dashboard() as drive:
        await on_worker(drive, "n3/resync")
        await drive.press("x", "a")
        await drive.sees("resync on 5 nodes is paused, over restarts too; healing needs it")
        assert paused(drive) == {f"n{number}/resync" for number in range(1, 6)}
        await drive.press("x", "S")
        await drive.sees("5 nodes now re-read all of their chunks")
        await drive.press("x", "c")
        await drive.sees("0 chunks of 0 B are being freed")


async def test_commands_do_the_same_and_name_what_is_not_there() -> None:
    async with dashboard() as drive:
        await drive.press("7")
        await drive.sees("audit")
        await obey(drive, "workers pause scrub n3")
        await drive.until(lambda: paused(drive) == {"n3/scrub"})
        await obey(drive, "workers resume all")
        await drive.until(lambda: not paused(drive))
        await obey(drive, "workers pause nothing")
        assert "There is no worker nothing; there are audit, collect, resync, scrub." in drive.message
        await obey(drive, "scrub n9")
        assert "There is no node n9" in drive.message


async def test_nothing_of_it_is_possible_with_read_only() -> None:
    async with dashboard() as drive:
        drive.app.read_only = True
        await on_worker(drive, "n3/scrub")
        for key in ("P", "W", "x"):
            await drive.press(key)
            assert "--read-only" in drive.message
        await obey(drive, "collect")
        assert "--read-only" in drive.message
        assert not paused(drive)
