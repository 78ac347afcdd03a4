"""What a leader may send to one follower, and what it learns from answers."""

from __future__ import annotations

import pytest

from dfs_core.model.raft_messages import COMMAND, LogEntry
from dfs_core.model.raft_progress import Progress

WINDOW = 3


def entry(index: int) -> LogEntry:
    return LogEntry(index, 1, COMMAND)


@pytest.fixture
def probing() -> Progress:
    return Progress(b"f" * 32, next_index=10, now=0.0)


@pytest.fixture
def streaming(probing: Progress) -> Progress:
    probing.sent([entry(10)], 0)
    probing.accepted(10)
    return probing


def test_while_probing_entries_go_once(probing: Progress) -> None:
    assert probing.may_send(WINDOW)
    probing.sent([entry(10)], 0)
    assert not probing.may_send(WINDOW)
    assert probing.next_index == 10, "nothing is assumed"


def test_an_accepted_probe_opens_the_stream(streaming: Progress) -> None:
    assert (streaming.match_index, streaming.next_index) == (10, 11)
    assert streaming.may_send(WINDOW)


def test_an_empty_message_that_is_accepted_opens_the_stream_too(probing: Progress) -> None:
    probing.sent([entry(10)], 0)  # lost
    probing.accepted(9)
    assert probing.may_send(WINDOW)
    assert probing.next_index == 10


def test_the_stream_runs_ahead_up_to_its_window(streaming: Progress) -> None:
    for index in (11, 12, 13):
        assert streaming.may_send(WINDOW)
        streaming.sent([entry(index)], 0)
    assert not streaming.may_send(WINDOW)
    assert streaming.next_index == 14
    streaming.accepted(12)
    assert streaming.may_send(WINDOW)


def test_a_refusal_goes_back_to_the_hint_and_probes(streaming: Progress) -> None:
    streaming.sent([entry(11)], 0)
    streaming.sent([entry(12)], 0)
    streaming.refused(11, fit_index=10)
    assert streaming.next_index == 11
    streaming.sent([entry(11)], 0)
    assert not streaming.may_send(WINDOW)


@pytest.mark.parametrize("index", [9, 10])
def test_a_refusal_of_what_is_known_to_match_is_old(streaming: Progress, index: int) -> None:
    streaming.refused(index, fit_index=3)
    assert streaming.next_index == 11


def test_while_probing_only_the_refusal_of_the_probe_counts(probing: Progress) -> None:
    probing.refused(20, fit_index=4)
    assert probing.next_index == 10
    probing.refused(9, fit_index=4)
    assert probing.next_index == 5
    probing.refused(9, fit_index=2)
    assert probing.next_index == 5, "the same one, doubled"


def test_a_refusal_always_goes_back(probing: Progress) -> None:
    probing.refused(9, fit_index=50)
    assert probing.next_index == 9


def test_a_follower_whose_disk_went_back_is_believed(streaming: Progress) -> None:
    streaming.counts = False
    streaming.refused(10, fit_index=2)
    assert (streaming.match_index, streaming.next_index) == (2, 3)


def test_old_answers_take_nothing_back(streaming: Progress) -> None:
    streaming.accepted(4)
    assert (streaming.match_index, streaming.next_index) == (10, 11)
