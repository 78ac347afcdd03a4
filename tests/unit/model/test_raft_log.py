"""The log as a core sees it: terms of everything, entries of the recent, and what is durable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.model.raft_log import RaftLog
from dfs_core.model.raft_messages import COMMAND, LogEntry
from dfs_core.model.raft_ready import LogStart


def entries(first: int, *terms: int, size: int = 0) -> list[LogEntry]:
    return [LogEntry(index, term, COMMAND, b"x" * size) for index, term in enumerate(terms, first)]


def log_of(*terms: int, durable: bool = True) -> RaftLog:
    log = RaftLog(LogStart(), recent_bytes_max=10**6)
    log.append(entries(1, *terms))
    if durable:
        log.begin_write()
        log.written()
    return log


def test_the_term_of_every_place_is_known_without_its_entry() -> None:
    log = RaftLog(LogStart(first_index=1, last_index=6, terms=((1, 1), (4, 3), (6, 7))), recent_bytes_max=0)
    assert [log.term(index) for index in range(8)] == [0, 1, 1, 1, 3, 3, 7, None]
    assert log.last_term == 7
    assert log.entries(3, 6, 1000) is None, "they are on disk"


def test_a_log_whose_beginning_was_cut_off_knows_the_term_before_it() -> None:
    log = RaftLog(LogStart(first_index=11, before_term=4, last_index=12, terms=((11, 5),)), recent_bytes_max=0)
    assert [log.term(index) for index in (9, 10, 11, 12, 13)] == [None, 4, 5, 5, None]


def test_an_empty_log_behind_a_snapshot_ends_where_the_snapshot_does() -> None:
    log = RaftLog(LogStart(first_index=11, before_term=4, last_index=10), recent_bytes_max=0)
    assert (log.last_index, log.last_term) == (10, 4)
    log.append(entries(11, 4))
    assert log.term(11) == 4


def test_a_log_without_the_term_of_its_first_entry_is_refused() -> None:
    with pytest.raises(ValueError, match="first entry"):
        RaftLog(LogStart(last_index=3), recent_bytes_max=0)


@pytest.mark.parametrize("wrong", [entries(5, 2), entries(4, 1), entries(3, 2)])
def test_entries_follow_without_a_gap_and_terms_never_fall(wrong: list[LogEntry]) -> None:
    with pytest.raises(AssertionError):
        log_of(1, 1, 2).append(wrong)


def test_cutting_off_forgets_terms_entries_and_durability() -> None:
    log = log_of(1, 1, 2, 2, 3)
    log.cut_from(3)
    assert (log.last_index, log.last_term, log.durable_index) == (2, 1, 2)
    assert log.term(3) is None
    log.append(entries(3, 4))
    assert log.unwritten() == tuple(entries(3, 4))


def test_a_write_covers_only_what_it_began_with() -> None:
    log = log_of(1, durable=False)
    log.begin_write()
    log.append(entries(2, 1))
    assert log.unwritten() == tuple(entries(2, 1))
    log.written()
    assert log.durable_index == 1


def test_a_late_write_of_entries_that_were_cut_off_makes_nothing_durable() -> None:
    log = log_of(1, 1, 1, durable=False)
    log.begin_write()
    log.cut_from(2)
    log.append(entries(2, 2, 2))
    log.begin_write()
    log.written()
    assert log.durable_index == 1
    log.written()
    assert log.durable_index == 3


def test_even_when_the_same_entries_came_back_meanwhile() -> None:
    log = log_of(1, 1, 1, durable=False)
    log.begin_write()
    log.cut_from(2)
    log.append(entries(2, 2))
    log.begin_write()  # the disk will hold the entry of term 2 before it holds …
    log.cut_from(2)
    log.append(entries(2, 1, 1))  # … those of term 1 again
    log.begin_write()
    log.written()
    assert log.durable_index == 1
    log.written()
    assert log.durable_index == 1
    log.written()
    assert log.durable_index == 3


def test_only_durable_entries_leave_memory_oldest_first() -> None:
    log = RaftLog(LogStart(), recent_bytes_max=1000)
    log.append(entries(1, *[1] * 10, size=200))
    assert log.entries(1, 10, 10**6) == entries(1, *[1] * 10, size=200), "nothing is durable, all stays"
    log.begin_write()
    log.written()
    assert log.entries(1, 1, 1000) is None
    assert log.entries(10, 10, 1000) == entries(10, 1, size=200)
    assert log.term(1) == 1


def test_entries_are_cut_by_bytes_but_one_always_comes() -> None:
    log = log_of(1, 1, 1)
    one = entries(1, 1)[0].size_bytes
    assert len(log.entries(1, 3, 2 * one) or ()) == 2
    assert len(log.entries(1, 3, 1) or ()) == 1
    assert len(log.entries(1, 2, 10**6) or ()) == 2


def test_entries_read_from_disk_are_known_by_their_terms() -> None:
    log = log_of(1, 1, 2)
    assert log.holds(entries(2, 1, 2))
    assert not log.holds(entries(2, 1, 3))
    assert not log.holds(entries(3, 2, 2)), "the log ends before the second"


@given(
    st.lists(st.integers(1, 6), max_size=12).map(sorted),
    st.lists(st.integers(1, 6), max_size=12).map(sorted),
    st.integers(0, 15),
)
def test_the_newest_fit_never_skips_a_place_where_two_logs_agree(ours: list[int], theirs: list[int], at: int) -> None:
    """However logs came about: at a place after the newest fit, ours is of a newer term than the other's at `at`."""
    other = log_of(*theirs)
    at = min(at, other.last_index)
    term = other.term(at) or 0
    log = log_of(*ours)
    fit = log.newest_fit(at, term)
    assert 0 <= fit <= min(at, log.last_index)
    assert (log.term(fit) or 0) <= term
    assert all((log.term(index) or 0) > term for index in range(fit + 1, min(at, log.last_index) + 1))


