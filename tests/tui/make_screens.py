"""Every screen as text, at both sizes: `python -m tests.tui.make_screens` writes them to tests/tui/screens.

The cluster is generated, its clock is turned by hand, and nothing is drawn but when it is asked for, so a screen is the
same each time. Look at the difference before you keep it: it is what a person will see.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from dfs_tui.app import frame
from dfs_tui.sources.demo import DemoSource
from dfs_tui.view import events
from dfs_tui.view.preview import BYTES_MAX
from dfs_tui.view.values import KeyEntry, KeyFacts, Level, LocalNode, NewNode, ProcessState

from .driving import Drive, dashboard, make_tree
from .states import states
from .worlds import WALL_S

FOLDER = Path(__file__).parent / "screens"
SIZES = ((120, 36), (80, 24))
NEVER_S = 86400.0
HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07.txt",
    "[bold]markup[/bold] [link=x]y.txt",
    "invoice\u202egpj.exe",
    "two\nlines\tand a tab",
    "family \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f389.jpg",
    "z" + "\u0301" * 40 + ".txt",
    "\u5bb6\u65cf\u5199\u771f/\u6d77.jpg",
    "long/" + "x" * 4000 + ".bin",
)
LONG = (
    "n3 does not answer: the connection to 127.0.0.1:5000 was refused twice; it counts as down from now on, what it "
    "holds is read from the other nodes, and it is dialled again in 4 seconds"
)
Keep = Callable[[str, Drive], Awaitable[None]]


@contextmanager
def surroundings() -> Iterator[Path]:
    """A home folder of its own, the time zone of nobody, and no redraw of the app's own."""
    with tempfile.TemporaryDirectory() as folder:
        changed = {"HOME": folder, "TZ": "UTC"}
        with mock.patch.dict(os.environ, changed), mock.patch.object(frame, "PUMP_S", NEVER_S):
            time.tzset()
            yield make_tree(Path(folder))
    time.tzset()


async def _settle(drive: Drive, condition: Callable[[], bool]) -> None:
    """Until something is so, without the clock going on."""
    async with asyncio.timeout(40):
        while not condition():
            await drive.look()
    await drive.look()


async def _inspected(drive: Drive) -> None:
    app = drive.app

    def known() -> bool:
        facts = app.bridge.facts
        if not isinstance(facts, KeyFacts) or facts.key != app.keys_pane.table.cursor_id:
            return isinstance(facts, str)
        return facts.current.size_bytes > BYTES_MAX or app.bridge.content is not None

    await _settle(drive, lambda: known() or not app.keys_pane.detail.display)


async def screens(size: tuple[int, int]) -> dict[str, str]:
    """All screens by name."""
    found: dict[str, str] = {}

    async def keep(name: str, drive: Drive) -> None:
        await drive.look()
        found[name] = "\n".join(line.rstrip() for line in drive.text.splitlines()) + "\n"

    with surroundings() as tree:
        async with dashboard(size=size) as drive:
            await _views(drive, keep)
            await _sheets(drive, tree, keep)
            await _healing(drive, keep)
            await _lost(drive, keep)
        async with dashboard(size=size, keys=0) as drive:
            for key, name in (("1", "empty-cluster"), ("4", "empty-keys"), ("5", "empty-transfers")):
                await drive.press(key)
                await keep(name, drive)
            await _log(drive, keep)
            for number, name in enumerate(HOSTILE):
                drive.app.bridge.receive(events.KeyStored(KeyEntry(name, number + 1, 100 << number, WALL_S, 3)))
            drive.app.bridge.note(Level.ERROR, f"not stored: {HOSTILE[0]}")
            await drive.press("4")
            await _inspected(drive)
            await keep("keys-hostile", drive)
            await drive.press("ctrl+d")
            await keep("sheet-delete-hostile", drive)
        async with dashboard(size=(50, 12)) as drive:
            await keep("too-small", drive)
        await states(size, keep)
    return found


async def _views(drive: Drive, keep: Keep) -> None:
    drive.clock.time += 20  # the first message has gone
    names = ("cluster", "nodes", "peers", "keys", "transfers", "logs", "repair")
    for number, name in enumerate(names, 1):
        await drive.press(str(number))
        if name == "keys":
            await _inspected(drive)
        await keep(name, drive)
    await drive.press("1", "t")
    await keep("timeline-before", drive)
    await drive.press("2", "slash")
    await drive.type("chunks>3500 !n5")
    await keep("nodes-filtered", drive)
    await drive.press("enter", "space", "space")
    await keep("nodes-marked", drive)
    await drive.press("D")
    await _settle(drive, lambda: len(drive.app.screen_stack) > 1)
    await keep("sheet-drain-several", drive)
    await drive.press("escape", "escape", "escape", "4", "slash")
    await drive.type("notes")
    await drive.press("enter", "space", "space")
    await _inspected(drive)
    await keep("keys-filtered-marked", drive)
    await drive.press("escape", "escape", "slash")
    await drive.type("no such thing")
    await drive.press("enter")
    await keep("keys-nothing-found", drive)
    await drive.press("escape", "f")
    await _inspected(drive)
    await keep("keys-frozen", drive)
    await drive.press("f", "plus")
    await _inspected(drive)
    drive.app.bridge.note(Level.WARNING, "a name with \x1b[31m, [b]markup[/b] and \u202ebidi in it")
    await keep("keys-detail", drive)
    await drive.press("underscore")


