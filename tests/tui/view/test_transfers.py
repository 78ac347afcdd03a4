"""Transfers: own ones, reported ones, and those that are both."""

from __future__ import annotations

import pytest

from dfs_tui.view import transfers
from dfs_tui.view.events import TransferAdvanced, TransferEnded, TransferPrioritised, TransferQueued
from dfs_tui.view.transfers import ENDED_MAX, LINGER_S, Transfer, Transfers, in_order, recent, summarise
from dfs_tui.view.values import Direction, TransferReport, TransferState

QUEUED = TransferQueued("own/1", Direction.STORE, "photos/", 1000, 2, frozenset(("photos/a", "photos/b")), "/pics")


def own(now: float = 0.0) -> Transfers:
    return transfers.queued({}, QUEUED, now)


def told(state: TransferState = TransferState.ACTIVE, key: str = "x", done: int = 10) -> TransferReport:
    return TransferReport("t1", Direction.STORE, key, state, done, 100, elapsed_s=2.0, copies={"a": 1})


def one(book: Transfers) -> Transfer:
    (transfer,) = book.values()
    return transfer


def test_a_queued_transfer_becomes_active_with_its_first_byte_and_its_clock_starts_then() -> None:
    book = transfers.advanced(own(), TransferAdvanced("own/1", 0, 0), 5.0)
    assert (one(book).state, one(book).begun_at) == (TransferState.ACTIVE, 5.0)
    book = transfers.advanced(book, TransferAdvanced("own/1", 400, 1), 6.0)
    assert (one(book).done_bytes, one(book).files_done, one(book).rate.per_s) == (400, 1, pytest.approx(400))


def test_a_done_transfer_is_whole() -> None:
    book = transfers.ended(own(), TransferEnded("own/1", TransferState.DONE, place="/x"), 9.0)
    done = one(book)
    assert (done.state, done.done_bytes, done.files_done, done.ended_at, done.place) == (
        TransferState.DONE,
        1000,
        2,
        9.0,
        "/x",
    )


def test_what_is_over_does_not_change_any_more() -> None:
    book = transfers.ended(own(), TransferEnded("own/1", TransferState.FAILED, "disk full"), 9.0)
    assert transfers.advanced(book, TransferAdvanced("own/1", 5, 0), 10.0) == book
    assert transfers.ended(book, TransferEnded("own/1", TransferState.DONE), 10.0) == book


def test_events_about_unknown_transfers_change_nothing() -> None:
    assert transfers.advanced({}, TransferAdvanced("?", 1, 0), 0.0) == {}
    assert transfers.ended({}, TransferEnded("?", TransferState.DONE), 0.0) == {}


def test_a_nodes_report_about_our_own_transfer_adds_what_is_safe_and_no_row() -> None:
    book = transfers.reported(own(), "n1", told(key="photos/b"), 1.0)
    assert one(book).heard.chunks == {"a": 1}
    assert (one(book).heard.safe_bytes, one(book).safe_bytes) == (10, 0), "no more is safe than has left"
    book = transfers.advanced(book, TransferAdvanced("own/1", 400, 1, stored_bytes=300), 2.0)
    assert one(book).safe_bytes == 300
    assert one(book).own


def test_a_report_about_somebody_elses_transfer_is_a_row() -> None:
    book = transfers.reported({}, "n1", told(), 10.0)
    assert (one(book).id, one(book).own, one(book).begun_at, one(book).done_bytes) == ("n1/t1", False, 8.0, 10)
    book = transfers.reported(book, "n1", told(TransferState.DONE, done=100), 11.0)
    assert (one(book).state, one(book).ended_at) == (TransferState.DONE, 11.0)


def test_the_same_key_in_the_other_direction_is_another_transfer() -> None:
    retrieve = TransferReport("t2", Direction.RETRIEVE, "photos/a", TransferState.ACTIVE, 1, 10)
    assert len(transfers.reported(own(), "n1", retrieve, 1.0)) == 2


