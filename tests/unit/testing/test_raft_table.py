"""Cores moved by hand move only when they are moved."""

from __future__ import annotations

import pytest

from dfs_core.model.raft_messages import AppendEntries, RequestVote
from dfs_core.model.raft_ready import Role
from dfs_core.testing.raft_table import RaftTable


def test_nothing_is_delivered_unless_it_is_asked_for() -> None:
    table = RaftTable()
    table.time_out(1)
    assert [(sender, to, type(message)) for sender, to, message in table.mail] == [
        (1, 2, RequestVote),
        (1, 3, RequestVote),
    ]
    assert table.drop(to=3) == 1
    assert table.deliver(to=2, kind=AppendEntries) == 0
    assert table.deliver(to=2) == 1
    assert [(sender, to) for sender, to, _ in table.mail] == [(2, 1)]


def test_an_election_among_some_is_not_heard_by_others() -> None:
    table = RaftTable()
    table.elect(2, among=[2, 3])
    assert table.core(2).role is Role.LEADER
    assert table.core(1).term == 0
    with pytest.raises(AssertionError, match="not elected"):
        table.elect(1, among=[1])


def test_logs_are_given_as_the_paper_draws_them() -> None:
    table = RaftTable(2, terms={1: [1, 1, 3]})
    assert table.terms(1) == [1, 1, 3]
    assert table.terms(2) == []
    assert [table.core(number).term for number in (1, 2)] == [3, 3]


def test_what_is_not_written_is_gone_after_a_restart() -> None:
    table = RaftTable(1)
    table.elect(1)
    table.act(1, lambda raft, now: raft.propose(b"tea", now), write=False)
    assert table.core(1).last_index == 2
    table.restart(1)
    assert table.core(1).last_index == 1


def test_a_sync_makes_what_waits_durable() -> None:
    table = RaftTable(1)
    table.elect(1)
    table.act(1, lambda raft, now: raft.propose(b"tea", now), write=False)
    table.sync(1)
    assert [entry.data for entry in table.seats[1].applied] == [b"", b"tea"]