async def _sheets(drive: Drive, tree: Path, keep: Keep) -> None:
    drive.clock.time += 20
    for keys, name in (
        (("question_mark",), "help"),
        (("colon",), "command"),
        (("ctrl+p",), "palette"),
        (("y",), "copy"),
        (("o",), "sort"),
        (("r",), "retrieve"),
        (("ctrl+d",), "delete"),
        (("h",), "history"),
    ):
        await drive.press(*keys)
        await _settle(drive, lambda: len(drive.app.screen_stack) > 1)
        await keep(f"sheet-{name}", drive)
        await drive.press("escape")
    await drive.press("1")
    for key, name in (("x", "node-actions"), ("K", "kill"), ("D", "drain"), ("a", "add"), ("ctrl+d", "remove-node")):
        await drive.press(key)
        await _settle(drive, lambda: len(drive.app.screen_stack) > 1)
        if name == "add":
            await _settle(drive, lambda: "what is free" in drive.text)
        await keep(f"sheet-{name}", drive)
        await drive.press("escape")
    await _add(drive, keep)
    drive.app.make_chaos(("30s", "7"))
    await keep("sheet-chaos", drive)
    await drive.press("escape")
    await drive.paste(str(tree))
    await _settle(drive, lambda: "2 files" in drive.text)
    await keep("sheet-store", drive)
    await drive.press("ctrl+l", "space")
    await keep("sheet-store-list", drive)
    await drive.press("escape", "escape")
    await _conflicts(drive, tree, keep)
    await drive.app._ask_and_open(str(tree.parent / "setup.sh"))
    await keep("sheet-open", drive)
    await drive.press("escape")


async def _conflicts(drive: Drive, tree: Path, keep: Keep) -> None:
    """Two keys exist, one of them with another content."""
    for name, size in (("a b.raw", 3000), ("sub/c.raw", 4000)):
        drive.app.bridge.receive(events.KeyStored(KeyEntry(f"pics/{name}", 1, size, WALL_S, 3)))
    (tree / "new.raw").write_bytes(b"new" * 1000)
    drive.app.pump()
    with mock.patch.object(DemoSource, "same_content", return_value=True):
        await drive.paste(str(tree))
        await _settle(drive, lambda: "1 same (skipped), 1 new version" in drive.text)
        await keep("sheet-store-conflicts", drive)
    await drive.press("escape")
    (tree / "new.raw").unlink()
    for name in ("a b.raw", "sub/c.raw"):
        drive.app.bridge.receive(events.KeyRemoved(f"pics/{name}"))


async def _add(drive: Drive, keep: Keep) -> None:
    """The sheet of a new node with something typed and something wrong; and one that could not be made."""
    wish = NewNode("tea", "/srv/disk2/a folder with a long name/tea", 7421, 3 << 40, replaces="tea")
    why = "port 7421 is in use by another program; 7422 is free"
    failed = LocalNode("tea", "", ProcessState.FAILED, error=why, wish=wish)
    drive.app.bridge.receive(events.LocalNodesListed((*drive.cluster.local_nodes().nodes, failed)))
    await drive.press("2", "G")
    await keep("node-not-made", drive)
    await drive.press("enter", "down", "down")
    await drive.clear()
    await drive.type("3000")
    await _settle(drive, lambda: "3001 is free" in drive.text)
    await keep("sheet-add-again", drive)
    await drive.press("escape")
    drive.app.bridge.receive(drive.cluster.local_nodes())
    await drive.press("1")


async def _healing(drive: Drive, keep: Keep) -> None:
    await drive.press("1", "j", "K", "k")
    for step in range(1, 26):
        await drive.pass_time(1.0)
        if step == 12:
            await keep("healing", drive)
            await drive.press("7")
            await keep("healing-repair", drive)
            await drive.press("1")
    await drive.press("t")
    await keep("timeline", drive)
    await drive.press("at")
    await keep("activity", drive)
    await drive.press("3", "j")
    await keep("peers-one-down", drive)
    await drive.press("g", "j", "B")
    await keep("sheet-ban", drive)
    await drive.press("B")
    await drive.sees("banned, 9 m")
    await keep("peers-banned", drive)


async def _log(drive: Drive, keep: Keep) -> None:
    drive.app.bridge.log.mark(drive.clock.wall())
    drive.app.bridge.receive(events.Noted(Level.WARNING, LONG, "n2", drive.clock.wall()))
    await drive.press("6", "w", "t")
    drive.clock.time += 20
    await keep("logs-wrapped", drive)
    for key, name in (("0", "window"), ("ctrl+s", "save")):
        await drive.press(key)
        await keep(f"sheet-{name}", drive)
        await drive.press("escape")


async def _lost(drive: Drive, keep: Keep) -> None:
    await drive.press("1")
    for name in drive.cluster.nodes:
        drive.app.bridge.receive(events.LinkLost(name, "no word for 5 s", drive.clock.now() + 4.0))
    drive.clock.time += 12.0
    await keep("reconnecting", drive)


def path_of(name: str, size: tuple[int, int]) -> Path:
    """Where a screen is kept."""
    return FOLDER / f"{name}-{size[0]}x{size[1]}.txt"


def main() -> None:
    """Write them all, and nothing else stays."""
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    FOLDER.mkdir(exist_ok=True)
    for size in SIZES:
        for name, text in asyncio.run(screens(size)).items():
            path_of(name, size).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