def test_ended_transfers_are_bounded_and_the_oldest_go() -> None:
    book: Transfers = {}
    for number in range(ENDED_MAX + 5):
        name = f"own/{number}"
        book = transfers.queued(book, TransferQueued(name, Direction.STORE, "k", 1, 1), number)
        book = transfers.ended(book, TransferEnded(name, TransferState.DONE), float(number))
    assert len(book) == ENDED_MAX
    assert "own/4" not in book
    assert "own/5" in book


def book_of_all_states() -> Transfers:
    book: Transfers = {}
    for number in range(4):
        book = transfers.queued(book, TransferQueued(f"own/{number}", Direction.STORE, "k", 1000, 1), float(number))
    book = transfers.advanced(book, TransferAdvanced("own/2", 0, 0), 4.0)
    book = transfers.advanced(book, TransferAdvanced("own/2", 500, 0), 5.0)
    book = transfers.ended(book, TransferEnded("own/0", TransferState.FAILED, "no"), 6.0)
    return transfers.ended(book, TransferEnded("own/1", TransferState.DONE), 7.0)


def test_under_way_comes_first_then_queued_then_what_is_over_newest_first() -> None:
    assert [t.id for t in in_order(book_of_all_states().values())] == ["own/2", "own/3", "own/1", "own/0"]


def test_the_home_screen_forgets_what_has_been_over_for_a_while() -> None:
    book = book_of_all_states()
    assert len(recent(book.values(), 8.0)) == 4
    assert [t.id for t in recent(book.values(), 6.5 + LINGER_S)] == ["own/2", "own/3", "own/1"]


def test_the_summary_adds_up_what_is_under_way() -> None:
    summary = summarise(book_of_all_states().values(), 6.0)
    assert (summary.active, summary.queued, summary.failed, summary.under_way) == (1, 1, 1, 2)
    assert summary.left_bytes == 1500
    assert summary.share == 0.25
    assert summary.store_rate == pytest.approx(500)
    assert summary.remaining_s == pytest.approx(3.0)


def test_nothing_under_way_has_no_rate_and_no_end() -> None:
    summary = summarise([], 0.0)
    assert (summary.under_way, summary.share, summary.remaining_s) == (0, 0.0, None)


def test_a_lost_link_fails_only_what_its_node_told_of() -> None:
    book = transfers.reported(own(), "n1", told(), 1.0)
    book = transfers.reported(book, "n2", told(), 1.0)
    book = transfers.link_gone(book, "n1", 2.0)
    assert {name: t.ended for name, t in book.items()} == {"own/1": False, "n1/t1": True, "n2/t1": False}


def test_a_priority_moves_what_waits_and_leaves_what_is_under_way_or_over() -> None:
    waiting = transfers.queued(book_of_all_states(), TransferQueued("own/8", Direction.STORE, "late", 1, 1), 9.0)
    assert [t.id for t in in_order(waiting.values())][:3] == ["own/2", "own/3", "own/8"]
    for name in waiting:
        waiting = transfers.prioritised(waiting, TransferPrioritised(name, 2 if name == "own/8" else 0))
    assert [t.id for t in in_order(waiting.values())][:3] == ["own/2", "own/8", "own/3"]
    assert waiting["own/8"].priority == 2
    over = transfers.prioritised(waiting, TransferPrioritised("own/0", 5))
    assert over["own/0"].priority == 0


def test_only_what_has_something_left_to_begin_waits() -> None:
    book = transfers.queued({}, TransferQueued("own/1", Direction.STORE, "x", 10, 2), 0.0)
    assert book["own/1"].waits
    book = transfers.advanced(book, TransferAdvanced("own/1", 1, 0), 0.0)
    assert book["own/1"].waits, "one of its two files is still to begin"
    book = transfers.advanced(book, TransferAdvanced("own/1", 5, 1), 0.0)
    assert not book["own/1"].waits
