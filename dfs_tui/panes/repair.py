"""7 Repair: the workers of all nodes, who reaches whom, and the keys that are short of copies."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container

from dfs_tui.panes.pane import Pane
from dfs_tui.view import format as fmt
from dfs_tui.view.absence import why_empty
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.picture import Picture
from dfs_tui.view.reach import reach_lines, reach_of
from dfs_tui.view.recovery import heal_line, histogram
from dfs_tui.view.weak import WEAK_COLUMNS, WeakKeys, weak_cells
from dfs_tui.view.worker_rows import WORKER_COLUMNS, worker_cells, worker_rows, workers_empty
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.titled import Titled
from dfs_tui.widgets.virtual_table import VirtualTable


class RepairPane(Pane):
    """What heals, and what there is to heal."""

    def __init__(self) -> None:
        super().__init__(id="repair")
        self.table = VirtualTable("workers", WORKER_COLUMNS, sorts="rows", noun="worker")
        self.reach = Lines("reach", classes="panel")
        self.weak = VirtualTable("repair-weak", WEAK_COLUMNS, sorts="rows", noun="key")
        self._weakest = WeakKeys()

    def compose(self) -> ComposeResult:
        yield self.table
        with Container(id="repair-below"):
            yield self.reach
            yield self.weak

    def told(self) -> tuple[Sequence[Titled], Sequence[Titled]]:
        return (self.table, self.reach, self.weak), ()

    def main_table(self) -> VirtualTable:
        return self.table

    def show(self, picture: Picture) -> None:
        rows = worker_rows(picture.view)
        busy = sum(worker.state == "busy" for _, worker in rows.values())
        marks = self.table.marked = picture.row_marks.get("repair")
        if marks:
            marks.keep(rows)
        paused = sum(worker.paused for _, worker in rows.values())
        said = [f"{len(marks)} marked"] if marks else []
        said += [f"{busy} busy"] if busy else []
        said += [f"{paused} paused"] if paused else []
        self.table.set_title("Workers", f" {picture.glyphs.dot} ".join(said))
        self.table.set_rows(
            list(rows),
            lambda row: worker_cells(*rows[row], picture.glyphs),
            empty=why_empty(picture.view, picture.now, "Workers", changeable=picture.changeable)
            or workers_empty(picture.view),
        )
        self.reach.set_title("Who reaches whom, read along a row")
        self.reach.set_lines([*reach_lines(reach_of(picture.view), picture.glyphs), (), *self._copies(picture)])
        wanted = picture.copies_wanted
        weakest = self._weakest.rows(picture)
        width = self.weak.name_width("key")
        self.weak.set_title(
            f"Keys below {wanted} copies", fmt.plural(self._weakest.count, "key") if self._weakest.count else ""
        )
        self.weak.set_rows(
            weakest,
            lambda key: weak_cells(picture.keys.entries[key], wanted, picture.glyphs, width=width),
            empty=[self._none_weak(picture, wanted)],
        )

    @staticmethod
    def _none_weak(picture: Picture, wanted: int) -> Cell:
        if not any(copies >= 0 for copies in picture.keys.by_copies):
            return cell("No key was counted yet." if picture.view.reports else "", "dim")
        return cell(f"Every key that was counted has {wanted} copies.", "good")

    @staticmethod
    def _copies(picture: Picture) -> list[Cell]:
        newest = picture.view.freshest
        if newest is None:
            return []
        if not newest.report.copies_found:
            return [cell("The leader has not counted the chunks yet.", "dim")]
        line = heal_line(newest.report, picture.glyphs)
        age = newest.report.health_age_s
        counted = f"chunks by copies, counted {fmt.duration(age)} ago" if age >= 0 else "chunks by copies"
        return [
            cell(counted, "dim"),
            *histogram(newest.report, picture.glyphs, "", picture.way),
            *([(), line] if line else []),
        ]
