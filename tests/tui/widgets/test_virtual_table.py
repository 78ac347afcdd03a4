"""The table that draws only what is on screen."""

from __future__ import annotations

from dfs_tui.view.cells import Column, Row, cell
from dfs_tui.widgets.virtual_table import VirtualTable

from ..hosting import CursorMoved, HeadingClicked, Hosted, RowChosen, hosted

COLUMNS = (Column("name", "NAME", 10, flex=1), Column("size", "SIZE", 6, align="right"))


class Counted:
    """Cells of rows, and how often they were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.texts: dict[str, str] = {}

    def __call__(self, row: str) -> Row:
        self.asked.append(row)
        return {"name": cell(self.texts.get(row, f"row {row}")), "size": cell("7")}


def table(follow: str = "") -> VirtualTable:
    return VirtualTable("t", COLUMNS, follow=follow)  # type: ignore[arg-type]


def ids(count: int) -> list[str]:
    return [f"{number:06}" for number in range(count)]


async def filled(made: VirtualTable, host: Hosted, count: int) -> Counted:
    cells = Counted()
    made.set_rows(ids(count), cells)
    made.focus()
    await host.pilot.pause()
    return cells


async def test_a_hundred_thousand_rows_cost_what_is_on_screen() -> None:
    made = table()
    async with hosted(made) as host:
        cells = await filled(made, host, 100_000)
        assert len(set(cells.asked)) <= 12
        cells.asked.clear()
        await host.press("end")
        assert made.cursor_id == "099999"
        assert "row 099999" in host.text
        assert len(set(cells.asked)) <= 24


async def test_only_lines_that_say_something_else_are_painted_again() -> None:
    made = table()
    async with hosted(made) as host:
        cells = await filled(made, host, 50)
        painted: list[int] = []
        original = made.render_line

        def watch(y: int):  # type: ignore[no-untyped-def]
            painted.append(y)
            return original(y)

        made.render_line = watch  # type: ignore[method-assign]
        made.refresh_rows()
        await host.pilot.pause()
        assert painted == []
        cells.texts["000003"] = "changed"
        made.refresh_rows()
        await host.pilot.pause()
        assert painted == [4]
        assert "changed" in host.text


async def test_moving_keys_move_the_cursor_and_the_view_follows() -> None:
    made = table()
    async with hosted(made) as host:
        await filled(made, host, 100)
        await host.press("j", "j", "down", "k")
        assert made.cursor_id == "000002"
        await host.press("pagedown")
        assert int(made.cursor_id) >= 9
        assert f"row {made.cursor_id}" in host.text
        await host.press("G")
        assert made.cursor_id == "000099"
        await host.press("j")
        assert made.cursor_id == "000099"
        await host.press("g", "k", "ctrl+b")
        assert made.cursor_id == "000000"
        assert [m.row for m in host.said(CursorMoved) if isinstance(m, CursorMoved)][:3] == [
            "000000",
            "000001",
            "000002",
        ]


async def test_the_cursor_stays_on_its_row_when_rows_come_and_go_above_it() -> None:
    made = table()
    async with hosted(made) as host:
        cells = await filled(made, host, 20)
        made.select("000005")
        made.set_rows(["new", *ids(20)], cells)
        assert made.cursor_id == "000005"
        made.set_rows(ids(20)[4:], cells)
        assert made.cursor_id == "000005"
        made.set_rows(list(reversed(ids(20))), cells)
        assert made.cursor_id == "000005"


async def test_when_its_row_is_gone_the_cursor_stays_at_its_place() -> None:
    made = table()
    async with hosted(made) as host:
        cells = await filled(made, host, 5)
        made.select("000004")
        made.set_rows(ids(4), cells)
        assert made.cursor_id == "000003"
        made.set_rows([], cells, empty=[cell("nothing here")])
        await host.pilot.pause()
        assert made.cursor_id == ""
        assert "nothing here" in host.text
        made.set_rows(ids(2), cells)
        assert made.cursor_id == "000000"


async def test_a_table_that_follows_its_end_keeps_the_cursor_there_until_it_is_moved() -> None:
    made = table("end")
    async with hosted(made) as host:
        cells = await filled(made, host, 30)
        await host.press("end")
        made.set_rows(ids(40), cells)
        await host.pilot.pause()
        assert made.cursor_id == "000039"
        assert "row 000039" in host.text
        await host.press("k")
        made.set_rows(ids(50), cells)
        assert made.cursor_id == "000038"


async def test_a_table_that_follows_its_start_does_so_only_without_the_focus() -> None:
    made = table("start")
    async with hosted(made) as host:
        cells = await filled(made, host, 3)
        made.set_rows(["a", *ids(3)], cells)
        assert made.cursor_id == "000000"
        host.app.set_focus(None)
        await host.pilot.pause()
        made.select("a")
        made.set_rows(["b", "a", *ids(3)], cells)
        assert made.cursor_id == "b"


async def test_enter_and_a_second_click_choose_a_row() -> None:
    made = table()
    async with hosted(made) as host:
        await filled(made, host, 5)
        await host.press("j", "enter")
        await host.pilot.click(made, offset=(5, 4))
        assert made.cursor_id == "000002"
        await host.pilot.click(made, offset=(5, 4), times=2)
        await host.pilot.pause()
        chosen = [message.row for message in host.said(RowChosen) if isinstance(message, RowChosen)]
        assert chosen[0] == "000001"
        assert chosen[-1] == "000002"


async def test_a_wide_cell_runs_to_the_end_of_the_row() -> None:
    made = table()
    async with hosted(made, (40, 8)) as host:
        made.set_rows(["x"], lambda _: {">name": cell("a sentence that is longer than its column is")})
        await host.pilot.pause()
        assert "a sentence that is longer than its…" in host.text


async def test_markup_and_borders_are_data() -> None:
    made = table()
    async with hosted(made) as host:
        made.set_title("[red]t[/red]", "[/oops] [b]")
        made.set_rows(["x"], lambda _: {"name": cell("[bold]x[/nope]")})
        await host.pilot.pause()
        assert "[red]t[/red]" in host.text
        assert "[/oops] [b]" in host.text
        assert "[bold]x[/nope]" in host.text


async def test_the_sorted_column_is_marked() -> None:
    made = table()
    async with hosted(made) as host:
        made.sorted_by = "size"
        await filled(made, host, 2)
        assert "▲ SIZE" in host.text
        made.reverse = True
        made.refresh_rows()
        await host.pilot.pause()
        assert "▼ SIZE" in host.text


async def test_a_resize_lays_the_columns_out_again() -> None:
    made = table()
    async with hosted(made) as host:
        await filled(made, host, 2)
        wide = made.name_width("name")
        await host.pilot.resize_terminal(40, 12)
        for _ in range(3):
            await host.pilot.pause()
        assert made.name_width("name") == wide - 20
        assert made.name_width("nothing") == 0
        assert max(len(line) for line in host.lines) <= 40


def test_it_says_how_many_lines_it_would_like() -> None:
    made = table()
    assert made.lines_wanted == 3
    made.set_rows(ids(4), Counted())
    assert (made.row_count, made.lines_wanted) == (4, 5)
    made.set_rows([], Counted(), empty=[cell("a"), cell("b")])
    assert made.lines_wanted == 5


async def test_what_is_said_instead_of_rows_is_broken_into_lines_that_fit() -> None:
    made = table()
    async with hosted(made) as host:
        room = made.size.width - 2
        made.set_rows([], Counted(), empty=[cell("word " * (room // 5) + "and the end")])
        await host.pilot.pause()
        assert "and the end" in host.text
        assert made.lines_wanted == 5


async def test_a_click_on_a_heading_sorts_and_the_cursor_stays_on_its_row() -> None:
    made = VirtualTable("t", COLUMNS, sorts="rows")
    sizes = {"a": "5", "b": "70", "c": "6"}

    def show() -> None:
        made.set_rows(list(sizes), lambda row: {"name": cell(row), "size": cell(sizes[row])})

    async with hosted(made) as host:
        show()
        made.select("a")
        await host.click_heading("SIZE")
        show()
        assert list(made.ids) == ["b", "c", "a"]
        assert made.cursor_id == "a"
        await host.click_heading("SIZE")
        show()
        assert list(made.ids) == ["a", "c", "b"]
        await host.click_heading("NAME")
        show()
        assert list(made.ids) == ["a", "b", "c"]
        assert [(said.column) for said in host.said(HeadingClicked)] == ["size", "size", "name"]


async def test_where_nobody_sorts_a_heading_does_nothing() -> None:
    made = table()
    async with hosted(made) as host:
        await filled(made, host, 3)
        await host.click_heading("SIZE")
        assert not host.said(HeadingClicked)
        assert not made.ordering.column
