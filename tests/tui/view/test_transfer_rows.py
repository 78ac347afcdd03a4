"""How a transfer reads."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from dfs_tui.view import transfers
from dfs_tui.view.cells import Row, text_of
from dfs_tui.view.events import TransferAdvanced, TransferEnded, TransferHeld, TransferPrioritised, TransferQueued
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.transfer_rows import priority_words, summary_line, transfer_cells
from dfs_tui.view.transfers import Transfer, summarise
from dfs_tui.view.values import Direction, TransferReport, TransferState

MIB = 1 << 20


def transfer(direction: Direction = Direction.STORE, files: int = 1, name: str = "beach.raw") -> Transfer:
    book = transfers.queued(
        {}, TransferQueued("own/1", direction, name, 100 * MIB, files, frozenset((name,)), "/pics/beach.raw"), 0.0
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
    assert said(row, "progress") == ">>>---------  25%"
    assert said(row, "size") == "25.0 MiB / 100 MiB"
    assert said(row, "rate") == "5.00 MiB/s"
    assert said(row, "left") == "15 s"


def test_no_remaining_time_is_shown_before_there_is_enough_data() -> None:
    assert said(transfer_cells(moving(25 * MIB, 1.0), 1.0, ASCII), "left") == ""


def test_a_transfer_that_stands_still_says_for_how_long_instead_of_a_rate() -> None:
    row = transfer_cells(moving(25 * MIB, 5.0), 17.0, ASCII)
    assert said(row, "left") == "stalled 12 s"
    assert said(row, "rate") == ""


@pytest.mark.parametrize(
    ("now", "left"), [(1.9, ""), (2.0, "-"), (2.9, "-"), (3.0, "stalled 3 s"), (60.0, "stalled 1 m")]
)
def test_nothing_having_moved_yet_is_blank_then_unknown_then_stalled(now: float, left: str) -> None:
    assert said(transfer_cells(moving(0, 0.0), now, ASCII), "left") == left


def test_a_store_shows_what_is_everywhere_what_is_safe_and_what_has_only_left() -> None:
    report = TransferReport("t", Direction.STORE, "beach.raw", TransferState.ACTIVE, 50 * MIB, 100 * MIB)
    report = replace(report, copied_bytes=25 * MIB, copies={"a" * 64: 50, "b" * 64: 49, "c" * 64: 26})
    book = transfers.reported({"own/1": moving(75 * MIB, 5.0)}, "n1", report, 5.0)
    row = transfer_cells(book["own/1"], 5.0, ASCII, names={"a" * 64: "n1", "b" * 64: "n2"})
    assert said(row, "progress") == "###===>>>---  75%"
    assert said(row, "place") == "n1 50 n2 49 cccccccc 26"
    same = replace(report, copies=dict.fromkeys(("a" * 64, "b" * 64, "c" * 64), 50))
    book = transfers.reported({"own/1": moving(75 * MIB, 5.0)}, "n1", same, 5.0)
    assert said(transfer_cells(book["own/1"], 5.0, ASCII), "place") == "aaaaaaaa,bbbbbbbb,cccccccc 50"


def test_bytes_that_no_node_has_told_of_are_never_shown_as_safe() -> None:
    row = transfer_cells(moving(100 * MIB, 5.0), 5.0, ASCII)
    assert said(row, "progress") == ">>>>>>>>>>>-  99%"
    assert said(row, "place") == "/pics/beach.raw"


def test_a_retrieve_has_one_tone_and_is_checked_at_the_end() -> None:
    book = transfers.advanced({"own/1": transfer(Direction.RETRIEVE)}, TransferAdvanced("own/1", 100 * MIB, 0), 0.0)
    row = transfer_cells(book["own/1"], 0.0, ASCII)
    assert said(row, "progress").startswith("###########-")
    assert said(row, "left") == "checking"


def test_all_bytes_sent_is_not_stored_yet() -> None:
    row = transfer_cells(moving(100 * MIB, 5.0), 5.0, ASCII)
    assert said(row, "left") == "confirming"
    assert said(row, "progress").endswith("99%")
    assert "-" in said(row, "progress")


def test_a_folder_counts_its_files() -> None:
    assert said(transfer_cells(moving(25 * MIB, 5.0, files=14), 5.0, ASCII), "size") == "7 of 14 files"


def test_a_stored_file_says_how_long_it_took() -> None:
    row = transfer_cells(over(TransferState.DONE), 9.0, ASCII)
    assert said(row, ">progress") == "+ stored  100 MiB in 4.0 s, 25.0 MiB/s"


def test_a_retrieved_file_says_where_it_is() -> None:
    row = transfer_cells(over(TransferState.DONE, direction=Direction.RETRIEVE, place="/dl/beach.raw"), 9.0, ASCII)
    assert said(row, ">progress").endswith("-> /dl/beach.raw")


def test_a_failure_says_why_in_the_row() -> None:
    row = transfer_cells(over(TransferState.FAILED, "no majority: n2, n3"), 9.0, ASCII)
    assert said(row, ">progress") == "X failed after 4.0 s: no majority: n2, n3"
    broken = transfers.ended({"own/1": moving(MIB, 5.0)}, TransferEnded("own/1", TransferState.FAILED, "no"), 14.0)
    assert said(transfer_cells(broken["own/1"], 14.0, ASCII), ">progress") == "X failed after 14 s: no"


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
    line = text_of(summary_line(summarise([moving(25 * MIB, 5.0)], 5.0), ASCII, 100))
    assert line == "###---------  25%  1 active - 5.00 MiB/s - 75.0 MiB left - ETA 15 s   5 Transfers"


def test_where_all_of_them_are_is_said_whole_or_not_at_all() -> None:
    line = text_of(summary_line(summarise([moving(25 * MIB, 5.0)], 5.0), ASCII, 80))
    assert line == "###---------  25%  1 active - 5.00 MiB/s - 75.0 MiB left - ETA 15 s"


def test_nothing_is_said_of_the_time_of_all_before_there_is_enough_data() -> None:
    line = text_of(summary_line(summarise([moving(25 * MIB, 1.0)], 1.0), ASCII, 80))
    assert line.endswith("75.0 MiB left   5 Transfers")


def test_a_paused_transfers_mean_is_of_the_time_since_it_went_on() -> None:
    book = transfers.held({"own/1": moving(60 * MIB, 5.0)}, TransferHeld("own/1", True), 5.0)
    book = transfers.held(book, TransferHeld("own/1", False), 50.0)
    book = transfers.advanced(book, TransferAdvanced("own/1", 60 * MIB, 0), 60.0)
    done = transfers.ended(book, TransferEnded("own/1", TransferState.DONE), 64.0)["own/1"]
    assert done.mean_per_s == 10 * MIB


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
