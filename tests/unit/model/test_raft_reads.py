"""Reads share rounds, and wait for a round that began after them."""

from __future__ import annotations

from dfs_core.model.raft_reads import ReadRounds
from dfs_core.model.raft_ready import ReadIndex


def test_reads_asked_together_share_one_round_and_the_index_of_its_beginning() -> None:
    rounds = ReadRounds()
    rounds.ask(7)
    rounds.ask(8)
    assert rounds.begin(commit_index=5)
    assert rounds.round == 1
    assert rounds.confirm(1) == [ReadIndex(7, 5), ReadIndex(8, 5)]


def test_without_reads_no_round_begins() -> None:
    rounds = ReadRounds()
    assert not rounds.begin(5)
    assert rounds.round == 0


def test_an_answer_to_an_earlier_round_confirms_no_later_read() -> None:
    rounds = ReadRounds()
    rounds.ask(7)
    rounds.begin(5)
    rounds.ask(8)
    rounds.begin(6)
    assert rounds.confirm(1) == [ReadIndex(7, 5)]
    assert rounds.confirm(1) == []
    assert rounds.confirm(2) == [ReadIndex(8, 6)]


def test_an_answer_to_a_later_round_confirms_all_before() -> None:
    rounds = ReadRounds()
    for context in (7, 8):
        rounds.ask(context)
        rounds.begin(5)
    assert [read.context for read in rounds.confirm(2)] == [7, 8]


def test_a_lost_term_gives_up_what_waits_and_what_began() -> None:
    rounds = ReadRounds()
    rounds.ask(7)
    rounds.begin(5)
    rounds.ask(8)
    assert rounds.abandon() == [7, 8]
    assert rounds.confirm(9) == []
