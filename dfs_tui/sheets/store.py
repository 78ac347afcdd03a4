"""What is about to be stored: from which paths, under which keys, how many bytes, what is left out and why.

It opens empty (type a path) or with paths that were dropped; more may be dropped while it is open. Folders are read in
a worker. Of a file nothing but its size is read before the sheet is confirmed, unless its key exists with that size:
then it is compared, in another worker; so are files of one size with each other.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from dfs_tui.messages import StoreRequested
from dfs_tui.sheets.browse import BrowseSheet
from dfs_tui.sheets.comparing import Comparing, CopiesAmong, SameContent
from dfs_tui.sheets.file_list import FileListSheet
from dfs_tui.sheets.place import choice_lines
from dfs_tui.sheets.retrieve import chosen
from dfs_tui.sheets.sheet import MARGIN, Sheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.complete import expand, key_folders, split
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.plan import Conflict, Plan, Scan, ToStore, plan, suggestion
from dfs_tui.view.plan_lines import conflict_line, room_lines
from dfs_tui.view.values import KeyEntry
from dfs_tui.widgets.drop_input import DropInput
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.path_input import ListFolder, PathInput

FILES_SHOWN, FILES_SHOWN_LOW = 6, 3
SKIPPED_SHOWN, SKIPPED_SHOWN_LOW = 3, 1
LOOK_AGAIN_S = 0.25  # nodes come and go and files are compared while the sheet is open: what it says follows
REST = 9.0  # times as long as drawing took: with very many files a draw takes a while, and keys come first
LOW_HEIGHT = 30  # below it the lists are shorter, so that the effect and the keys always stay in sight

ScanPaths = Callable[[Sequence[str]], Awaitable[Scan | str]]  # text: why it could not be read
DroppedPaths = Callable[[str], Awaitable[Sequence[str]]]


class StoreSheet(Sheet[StoreRequested]):
    """Dismissed with the plan; ctrl+o lets one choose by looking, ctrl+l take files out, ctrl+t says what happens to
    keys that exist.

    `room` gives the copies wanted and the bytes free (-1: not known), as of now.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "browse", show=False, priority=True),
        Binding("ctrl+l", "edit_list", show=False, priority=True),
        Binding("ctrl+t", "conflict", show=False, priority=True),
    ]

    def __init__(
        self,
        paths: Sequence[str],
        *,
        scan: ScanPaths,
        list_folder: ListFolder,
        dropped: DroppedPaths,
        existing: Mapping[str, KeyEntry],
        room: Callable[[], tuple[int, int]],
        same_content: SameContent,
        copies_among: CopiesAmong,
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
        self._comparing = Comparing(same_content, copies_among, existing)
        self._conflict = Conflict.SAME
        self._left_out: frozenset[str] = frozenset()
        self._made: Plan | None = None  # what is on screen
        self._looked_at: tuple[ToStore, ...] = ()  # of it, what is known to be compared
        self._rests_until = 0.0
        self._scan: Scan | None = None
        self._scanning = False
        self._trouble = ""
        self._choices: tuple[str, ...] = ()
        self._path = PathInput(list_folder, id="path")
        self._key = PathInput(self._key_folders, value=folder, id="key")
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
        self.set_interval(LOOK_AGAIN_S, self._follow)
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

    def action_edit_list(self) -> None:
        """Take files out, or put them back."""
        if self._scan is None or self._scanning or len(self._scan.files) < 2:
            return
        made = self._plan()
        there = {file.path: "same content" for file in made.passed} if made is not None else {}
        sheet = FileListSheet(self._scan.files, self._left_out, lambda path: there.get(path, ""), self.glyphs)
        self.app.push_screen(sheet, self._after_list)

    def _after_list(self, left_out: frozenset[str] | None) -> None:
        if left_out is not None:
            self._left_out = left_out
            self._draw()

    def action_conflict(self) -> None:
        """Something else happens to keys that exist."""
        if self._made is not None and self._made.existing:
            choices = tuple(Conflict)
            self._conflict = choices[(choices.index(self._conflict) + 1) % len(choices)]
            self._draw()

    async def _key_folders(self, folder: str) -> Sequence[str]:
        """What a key that was begun could go on with: the folders of keys that exist."""
        return key_folders("" if folder == "." else folder.lstrip("/"), self._existing)

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
            self.run_worker(
                self._comparing.find_copies(found.files), group="copies", exclusive=True, exit_on_error=False
            )
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

    def _follow(self) -> None:
        """Draw again what the cluster or comparing says anew, and compare what is still to be compared."""
        began = time.monotonic()
        if began < self._rests_until:
            return
        room = self._room()
        if room != self._room_shown or self._comparing.changed:
            self._room_shown, self._comparing.changed = room, False
            self._draw()
        files = self._made.to_compare if self._made is not None else ()
        if files and files is not self._looked_at and not self._comparing.covers(files):
            self.run_worker(self._comparing.compare(files), group="compare", exclusive=True, exit_on_error=False)
        self._looked_at = files
        self._rests_until = time.monotonic() + REST * (time.monotonic() - began)

    def _plan(self) -> Plan | None:
        if self._scan is None:
            return None
        return plan(
            self._scan,
            self._key.value,
            self._existing,
            conflict=self._conflict,
            same=self._comparing.same,
            left_out=self._left_out,
        )

    @staticmethod
    def _show_row(row: Horizontal, shown: bool) -> None:
        row.display = shown

    def _draw(self) -> None:
        if self._scanning:
            self._about.set_lines([(), cell("reading ...", "accent")])
            self._below.set_lines([(), self.buttons([("esc", "Cancel")])])
            return
        made = self._made = self._plan()
        if made is None:
            self._draw_question()
            return
        self._about.set_lines(self._files(made))
        enter = [] if made.problem else [("enter", "Store")]
        several = self._scan is not None and len(self._scan.files) > 1
        edit = [("ctrl+l", "Edit list")] if several else []
        tab = [("tab", "complete")] if self._existing else []
        choices = choice_lines(self._choices, self.size.width - MARGIN, self.glyphs)
        buttons = self.buttons([*enter, *tab, *edit, ("esc", "Cancel")])
        self._below.set_lines([*choices, *self._effect(made), (), buttons])

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
            name = self._short(left.path.rpartition("/")[2], 30)
            why = fmt.clip(fmt.printable(f"skipped: {left.why}"), 64 - cell_len(name), self.glyphs.ellipsis)
            lines.append(((f"  {self.glyphs.down} ", "warn"), (f"{name}  {why}", "warn")))
        if self._left_out:
            lines.append(cell(f"    {fmt.plural(len(self._left_out), 'file')} taken out of the list", "dim"))
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
        lines += room_lines(made, *self._room_shown, self.glyphs)
        if made.existing:
            lines.append(conflict_line(made, self.glyphs.ellipsis))
            choices = tuple(Conflict)
            lines.append((("        ", ""), *chosen("ctrl+t", choices, choices.index(self._conflict))))
        for said in (self._comparing.progress(), self._comparing.copies_text(self._left_out)):
            if said:
                lines.append((("        ", ""), (said, "dim")))
        if made.problem:
            lines.append((("        ", ""), (self._short(made.problem, 60), "bad")))
        return lines

    def _short(self, text: str, width: int) -> str:
        return fmt.clip_middle(fmt.printable(text), width, self.glyphs.ellipsis)
