"""What can be done to a list: filter it as one types, sort it, turn it round, leave out what matters less."""

from __future__ import annotations

from textual.containers import Container

from dfs_tui.app.placing import Placing
from dfs_tui.messages import FilterTyped, HeadingClicked
from dfs_tui.view.menu import Item
from dfs_tui.view.ordering import Ordering
from dfs_tui.view.row_filter import example, parse_rows
from dfs_tui.view.sort import COLUMNS, Order
from dfs_tui.widgets.filter_line import FilterLine
from dfs_tui.widgets.virtual_table import VirtualTable

_COLUMNS = {
    "key": "by name",
    "size": "largest first",
    "copies": "fewest first",
    "age": "newest first",
}
_KEY_EXAMPLE = "words   !without   ~fzy   size>1g   copies<3   age<1d   node:n3"
_OWN = "-"  # no column has this name


class ListActions(Placing):
    """The filter belongs to the view that is on screen."""

    _filtered: VirtualTable | None = None  # whose filter is being typed

    def _do_filter(self) -> None:
        table = self._table_meant()
        self._filtered = table
        field = self.main(FilterLine, "#filter")
        self.main(Container, "#message-row").add_class("-filtering")
        field.placeholder = _KEY_EXAMPLE if table.table == "keys" else example(table.columns if table.noun else ())
        field.value = self._filter_of(table)
        self.main_screen.set_focus(field)  # at once: the letters that follow are for it

    def _table_meant(self) -> VirtualTable:
        """The table that has the focus, else the main one."""
        table = self.focused
        return table if isinstance(table, VirtualTable) and table.noun else self.pane.main_table()

    def _filter_of(self, table: VirtualTable) -> str:
        texts = {"keys": self.bridge.keys.filter.text, "logs": self.bridge.log.filter.text}
        return texts.get(table.table, table.filter.text)

    def on_filter_typed(self, message: FilterTyped) -> None:
        """Filter as it is typed; with enter or escape the field goes away."""
        table = self._filtered or self.pane.main_table()
        self.filter_by(message.text, table)
        if message.closed:
            table.focus()
            self.main(Container, "#message-row").remove_class("-filtering")

    def filter_by(self, text: str, table: VirtualTable | None = None) -> None:
        """Show only rows of this table, else of the main one on screen, that match."""
        table = table or self.pane.main_table()
        if table.table == "keys":
            self.show_keys(text)
        elif table.table == "logs":
            self.bridge.log.show(text, self.bridge.log.level)
        else:
            table.show_only(parse_rows(text, table.columns))
        self.draw()

    def _filtered_tables(self) -> list[VirtualTable]:
        """Tables on screen of which not all is shown, the one with the focus first."""
        tables = dict.fromkeys((self._table_meant(), *self.pane.query(VirtualTable)))
        return [table for table in tables if self._filter_of(table)]

    def on_heading_clicked(self, message: HeadingClicked) -> None:
        """Keys are sorted here, because there may be very many; other tables have done it themselves."""
        if message.table == "keys" and message.column in COLUMNS:
            self._after_sort(message.column)
        self.draw()

    def _do_sort(self) -> None:
        if self.view_name != "keys":
            self._ask_column()
            return
        order = self.bridge.keys.order
        items = [
            Item(column, column[0], column.capitalize(), text + (", now" if column == order.column else ""))
            for column, text in _COLUMNS.items()
        ]
        from dfs_tui.sheets.menu import MenuSheet  # sheets are imported when one is opened

        self.push_screen(MenuSheet("Sort by", items, self.glyphs, chosen=order.column), self._after_sort)

    def _after_sort(self, column: str | None) -> None:
        if column is not None:
            order = self.bridge.keys.order
            self.bridge.keys.arrange(order.turned() if column == order.column else Order(column), self.bridge.wall())
            self.draw()

    def _ask_column(self) -> None:
        table = self.pane.main_table()
        columns = [column for column in table.columns if column.title]
        items = [Item(_OWN, "0", "as it is", "the table's own order")]
        items += [
            Item(column.name, str(number) if number < 10 else "", column.title)
            for number, column in enumerate(columns, 1)
        ]
        from dfs_tui.sheets.menu import MenuSheet

        self.push_screen(
            MenuSheet("Sort by", items, self.glyphs, chosen=table.ordering.column or _OWN), self._after_column
        )

    def _after_column(self, name: str | None) -> None:
        if name is None:
            return
        table = self.pane.main_table()
        numbers = any(column.name == name and column.align == "right" for column in table.columns)
        same = name == table.ordering.column
        table.order_by(table.ordering.turned() if same else Ordering() if name == _OWN else Ordering(name, numbers))
        self.draw()

    def _do_reverse(self) -> None:
        if self.view_name != "keys":
            table = self.pane.main_table()
            table.order_by(table.ordering.turned())
            self.draw()
            return
        self.bridge.keys.arrange(self.bridge.keys.order.turned(), self.bridge.wall())
        self.draw()

    def _do_larger(self) -> None:
        self.set_room(self.room + 1)

    def _do_smaller(self) -> None:
        self.set_room(self.room - 1)

    def back_out(self) -> bool:
        """Give up what is laid over a list, one thing at a time: marks, room, a filter; False: there is nothing."""
        if self.clear_marks():
            self.draw()
        elif self.room > 0:
            self.set_room(0)
        elif filtered := self._filtered_tables():
            self.filter_by("", filtered[0])
        else:
            return False
        return True

    def _do_back(self) -> None:
        if self.back_out():
            return
        if self.view_name == "logs" and (self.bridge.log.node or self.bridge.log.window_s):
            self.bridge.log.show_node("")
            self.bridge.log.show_since(0.0, self.bridge.wall())
            self.draw()
        elif self.view_name != "cluster":
            self.enter("cluster")
