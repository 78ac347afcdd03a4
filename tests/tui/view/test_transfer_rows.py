"""How a transfer reads."""

from __future__ import annotations

from rich.cells import cell_len

from dfs_tui.view import transfers
from dfs_tui.view.cells import Row, text_of
from dfs_tui.view.events import TransferAdvanced, TransferEnded, TransferPrioritised, TransferQueued
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.transfer_rows import priority_words, summary_line, transfer_cells
from dfs_tui.view.transfers import Transfer, summarise
from dfs_tui.view.values import Direction, TransferState

MIB = 1 << 20


def transfer(direction: Direction = Direction.STORE, files: int = 1, name: str = "beach.raw") -> Transfer:
    book = transfers.queued(
        {}, TransferQueued("own/1", direction, name, 100 * MIB, files, place="/pics/beach.raw"), 0.0
    )
    return book["own/1"]


def moving(done: int, now: float, files: int = 1) -> Transfer:
    book = transfers.advanced({"own/1": transfer(files=files)}, TransferAdvanced("own/1", 0, 0), 0.0)
    return transfers.advanced(book, TransferAdvanced("own/1", done, files // 2), now)["own/1"]


def over(state: TransferState, text: str = "", direction: Direction = Direction.STORE, place: str = "") -> Transfer:
    return transfers.ended({"own/1": transfer(direction)}, TransferEnded("own/1", state, text, place), 4.0)["own/1"]


def said(row: Row, column: str) -> str:
    return text_of(row.get(column, ()))


def test_a_queued_transfer_says_so_and_promises_nothing() -> None:
    row = transfer_cells(transfer(), 1.0, ASCII)
    assert said(row, "progress") == ". queued"
    assert said(row, "size") == "100 MiB"
    assert said(row, "rate") == said(row, "left") == ""


def test_an_active_transfer_has_a_bar_a_rate_and_a_remaining_time() -> None:
    row = transfer_cells(moving(25 * MIB, 5.0), 5.0, ASCII)
    assert said(row, "name") == "^ beach.raw"
    assert said(row, "progress") == "###---------  25%"
    assert said(row, "size") == "25.0 MiB / 100 MiB"
    assert said(row, "rate") == "5.00 MiB/s"
    assert said(row, "left") == "15 s"


def test_no_remaining_time_is_shown_before_there_is_enough_data() -> None:
    assert said(transfer_cells(moving(25 * MIB, 1.0), 1.0, ASCII), "left") == ""


def test_a_transfer_that_stands_still_says_for_how_long_instead_of_a_rate() -> None:
    row = transfer_cells(moving(25 * MIB, 5.0), 17.0, ASCII)
    assert said(row, "left") == "still 12 s"
    assert said(row, "rate") == ""


def test_all_bytes_sent_is_not_stored_yet() -> None:
    row = transfer_cells(moving(100 * MIB, 5.0), 5.0, ASCII)
    assert said(row, "left") == "confirming"
    assert said(row, "progress").endswith("99%")
    assert "-" in said(row, "progress")


def test_a_folder_counts_its_files() -> None:
    assert said(transfer_cells(moving(25 * MIB, 5.0, files=14), 5.0, ASCII), "size") == "7 of 14 files"


def test_a_stored_file_says_how_long_it_took() -> None:
    row = transfer_cells(over(TransferState.DONE), 9.0, ASCII)
    assert said(row, ">progress") == "+ stored  100 MiB in 4.0 s"


def test_a_retrieved_file_says_where_it_is() -> None:
    row = transfer_cells(over(TransferState.DONE, direction=Direction.RETRIEVE, place="/dl/beach.raw"), 9.0, ASCII)
    assert said(row, ">progress").endswith("-> /dl/beach.raw")


def test_a_failure_says_why_in_the_row() -> None:
    row = transfer_cells(over(TransferState.FAILED, "no majority: n2, n3"), 9.0, ASCII)
    assert said(row, ">progress") == "X failed: no majority: n2, n3"


def test_a_skipped_one_says_what_is_there() -> None:
    row = transfer_cells(over(TransferState.SKIPPED, "/dl/x is there already", Direction.RETRIEVE, "/dl/x"), 9.0, ASCII)
    assert said(row, ">progress") == "+ skipped  /dl/x is there already"


def test_a_cancelled_one_says_what_became_of_it() -> None:
    row = transfer_cells(over(TransferState.CANCELLED, "nothing was stored"), 9.0, ASCII)
    assert said(row, ">progress") == "o cancelled  nothing was stored"


def test_long_and_hostile_names_fit_and_do_nothing() -> None:
    row = transfer_cells(transfer(name="\x1b[2J" + "a" * 4000), 0.0, ASCII, name_width=20)
    assert cell_len(said(row, "name")) <= 20
    assert "\x1b" not in said(row, "name")


def test_a_stream_of_unknown_length_shows_what_came() -> None:
    book = transfers.queued({}, TransferQueued("own/1", Direction.STORE, "-", -1, 1), 0.0)
    book = transfers.advanced(book, TransferAdvanced("own/1", 0, 0), 0.0)
    book = transfers.advanced(book, TransferAdvanced("own/1", 3 * MIB, 0), 1.0)
    row = transfer_cells(book["own/1"], 1.0, ASCII)
    assert said(row, "progress") == "3.00 MiB"
    assert said(row, "left") == ""


def test_the_summary_is_one_line_and_empty_when_nothing_moves() -> None:
    assert summary_line(summarise([], 0.0), ASCII, 80) == ()
    line = text_of(summary_line(summarise([moving(25 * MIB, 5.0)], 5.0), ASCII, 80))
    assert line == "###---------  25%  1 active - 5.00 MiB/s - 15 s left"


def test_a_priority_stands_before_the_name_and_goes_when_it_is_over() -> None:
    book = transfers.prioritised({"own/1": transfer()}, TransferPrioritised("own/1", 2))
    assert said(transfer_cells(book["own/1"], 1.0, ASCII), "name") == "^ +2 beach.raw"
    assert cell_len(said(transfer_cells(book["own/1"], 1.0, ASCII, name_width=12), "name")) <= 12
    ended = transfers.ended(book, TransferEnded("own/1", TransferState.DONE), 2.0)
    assert said(transfer_cells(ended["own/1"], 2.0, ASCII), "name") == "^ beach.raw"


def test_a_priority_is_said_by_what_it_does() -> None:
    assert priority_words("x", 2) == "x goes before others (+2); what is under way goes on"
    assert priority_words("x", 0) == "x goes in the usual order"
    assert priority_words("They", -1, many=True) == "They go after others (-1); what is under way goes on"
