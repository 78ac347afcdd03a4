"""Files and folders of this machine, to be chosen from by looking: what is stored need not be typed."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from dfs_tui.messages import RowChosen
from dfs_tui.sheets.sheet import Sheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Column, Row, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.path_input import ListFolder
from dfs_tui.widgets.virtual_table import VirtualTable

_KEYS = "enter open   space mark   s take   left up   . hidden   esc back"


class BrowseSheet(Sheet[tuple[str, ...]]):
    """Dismissed with absolute paths: those marked, or the one that was taken; they existed when they were read.

    Begins in `folder`. Folders come first; names that begin with a dot are left out until they are asked for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,backspace,h", "up", show=False, priority=True),
        Binding("right,l", "into", show=False, priority=True),
        Binding("space", "mark", show=False, priority=True),
        Binding("s", "take", show=False, priority=True),
        Binding("full_stop", "hidden", show=False, priority=True),
    ]

    def __init__(self, folder: str, *, list_folder: ListFolder, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._folder, self._list_folder = str(Path(folder).absolute()), list_folder
        self._names: list[str] = []
        self._marked: dict[str, None] = {}
        self._all = False
        self._place = Lines("browse-place")
        self._table = VirtualTable("browse", (Column("mark", "", 2), Column("name", "", 10, flex=1)))

    def compose(self) -> ComposeResult:
        self._place.glyphs = self._table.glyphs = self.glyphs
        frame = self.frame("Choose what to store", self._place, self._table)
        frame.border_subtitle = _KEYS
        frame.add_class("-browse")
        yield frame

    def on_mount(self) -> None:
        self._table.focus()
        self._go(self._folder)

    def _go(self, folder: str, at: str = "") -> None:
        """Show that folder; the cursor on the name `at`, if it is there."""
        self._folder = folder
        shown = fmt.printable(fmt.tilde(folder, str(Path.home())))
        self._place.set_lines([cell(fmt.clip_middle(shown, 70, self.glyphs.ellipsis), "strong")])
        self.run_worker(self._read(folder, at), group="browse", exclusive=True, exit_on_error=False)

    async def _read(self, folder: str, at: str) -> None:
        names = await self._list_folder(folder)
        shown = [name for name in names if self._all or not name.startswith(".")]
        self._names = sorted(shown, key=lambda name: (not name.endswith("/"), name.casefold(), name))
        hidden = len(names) - len(shown)
        nothing = f"Nothing but {fmt.plural(hidden, 'hidden name')}: . shows them." if hidden else "Nothing is here, "
        nothing += "" if hidden else "or it cannot be read. left goes up."
        self._table.set_rows(self._names, self._cells, empty=[(), cell(nothing, "dim")])
        if not self._table.select(at) and self._names:
            self._table.select(self._names[0])

    def _path(self, name: str) -> str:
        return str(Path(self._folder, name.rstrip("/")))

    def _cells(self, name: str) -> Row:
        marked = self._path(name) in self._marked
        named = cell(fmt.printable(name), "accent" if name.endswith("/") else "")
        return {"mark": cell(self.glyphs.mark if marked else " ", "good"), "name": named}

    # -- what may be done

    def on_row_chosen(self, message: RowChosen) -> None:
        message.stop()
        if message.row.endswith("/"):
            self._go(self._path(message.row))
        else:
            self.action_take()

    def action_into(self) -> None:
        """Open the folder under the cursor."""
        if self._table.cursor_id.endswith("/"):
            self._go(self._path(self._table.cursor_id))

    def action_up(self) -> None:
        """The folder that this one is in."""
        parent, _, name = self._folder.rpartition("/")
        if name:
            self._go(parent or "/", at=f"{name}/")

    def action_mark(self) -> None:
        """Mark it, or after all not, and go on to the next."""
        if name := self._table.cursor_id:
            path = self._path(name)
            if path in self._marked:
                del self._marked[path]
            else:
                self._marked[path] = None
            self._table.action_move(1)
            self._table.refresh_rows()

    def action_take(self) -> None:
        """What is marked, and if nothing is, the file or folder under the cursor."""
        name = self._table.cursor_id
        if self._marked or name:
            self.dismiss(tuple(self._marked) or (self._path(name),))

    def action_hidden(self) -> None:
        """Show names that begin with a dot, or do not."""
        self._all = not self._all
        self._go(self._folder, at=self._table.cursor_id)
