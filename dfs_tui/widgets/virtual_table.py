"""A table that draws only the rows on screen, so that a hundred thousand of them cost what thirty do.

It is given row ids and a function that makes the cells of one row; it holds no data of its own. The cursor stands on an
*id*: when rows come, go or change places it stays on its row, and only when that row is gone does it stay at its place.
A click on a heading sorts by it, a second one turns that round, a third one gives the table its own order back.
`refresh_rows` repaints the lines whose cells differ from what was painted last, and no others.

Textual's DataTable measures every cell of every row when it loads, and repaints all of it when one changes.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip

from dfs_tui.messages import CursorMoved, HeadingClicked, RowChosen
from dfs_tui.view.cells import GAP, NOTHING, Cell, Column, Placed, cell, clip_cell, fit, text_of, wrap_cell
from dfs_tui.view.ordering import Ordering
from dfs_tui.view.row_filter import RowFilter
from dfs_tui.widgets.filtered import Cells, Filtered, Find
from dfs_tui.widgets.kept import Kept
from dfs_tui.widgets.spans import TONE_CLASSES, blanks, line, tone_style

GUTTER = 2  # cells left of the first column: the cursor's sign
STRIPS_MAX = 512  # drawn rows that are kept; a screen has a few dozen
SORTED_MAX = 2000  # longer lists keep their order: it is read off the cells of all rows, every time
MARK_GUTTER = 2  # and those of the mark, in tables whose rows can be marked


class VirtualTable(Kept, Filtered):
    """Rows of ids. `set_rows` when the list changed, `refresh_rows` when only what they say may have."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--header", "table--cursor", *TONE_CLASSES}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("g,home", "edge(0)", show=False),
        Binding("G,end", "edge(1)", show=False),
        Binding("ctrl+f,pagedown", "page(1)", show=False),
        Binding("ctrl+b,pageup", "page(-1)", show=False),
        Binding("enter", "choose", show=False),
        Binding("right", "app.focus_next", show=False),
        Binding("left", "app.focus_previous", show=False),
    ]

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        *,
        follow: Literal["", "start", "end"] = "",
        sorts: Literal["", "rows", "app"] = "",
        noun: str = "",
    ) -> None:
        """`sorts`: who sorts by a heading that is clicked: nobody, the table, or the app by `HeadingClicked`.

        `noun`: what one row is ("node"); with it the table filters its rows itself, by what they say.
        """
        super().__init__(id=f"{name}-table")
        self.sorts = sorts
        self.ordering = Ordering()
        self.noun = noun
        self.table = name
        self.columns = tuple(columns)
        self.follow = follow  # new rows at this end take the cursor with them if it stood there
        self.sorted_by = ""
        self.reverse = False
        self.marked: Container[str] | None = None  # rows that carry a mark; None: rows cannot be marked here
        self._ids: Sequence[str] = ()
        self._cells: Cells = lambda _: {}
        self._find: Find | None = None
        self._empty: tuple[Cell, ...] = ()
        self._said_for: tuple[tuple[Cell, ...], int] = ((), 0)
        self._said_lines: list[Cell] = []  # of what is said instead of rows
        self._count = 0  # of rows when they were last set
        self._row = 0
        self._cursor_id = ""
        self._painted: dict[int, tuple[Cell, ...]] = {}
        self._placed: tuple[Placed, ...] = ()
        self._placed_for = -1
        self._strips: dict[tuple[tuple[Cell, ...], int, Style], Strip] = {}
        self._base: Style | None = None
        self._drawn_size = Size(0, 0)

    # -- what it shows

    @property
    def cursor_id(self) -> str:
        """The id under the cursor, empty when there are no rows."""
        return self._cursor_id

    @property
    def ids(self) -> Sequence[str]:
        """The rows, in order."""
        return self._ids

    @property
    def margin_width(self) -> int:
        """Cells left of the first column."""
        return GUTTER if self.marked is None else GUTTER + MARK_GUTTER

    @property
    def at_end(self) -> bool:
        """Does the cursor stand on the last row?"""
        return self._row >= self._count - 1

    @property
    def row_count(self) -> int:
        return len(self._ids)

    @property
    def lines_wanted(self) -> int:
        """How many lines it would take to show everything: heading and rows, or what is said instead of rows."""
        rows = len(self._given[0])  # filtered or not: what is typed moves nothing else
        return rows + 1 if rows else len(self._said()) + 3

    def name_width(self, name: str) -> int:
        """How many cells the column `name` has now; 0 when it is not shown."""
        return next((placed.width for placed in self._layout() if placed.column.name == name), 0)

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns from the next `set_rows` on."""
        if tuple(columns) != self.columns:
            self.columns = tuple(columns)
            self._placed_for = -1
            self._painted.clear()
            self._strips.clear()
            self.refresh()

    def set_rows(
        self, ids: Sequence[str], cells: Cells, *, find: Find | None = None, empty: Sequence[Cell] = ()
    ) -> None:
        """Show these rows from now on. `find` says where an id stands, if that can be had quicker than by looking.

        `empty`: what is said when there are none. The ids are not copied: call again after changing them.
        """
        at_end = self.at_end
        ids, cells, find, empty = self._let_through((ids, cells, find, empty))
        grown = len(ids) != self._count  # it may be the same list, grown meanwhile
        if self.ordering.column and len(ids) <= SORTED_MAX:
            ids, find = self.ordering.arranged(ids, cells), None
        self._ids, self._cells, self._find, self._empty = ids, cells, find, tuple(empty)
        self._count = len(ids)
        self._place_cursor(at_end=at_end)
        if grown:
            self.virtual_size = Size(0, len(ids) + 1)
            if self.follow == "end" and at_end:
                self._reveal()
                self.call_after_refresh(self._reveal)  # before that, a list that was shorter cannot be scrolled
        self.refresh_rows()

    def order_by(self, ordering: Ordering) -> None:
        """Sort by this from the next `set_rows` on."""
        self.ordering = ordering
        self.sorted_by, self.reverse = ordering.column, ordering.reverse

    def refresh_rows(self) -> None:
        """Repaint the lines that would look different now."""
        if not self.is_attached or not self.display:
            return
        height = self.size.height
        for y in range(height):
            if self._painted.get(y) != self._look(y):
                self.refresh_line(y + self.scroll_offset.y)

    def select(self, row_id: str) -> bool:
        """Put the cursor on this row, also where a filter hides it: that goes then. False when it is not there."""
        position = self._position(row_id)
        if position is None and self.filter and row_id in self._given[0]:
            self.show_only(RowFilter())
            position = self._position(row_id)
        if position is None:
            return False
        self._go(position)
        return True

    # -- the cursor

    def _position(self, row_id: str) -> int | None:
        if self._find is not None:
            return self._find(row_id)
        try:
            return self._ids.index(row_id)
        except ValueError:
            return None

    def _place_cursor(self, *, at_end: bool) -> None:
        count = len(self._ids)
        if not count:
            self._row = 0
            self._say("")
            return
        if self.follow == "end" and at_end:
            self._row = count - 1
        elif self.follow == "start" and self._row == 0 and not self.has_focus:
            pass
        elif self._row >= count or self._ids[self._row] != self._cursor_id:
            found = self._position(self._cursor_id) if self._cursor_id else None
            self._row = found if found is not None else min(self._row, count - 1)
            self.call_after_refresh(self._reveal)
        self._say(self._ids[self._row])

    def _say(self, row_id: str) -> None:
        if row_id != self._cursor_id:
            self._cursor_id = row_id
            if self.is_attached:
                self.post_message(CursorMoved(self.table, row_id))

    def _go(self, row: int) -> None:
        if not self._ids:
            return
        before = self._row
        self._row = min(max(row, 0), len(self._ids) - 1)
        self._say(self._ids[self._row])
        self._reveal()
        self.refresh_line(before + 1)
        self.refresh_line(self._row + 1)

    def _reveal(self) -> None:
        if not self.size.height:
            return  # it comes again when there is room
        room = max(self.size.height - 1, 1)
        top = self.scroll_offset.y
        wanted = min(max(top, self._row - room + 1), self._row)
        if wanted != top:
            # At once, so that the step and the scrolling are one picture; and also before there is a scrollbar.
            self.scroll_to(y=wanted, animate=False, immediate=True, force=True)

    def action_move(self, rows: int) -> None:
        self._go(self._row + rows)

    def action_page(self, pages: int) -> None:
        self._go(self._row + pages * max(self.size.height - 2, 1))

    def action_edge(self, end: int) -> None:
        self._go(len(self._ids) - 1 if end else 0)

    def action_choose(self) -> None:
        if self._cursor_id:
            self.post_message(RowChosen(self.table, self._cursor_id))

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset_capture(self)
        if place.y == 0:
            self._click_heading(place.x)
            return
        row = self.scroll_offset.y + place.y - 1
        if 0 <= row < len(self._ids):
            again = row == self._row
            self._go(row)
            if again and event.chain > 1:
                self.action_choose()

    def _click_heading(self, x: int) -> None:
        end = self.margin_width
        for placed in self._layout() if self.sorts else ():
            end += placed.width + GAP
            if x < end and placed.column.title:
                name = placed.column.name
                if self.sorts == "rows":
                    self.order_by(self.ordering.clicked(name, numbers=placed.column.align == "right"))
                self.post_message(HeadingClicked(self.table, name))
                return
            if x < end:
                return

    # -- drawing

    def on_resize(self) -> None:
        if self.size != self._drawn_size:  # and not only shown again
            self._drawn_size = self.size
            self._placed_for = -1
            self._painted.clear()
        self._reveal()

    def _layout(self) -> tuple[Placed, ...]:
        room = max(self.size.width - self.margin_width - 1, 0)
        if room != self._placed_for:
            self._placed = fit(self.columns, room)
            self._placed_for = room
        return self._placed

    def _look(self, y: int) -> tuple[Cell, ...]:
        """What line `y` of the screen says, as a value that can be compared."""
        if y == 0:
            return (cell("header" if self._ids else "", ""), cell(f"{self.sorted_by}{self.reverse}{self.margin_width}"))
        row = self.scroll_offset.y + y - 1
        if row >= len(self._ids):
            said = self._said() if not self._ids else ()
            return (said[y - 2],) if 0 <= y - 2 < len(said) else ()
        cells = self._cells(self._ids[row])
        marked = self.marked is not None and self._ids[row] in self.marked
        found: list[Cell] = [self._sign(row)]
        found.append(cell(self.glyphs.mark if marked else "", "good" if self.marked is not None else ""))
        for placed in self._layout():
            wide = cells.get(f">{placed.column.name}")
            if wide is not None:
                found.append(wide)
                break
            found.append(cells.get(placed.column.name, NOTHING))
        return tuple(found)

    def _said(self) -> list[Cell]:
        """What is said instead of rows, in lines that fit."""
        room = max(self.size.width - GUTTER, 0)
        if (self._empty, room) != self._said_for:
            self._said_for = (self._empty, room)
            wrapped = (wrap_cell(said, room) if room else [said] for said in self._empty)
            self._said_lines = [part for parts in wrapped for part in parts]
        return self._said_lines

    def _sign(self, row: int) -> Cell:
        return cell("cursor", "strong" if self.dressed_focused else "") if row == self._row else NOTHING

    def render_line(self, y: int) -> Strip:
        look = self._look(y)
        self._painted[y] = look
        width = self.size.width
        base = self._ground()
        row = self.scroll_offset.y + y - 1
        if y == 0:
            return self._header(width, base) if self._ids else Strip.blank(width, base)
        if row < len(self._ids):
            return self._kept(look, row == self._row, width, base)
        if look:
            return line(self, ((blanks(GUTTER), ""), *look[0]), width, base, self.glyphs.ellipsis)
        return Strip.blank(width, base)

    def _kept(self, look: tuple[Cell, ...], at_cursor: bool, width: int, base: Style) -> Strip:
        """The strip of a row that looks so: kept, because scrolling by one line asks for all the others again."""
        known = (look, width, base)
        strip = self._strips.get(known)
        if strip is None:
            if len(self._strips) >= STRIPS_MAX:
                self._strips.clear()
            strip = self._strips[known] = self._body(look, at_cursor, width, base)
        return strip

    def _ground(self) -> Style:
        """The table's own style; finding it looks at every widget above this one."""
        if self._base is None:
            self._base = self.rich_style
        return self._base

    def notify_style_update(self) -> None:
        self._base = None
        self._strips.clear()
        super().notify_style_update()

    def _header(self, width: int, base: Style) -> Strip:
        style = self.get_component_rich_style("table--header")
        segments = [Segment(blanks(self.margin_width), style)]
        for index, placed in enumerate(self._layout()):
            title = placed.column.title
            if placed.column.name == self.sorted_by:
                sign = self.glyphs.sort_down if self.reverse else self.glyphs.sort_up
                title = f"{title} {sign}" if placed.column.align == "left" else f"{sign} {title}"
            if index:
                segments.append(Segment(blanks(GAP), style))
            text = title[: placed.width]
            fill = blanks(placed.width - len(text))
            segments.append(Segment(fill + text if placed.column.align == "right" else text + fill, style))
        return Strip(segments).adjust_cell_length(width, style)

    def _body(self, look: tuple[Cell, ...], at_cursor: bool, width: int, base: Style) -> Strip:
        if at_cursor and self.dressed_focused:
            base = base + Style(bgcolor=self.get_component_rich_style("table--cursor").bgcolor)
        sign = self.glyphs.cursor if at_cursor else " "
        tone = tone_style(self, "accent" if self.dressed_focused else "dim")
        segments = [Segment(f"{sign} ", base + tone)]
        if self.marked is not None:
            segments.append(Segment(f"{text_of(look[1]) or ' '} ", base + tone_style(self, "good")))
        used = self.margin_width
        layout = self._layout()
        for index, spans in enumerate(look[2:]):
            placed = layout[index]
            if index:
                segments.append(Segment(blanks(GAP), base))
                used += GAP
            last = index == len(look) - 3
            room = width - used - 1 if last and index < len(layout) - 1 else placed.width
            clipped, length = clip_cell(spans, room, self.glyphs.ellipsis)
            drawn = [Segment(text, base + tone_style(self, span_tone)) for text, span_tone in clipped if text]
            fill = Segment(blanks(room - length), base)
            segments += [fill, *drawn] if placed.column.align == "right" and room == placed.width else [*drawn, fill]
            used += room
        return Strip(segments).adjust_cell_length(width, base)
