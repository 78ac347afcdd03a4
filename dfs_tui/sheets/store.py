"""What is about to be stored: from which paths, under which keys, how many bytes, what is left out and why.

It opens empty (type a path) or with paths that were dropped; more may be dropped while it is open. Folders are read in
a worker, and nothing of a file but its size is read before the sheet is confirmed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from dfs_tui.messages import StoreRequested
from dfs_tui.sheets.browse import BrowseSheet
from dfs_tui.sheets.place import choice_lines
from dfs_tui.sheets.sheet import MARGIN, Sheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.complete import expand, split
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.plan import Plan, Scan, plan, suggestion
from dfs_tui.view.values import KeyEntry
from dfs_tui.widgets.drop_input import DropInput
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.path_input import ListFolder, PathInput

FILES_SHOWN, FILES_SHOWN_LOW = 6, 3
SKIPPED_SHOWN, SKIPPED_SHOWN_LOW = 3, 1
LOOK_AGAIN_S = 1.0  # nodes come and go while the sheet is open: what it costs follows
LOW_HEIGHT = 30  # below it the lists are shorter, so that the effect and the keys always stay in sight

ScanPaths = Callable[[Sequence[str]], Awaitable[Scan | str]]  # text: why it could not be read
DroppedPaths = Callable[[str], Awaitable[Sequence[str]]]


class StoreSheet(Sheet[StoreRequested]):
    """Dismissed with the plan; ctrl+o lets one choose by looking.

    `room` gives the copies wanted and the bytes free (-1: not known), as of now.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+o", "browse", show=False, priority=True)]

    def __init__(
        self,
        paths: Sequence[str],
        *,
        scan: ScanPaths,
        list_folder: ListFolder,
        dropped: DroppedPaths,
        existing: Mapping[str, KeyEntry],
        room: Callable[[], tuple[int, int]],
        glyphs: Glyphs,
        folder: str = "",
    ) -> None:
        super().__init__(glyphs)
        self._paths = tuple(paths)
        self._scan_paths = scan
        self._dropped, self._list_folder = dropped, list_folder
        self._existing = existing
        self._room = room
        self._room_shown = room()
        self._scan: Scan | None = None
        self._scanning = False
        self._trouble = ""
        self._choices: tuple[str, ...] = ()
        self._path = PathInput(list_folder, id="path")
        self._key = DropInput(value=folder, id="key", compact=True, select_on_focus=False)
        self._about = Lines("store-about")
        self._below = Lines("store-below")
        self._path_row = self.field("path", self._path)
        self._key_row = self.field("as", self._key)

    def compose(self) -> ComposeResult:
        for lines in (self._about, self._below):
            lines.glyphs = self.glyphs
        yield self.frame("Store", self._path_row, self._about, self._key_row, self._below)

    def on_mount(self) -> None:
        self._show_row(self._key_row, False)
        self.set_interval(LOOK_AGAIN_S, self._follow_room)
        if self._paths:
            self.add_paths(())
        else:
            self._path.focus()
            self._draw()

    # -- what happens to it

    def add_paths(self, paths: Sequence[str]) -> None:
        """These were dropped as well."""
        self._paths = tuple(dict.fromkeys((*self._paths, *paths)))
        self._scanning = True
        self._trouble = ""
        self._draw()
        self.run_worker(self._read(self._paths), group="scan", exclusive=True, exit_on_error=False)

    def action_browse(self) -> None:
        """Choose by looking; what is chosen is added."""
        _, folder, _ = split(self._path.value.strip(), str(Path.home()))
        start = folder if "/" in self._path.value else str(Path.home())
        sheet = BrowseSheet(start, list_folder=self._list_folder, glyphs=self.glyphs)
        self.app.push_screen(sheet, lambda paths: self.add_paths(paths) if paths else None)

    async def _read(self, paths: Sequence[str]) -> None:
        found = await self._scan_paths(paths)
        self._scanning = False
        if isinstance(found, str):
            self._trouble, self._paths = found, ()
        elif not found.files and not self._path_row.display:
            self._scan = found
        elif not found.files:
            why = found.skipped[0].why if found.skipped else "there is nothing in it"
            self._trouble, self._paths = f"{paths[0]}: {why}", ()
        else:
            before = self._key.value
            typed = before != (suggestion(self._scan) if self._scan is not None else "")
            self._scan = found
            if not typed:
                self._key.value = suggestion(found)
        if self._scan is not None:
            self._show_row(self._path_row, False)
            self._show_row(self._key_row, True)
            self._key.focus()
            self._key.cursor_position = len(self._key.value)
        else:
            self._path.focus()
        self._draw()

    def on_path_input_choices_found(self, message: PathInput.ChoicesFound) -> None:
        message.stop()
        self._choices = message.choices
        self._draw()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._choices = ()
        self._draw()

    def on_drop_input_pasted(self, message: DropInput.Pasted) -> None:
        message.stop()
        self.run_worker(self._offer(message.field, message.text), group="drop", exit_on_error=False)

    async def _offer(self, field: DropInput, text: str) -> None:
        paths = await self._dropped(text)
        if paths:
            self.add_paths(paths)
        else:
            field.take_text(text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self._path:
            typed = self._path.value.strip()
            if typed and not self._scanning:
                path = expand(typed, str(Path.home()))
                self.add_paths((path.rstrip("/") or "/",))
            return
        made = self._plan()
        if made is not None and not made.problem and not self._scanning:
            self.dismiss(StoreRequested(made, self._paths[0] if len(self._paths) == 1 else ""))

    # -- drawing

    def _follow_room(self) -> None:
        if (room := self._room()) != self._room_shown:
            self._room_shown = room
            self._draw()

    def _plan(self) -> Plan | None:
        return plan(self._scan, self._key.value, self._existing) if self._scan is not None else None

    @staticmethod
    def _show_row(row: Horizontal, shown: bool) -> None:
        row.display = shown

    def _draw(self) -> None:
        if self._scanning:
            self._about.set_lines([(), cell("reading ...", "accent")])
            self._below.set_lines([(), self.buttons([("esc", "Cancel")])])
            return
        made = self._plan()
        if made is None:
            self._draw_question()
            return
        self._about.set_lines(self._files(made))
        enter = [] if made.problem else [("enter", "Store")]
        self._below.set_lines([*self._effect(made), (), self.buttons([*enter, ("esc", "Cancel")])])

    def _draw_question(self) -> None:
        said: list[Cell] = [()]
        if self._trouble:
            said.append(cell(fmt.clip_middle(fmt.printable(self._trouble), 68, self.glyphs.ellipsis), "warn"))
        elif self._choices:
            said += choice_lines(self._choices, self.size.width - MARGIN, self.glyphs)
        else:
            said.append(cell("A file or a folder. Dropping it on the window does the same.", "dim"))
        self._about.set_lines(said)
        self._below.set_lines(
            [(), self.buttons([("enter", "Next"), ("tab", "complete"), ("ctrl+o", "Browse"), ("esc", "Cancel")])]
        )

    def _files(self, made: Plan) -> list[Cell]:
        low = self.app.size.height < LOW_HEIGHT
        files_shown = FILES_SHOWN_LOW if low else FILES_SHOWN
        skipped_shown = SKIPPED_SHOWN_LOW if low else SKIPPED_SHOWN
        one = fmt.tilde(self._paths[0], str(Path.home()))
        origin = one if len(self._paths) == 1 else f"{len(self._paths)} places"
        lines: list[Cell] = [(("from    ", "dim"), (self._short(origin, 60), "")), ()]
        for file in made.files[:files_shown]:
            name = self._short(file.path.rpartition("/")[2], 48)
            lines.append(
                (
                    (f"  {self.glyphs.done} ", "good"),
                    (fmt.pad(name, 48), ""),
                    (f" {fmt.size(file.size_bytes):>9}", "dim"),
                )
            )
        rest = made.files[files_shown:]
        if rest:
            size = fmt.size(sum(file.size_bytes for file in rest))
            lines.append(
                ((f"  {self.glyphs.done} ", "good"), (fmt.pad(f"{len(rest)} more", 48), ""), (f" {size:>9}", "dim"))
            )
        for left in made.skipped[:skipped_shown]:
            said = f"{self._short(left.path.rpartition('/')[2], 30)}  skipped: {left.why}"
            lines.append(((f"  {self.glyphs.down} ", "warn"), (self._short(said, 60), "warn")))
        if len(made.skipped) > skipped_shown:
            lines.append(cell(f"    and {len(made.skipped) - skipped_shown} more skipped", "warn"))
        return [*lines, ()]

    def _effect(self, made: Plan) -> list[Cell]:
        many = len(made.files) > 1
        lines: list[Cell] = []
        if made.files:
            first = self._short(made.files[0].key, 52)
            more = f" and {len(made.files) - 1} more" if many else ""
            lines.append((("keys    ", "dim"), (first, "strong"), (more, "dim")))
        copies, free_bytes = self._room_shown
        need = made.size_bytes * copies
        tight = 0 <= free_bytes < need
        free = f" of {fmt.size(free_bytes)} free" if free_bytes >= 0 else ""
        files = fmt.plural(len(made.files), "file")
        counted = f"{files}, {fmt.size(made.size_bytes)} x {copies} copies = {fmt.size(need)}"
        lines += [(("size    ", "dim"), (counted, ""), (free, "warn" if tight else "dim"))]
        if tight:
            lines.append(cell(f"        {self.glyphs.attention} this will not fit: free space or add a node", "warn"))
        if made.existing:
            verb = (
                "exists already and gets a new version" if made.existing == 1 else "exist already and get new versions"
            )
            lines.append((("        ", ""), (f"{fmt.plural(made.existing, 'key')} {verb}", "warn")))
        if made.problem:
            lines.append((("        ", ""), (self._short(made.problem, 60), "bad")))
        return lines

    def _short(self, text: str, width: int) -> str:
        return fmt.clip_middle(fmt.printable(text), width, self.glyphs.ellipsis)