@pytest.mark.parametrize("index", range(1, 8))
def test_cutting_off_the_beginning_leaves_the_terms_behind_it(index: int) -> None:
    log = log_of(1, 1, 3, 3, 3, 7, 7)
    log.compact(index)
    assert log.first_index == index + 1
    assert [log.term(place) for place in range(index, 9)] == [1, 1, 3, 3, 3, 7, 7, None][index - 1 :]
    assert log.term(index - 1) is None
    assert (log.last_index, log.last_term, log.durable_index) == (7, 7, 7)
    assert (log.entries(index + 1, 7, 10**6) or []) == entries(1, 1, 1, 3, 3, 3, 7, 7)[index:]
    log.append(entries(8, 9))
    assert log.unwritten() == tuple(entries(8, 9))


def test_what_is_not_in_the_log_cannot_be_cut_off() -> None:
    with pytest.raises(AssertionError):
        log_of(1, 1).compact(3)


def test_behind_a_snapshot_of_an_entry_that_is_here_the_log_goes_on() -> None:
    log = log_of(1, 2, 2, durable=False)
    assert log.install(2, 2)
    assert (log.first_index, log.last_index, log.durable_index) == (3, 3, 2)
    assert log.unwritten() == tuple(entries(3, 2))


@pytest.mark.parametrize(("index", "term"), [(2, 5), (9, 2)])
def test_behind_a_snapshot_of_another_entry_the_log_is_empty(index: int, term: int) -> None:
    log = log_of(1, 2, 2, durable=False)
    log.begin_write()
    assert not log.install(index, term)
    assert (log.first_index, log.last_index, log.last_term) == (index + 1, index, term)
    assert not log.unwritten()
    log.append(entries(index + 1, term))
    log.written()
    assert log.durable_index == index, "the write that was under way is of entries that are gone"
