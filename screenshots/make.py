"""Pictures of the dashboard, made from a real cluster: `make screenshots`.

Three nodes are started in a temporary folder, files with invented content are stored, and each screen is brought up by
the keys a person would press. SVG always; PNG as well where the `cairosvg` package can be imported. Sizes are 120x36
and 80x24. What is in the pictures (names, sizes, keys) comes from one seed; ids, ports and times are those of the run.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import io
import os
import random
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from textual import events
from textual.pilot import Pilot

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from dfs_tui.app.dashboard import DfsApp  # noqa: E402
from dfs_tui.bridge import Bridge  # noqa: E402
from dfs_tui.sheets.add_node import AddNodeSheet  # noqa: E402
from dfs_tui.sheets.browse import BrowseSheet  # noqa: E402
from dfs_tui.sheets.confirm import ConfirmSheet  # noqa: E402
from dfs_tui.sheets.store import StoreSheet  # noqa: E402
from dfs_tui.sources import choose  # noqa: E402
from dfs_tui.sources.clock import SystemClock  # noqa: E402
from dfs_tui.view.cluster import Connection  # noqa: E402
from dfs_tui.view.glyphs import UNICODE  # noqa: E402
from dfs_tui.widgets.virtual_table import VirtualTable  # noqa: E402

SIZES = ((120, 36), (80, 24))
PATIENCE_S = 120.0
FONTS = "'DejaVu Sans Mono', Menlo, Consolas, monospace"
RARE = re.compile(r"<text[^>]*>[^<]*[\u2800-\u28ff\u27f3][^<]*</text>")  # not in DejaVu Sans Mono: boxes otherwise
RARE_FONT = "DejaVu Sans"
PNG_WIDTH, PNG_LARGER, PNG_COLOURS = 1200, 3, 256
DEJAVU_SHARE = 1.0134  # DejaVu Sans Mono is that much narrower than the font Textual lays its pictures out for

FILES = {
    "photos/2024": [(f"alps-{number:03}.raw", 900_000 + 37_000 * number) for number in range(1, 9)],
    "photos/2025": [("beach.raw", 2_400_000), ("dunes.raw", 3_100_000), ("family.heic", 410_000)],
    "notes": [("ideas.md", 2_900), ("q3.md", 12_400), ("größe & übersicht.md", 5_200)],
    "backups": [("etc.tar.zst", 4_800_000), ("mail-2025-06.tar.zst", 6_300_000)],
    "music/flac": [(f"{number:02} - side a.flac", 1_100_000) for number in range(1, 4)],
}
NEW_PHOTOS = (("2025/harbour.raw", 2_700_000), ("2025/night train.raw", 1_900_000), ("2025/beach.raw", 2_600_000))


def make_files(home: Path) -> None:
    """A home folder with things worth storing."""
    dice = random.Random(2024)
    for folder, files in FILES.items():
        place = home / folder
        place.mkdir(parents=True)
        for name, size in files:
            (place / name).write_bytes(dice.randbytes(size))
    (home / "Downloads").mkdir()
    big = home / "films"
    big.mkdir()
    with (big / "holiday 2024.mp4").open("wb") as film:
        for _ in range(300):
            film.write(dice.randbytes(1_000_000))


class Camera:
    """The dashboard of the cluster, headless."""

    def __init__(self, app: DfsApp, pilot: Pilot[None], size: tuple[int, int]) -> None:
        self.app, self.pilot, self.size = app, pilot, size

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause(0.1)

    async def drop(self, path: Path) -> None:
        while len(self.app.screen_stack) < 2:  # on a busy machine no node may answer for a moment: it is refused then
            await self.until(lambda: self.app.bridge.view.connection is Connection.LIVE)
            self.app.post_message(events.Paste(str(path)))
            for _ in range(50):
                if len(self.app.screen_stack) < 2:
                    await self.pilot.pause(0.1)
        await self.pilot.pause(1.0)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await self.pilot.pause(0.1)

    async def store(self, path: Path, prefix: str = "") -> None:
        """Store a path and wait until it is done."""
        before = sum(t.ended for t in self.app.bridge.view.transfers.values())
        await self.drop(path)
        for char in prefix:
            await self.pilot.press({"/": "slash"}.get(char, char))
        await self.press("enter")
        await self.until(lambda: sum(t.ended for t in self.app.bridge.view.transfers.values()) > before)

    async def snap(self, name: str) -> None:
        """Keep what is on screen as NAME-WIDTHxHEIGHT.svg (and .png)."""
        await self.pilot.pause(0.4)
        stem = HERE / f"{name}-{self.size[0]}x{self.size[1]}"
        drawing = tidy(self.app.export_screenshot(title="dfs"))
        stem.with_suffix(".svg").write_text(drawing, encoding="utf-8")
        if importlib.util.find_spec("cairosvg") is not None:
            paint(drawing, stem.with_suffix(".png"))
        print(stem.name)


def paint(drawing: str, path: Path) -> None:
    """The drawing as PNG. Painted large and made smaller: at its own size letters are set to whole pixels, and lines
    that are made of them come out longer or shorter than they are."""
    import cairosvg
    from PIL import Image

    wide = re.sub(r"font-size: (\d+)px", lambda found: f"font-size: {int(found[1]) * DEJAVU_SHARE:.2f}px", drawing)
    wide = RARE.sub(lambda found: found[0].replace("<text", f'<text style="font-family: {RARE_FONT}"', 1), wide)
    large = cairosvg.svg2png(bytestring=wide.encode(), output_width=PNG_WIDTH * PNG_LARGER)
    image = Image.open(io.BytesIO(large)).convert("RGB")
    image = image.resize((PNG_WIDTH, round(image.height / PNG_LARGER)), Image.Resampling.LANCZOS)
    image.quantize(PNG_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, optimize=True)


def tidy(drawing: str) -> str:
    """No fonts from elsewhere, and nothing that differs between two pictures of the same screen."""
    drawing = re.sub(r"@font-face\s*{[^}]*}", "", drawing)
    drawing = re.sub(r"font-family:\s*Fira Code[^;]*;", f"font-family: {FONTS};", drawing)
    drawing = re.sub(r"terminal-\d+", "terminal", drawing)
    return re.sub(r"[ \t]+\n", "\n", drawing)


@contextlib.asynccontextmanager
async def camera(size: tuple[int, int]) -> AsyncIterator[Camera]:
    """The dashboard at one size, with every node up and every key listed."""
    clock = SystemClock()
    app = DfsApp(Bridge(choose.local(clock, nodes=3), clock), UNICODE)
    async with app.run_test(size=size) as pilot:
        made = Camera(app, pilot, size)
        bridge = app.bridge
        await made.until(lambda: bridge.view.connection is Connection.LIVE and len(bridge.view.reports) == 3)
        await made.until(lambda: not bridge.keys.loading)
        yield made


async def take(home: Path, size: tuple[int, int], *, first: bool) -> None:
    """Every screen at one size."""
    async with camera(size) as shot:
        if first:
            await shot.snap("empty")
            for folder in ("photos", "notes", "backups", "music"):
                await shot.store(home / folder)
            await shot.until(lambda: len(shot.app.bridge.keys.by_copies) == 1 and 3 in shot.app.bridge.keys.by_copies)
            for name, size in NEW_PHOTOS:
                (home / "photos" / name).write_bytes(random.Random(name).randbytes(size))
        await shot.drop(home / "photos")
        await shot.snap("store")
        await shot.press("escape", "s")
        await shot.until(lambda: isinstance(shot.app.screen, StoreSheet))
        await shot.press("ctrl+o")
        await shot.until(lambda: isinstance(shot.app.screen, BrowseSheet))
        await shot.until(lambda: any(table.ids for table in shot.app.screen.query(VirtualTable)))
        await shot.press("j", "space")
        await shot.snap("browse")
        await shot.press("escape", "escape")
        await shot.drop(home / "films")
        if not first:
            await shot.press("ctrl+t")  # they are stored already: once more, as new versions
        await shot.press("enter")
        await shot.until(lambda: any(t.done_bytes > 60_000_000 for t in shot.app.bridge.view.transfers.values()))
        await shot.snap("cluster")
        await shot.press("5")
        await shot.snap("transfers")
        await shot.until(lambda: all(t.ended for t in shot.app.bridge.view.transfers.values()))
        await shot.press("4", "slash", *"photos", "enter", "j", "j")
        await shot.snap("keys")
        await shot.press("r")
        await shot.snap("retrieve")
        await shot.press("escape")
        for keys, name in (
            (("o",), "sort"),
            (("ctrl+d",), "delete"),
            (("y",), "copy"),
            (("colon", *"node k"), "command"),
            (("ctrl+p",), "palette"),
            (("h",), "history"),
        ):
            await shot.press(*({" ": "space"}.get(key, key) for key in keys))
            await shot.until(lambda: len(shot.app.screen_stack) > 1)
            await shot.snap(name)
            await shot.press("escape")
        await nodes(shot)
        await shot.press("3")
        await shot.snap("peers")
        await shot.press("question_mark")
        await shot.snap("help")
        await shot.press("escape", "1", "g", "j", "j", "K")
        await shot.snap("kill")
        await shot.press("k")
        await shot.until(lambda: 2 in shot.app.bridge.keys.by_copies)
        await shot.pilot.pause(9.0)  # until the message has gone
        await shot.snap("killed")
        await logs(shot)
        for key, name in (("7", "repair"), ("t", "timeline"), ("at", "activity")):
            await shot.press(key)
            await shot.snap(name)
        await shot.press("1", "S")
        await shot.until(lambda: set(shot.app.bridge.keys.by_copies) == {3})
        if size == SIZES[-1]:
            await shot.app.bridge.source.close(stop_nodes=True)


async def nodes(shot: Camera) -> None:
    """The nodes, and what can be done with one of them."""
    await shot.press("escape", "2", "G")
    await shot.snap("nodes")
    for key, name in (("x", "node-actions"), ("D", "drain"), ("ctrl+d", "remove-node")):
        await shot.press(key)
        await shot.until(lambda: len(shot.app.screen_stack) > 1)
        await shot.snap(name)
        await shot.press("escape")
    await shot.press("a")
    await shot.until(lambda: isinstance(shot.app.screen, AddNodeSheet))
    await shot.press(*"attic", "tab", "tab", *"3000", "tab", *"500G")  # n1 listens there
    await shot.until(lambda: "--capacity 500G" in sheet_command(shot))
    await shot.snap("add-node")
    await shot.press("escape")
    await shot.press("colon", *"chaos", "space", *"30s", "enter")
    await shot.until(lambda: isinstance(shot.app.screen, ConfirmSheet))
    await shot.snap("chaos")
    await shot.press("escape")


def sheet_command(shot: Camera) -> str:
    """What the sheet of a new node shows as its command."""
    return shot.app.screen.command if isinstance(shot.app.screen, AddNodeSheet) else ""


async def logs(shot: Camera) -> None:
    """The log as it is, and with what can be done to it."""
    await shot.press("6")
    await shot.snap("logs")
    await shot.press("0")
    await shot.snap("log-window")
    await shot.press("3", "m", "t", "w")
    await shot.snap("log-wrapped")
    await shot.press("w", "t", "t", "t", "ctrl+s")
    await shot.snap("log-save")
    await shot.press("escape", "escape")


async def make() -> None:
    """All pictures."""
    with tempfile.TemporaryDirectory(prefix="dfs-pictures-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        os.environ |= {"HOME": str(home), "DFS_HOME": str(Path(folder) / "dfs"), "TZ": "UTC"}
        make_files(home)
        from dfs_core.local import LocalCluster

        try:
            for size in SIZES:
                await take(home, size, first=size == SIZES[0])
        finally:
            await LocalCluster().down()


if __name__ == "__main__":
    asyncio.run(make())
