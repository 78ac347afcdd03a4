"""The versions of one key: look at them, compare two, bring one back, retrieve one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from dfs_tui.messages import RowChosen
from dfs_tui.sheets.sheet import Sheet
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.marks import Marks
from dfs_tui.view.values import Version
from dfs_tui.view.versions import VERSION_COLUMNS, version_cells
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.virtual_table import VirtualTable


@dataclass(frozen=True, slots=True)
class VersionWish:
    """What was asked for: `restore` or `retrieve` one, or `compare` it with another."""

    what: str
    version: Version
    other: Version | None = None


class VersionsSheet(Sheet[VersionWish]):
    """Newest first. Space marks the one to compare with; without a mark the next older one is meant."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", show=False),
        Binding("c", "wish('compare')", show=False),
        Binding("R", "wish('restore')", show=False),
        Binding("r", "wish('retrieve')", show=False),
        Binding("q", "leave", show=False),
    ]

    def __init__(self, key: str, versions: Sequence[Version], names: dict[str, str], glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._key = key
        self._versions = {str(version.version): version for version in versions}
        self._names = names
        self._marks = Marks()
        self._table = VirtualTable("versions", VERSION_COLUMNS)
        self._below = Lines("versions-below")

    def compose(self) -> ComposeResult:
        self._table.glyphs = self._below.glyphs = self.glyphs
        self._table.marked = self._marks
        current = next(iter(self._versions), "")
        self._table.set_rows(
            list(self._versions),
            lambda row: version_cells(self._versions[row], self._names, self.glyphs, current=row == current),
        )
        frame = self.frame(f"History of {self._key}", self._table, self._below)
        frame.add_class("-versions")
        yield frame

    def on_mount(self) -> None:
        self._table.focus()
        self._say("")

    def action_mark(self) -> None:
        """Mark the one to compare with; only one carries the mark."""
        row = self._table.cursor_id
        marked = row in self._marks
        self._marks.marked.clear()
        if not marked:
            self._marks.toggle(row)
        self._table.refresh_rows()

    def on_row_chosen(self, message: RowChosen) -> None:
        message.stop()
        self.action_wish("compare")

    def action_wish(self, what: str) -> None:
        """Leave with a wish, or say why it cannot be had."""
        row = self._table.cursor_id
        version = self._versions[row]
        rows = list(self._versions)
        if what == "compare":
            marked = next(iter(self._marks.marked), "") or next(iter(rows[rows.index(row) + 1 :]), "")
            if not marked or marked == row:
                self._say("There is no other version to compare it with; space marks one.")
                return
            self.dismiss(VersionWish(what, version, self._versions[marked]))
        elif version.removed:
            self._say("This is a removal; choose a version below it.")
        elif what == "restore" and row == rows[0]:
            self._say("This is the current version already.")
        else:
            self.dismiss(VersionWish(what, version))

    def _say(self, trouble: str) -> None:
        buttons = [("c", "Compare"), ("space", "with"), ("R", "Restore"), ("r", "Retrieve"), ("esc", "Close")]
        self._below.set_lines([((trouble, "warn"),), self.buttons(buttons)])
