"""What is said to be safe is never more than what nodes said."""

from __future__ import annotations

from dfs_tui.view.acknowledged import Acknowledged
from dfs_tui.view.values import Direction, TransferReport, TransferState


def told(key: str, safe: int, everywhere: int, state: TransferState = TransferState.ACTIVE) -> TransferReport:
    return TransferReport("t", Direction.STORE, key, state, safe, 100, copies={"a": safe}, copied_bytes=everywhere)


def amounts(*reports: TransferReport) -> tuple[int, int]:
    heard = Acknowledged()
    for report in reports:
        heard = heard.heard(report)
    return heard.safe_bytes, heard.copied_bytes


def test_files_under_way_count_as_far_as_they_were_last_told_of() -> None:
    assert amounts(told("a", 10, 0), told("b", 5, 5), told("a", 30, 20)) == (35, 25)


def test_a_file_that_is_done_stays_counted_and_only_once() -> None:
    done = told("a", 100, 90, TransferState.DONE)
    assert amounts(told("a", 10, 0), done, done, told("b", 1, 0)) == (101, 90)


def test_what_failed_is_safe_no_more() -> None:
    assert amounts(told("a", 50, 40), told("a", 50, 40, TransferState.FAILED)) == (0, 0)


def test_the_last_file_says_which_nodes_have_its_chunks() -> None:
    assert Acknowledged().heard(told("a", 7, 0)).chunks == {"a": 7}
