"""The leader's side of a term: batches, windows, what a follower is sent and when."""

from __future__ import annotations

import pytest

from dfs_core.model.raft_leading import Leading
from dfs_core.model.raft_log import RaftLog
from dfs_core.model.raft_membership import Membership
from dfs_core.model.raft_messages import COMMAND, AppendAnswer, AppendEntries, Configuration, LogEntry
from dfs_core.model.raft_ready import Addressed, LogStart, RaftSettings
from dfs_core.testing.raft_cluster import node_id

A, B, C, D = (node_id(number) for number in range(1, 5))
ENTRY_BYTES = LogEntry(1, 1, COMMAND).size_bytes
SETTINGS = RaftSettings(entries_bytes_max=2 * ENTRY_BYTES, window_messages=2, recent_bytes_max=10**6)


class Bench:
    """A leader of term 1 with two followers."""

    def __init__(self, log: LogStart | None = None) -> None:
        self.log = RaftLog(log or LogStart(), SETTINGS.recent_bytes_max)
        self.membership = Membership([(0, Configuration.of([A, B, C]))])
        self.distrusted: set[bytes] = set()
        self.leading = Leading(
            A, 1, self.log, self.membership, SETTINGS, lambda node: node not in self.distrusted, now=0.0
        )

    def append(self, count: int) -> None:
        first = self.log.last_index + 1
        self.log.append([LogEntry(index, 1, COMMAND) for index in range(first, first + count)])

    def sent(self, to: bytes = B, commit_index: int = 0) -> list[list[int]]:
        """The indexes in each message to one follower."""
        messages, _ = self.leading.collect(commit_index)
        return [
            [entry.index for entry in one.message.entries]
            for one in messages
            if one.to == to and isinstance(one.message, AppendEntries)
        ]

    def accept(self, index: int, node: bytes = B, now: float = 0.0, *, round_: int = 0, counts: bool = True) -> None:
        self.leading.answered(node, AppendAnswer(1, True, index, round=round_, counts=counts), now)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_new_leader_speaks_to_everybody(bench: Bench) -> None:
    messages, _ = bench.leading.collect(0)
    assert messages == [Addressed(node, AppendEntries(1, 0, 0, 0)) for node in (B, C)]


def test_entries_go_in_batches_within_the_window(bench: Bench) -> None:
    bench.append(7)
    assert bench.sent() == [[1, 2]], "a probe"
    assert bench.sent() == []
    bench.accept(2)
    assert bench.sent() == [[3, 4], [5, 6]]
    assert bench.sent() == []
    bench.accept(4)
    assert bench.sent() == [[7]]


def test_many_entries_made_at_once_share_one_message(bench: Bench) -> None:
    bench.accept(0)
    bench.sent()
    bench.append(1)
    bench.append(1)
    assert bench.sent() == [[1, 2]]


def test_news_of_a_commit_goes_out_at_once_and_once(bench: Bench) -> None:
    bench.sent(commit_index=0)
    assert bench.sent(commit_index=1) == [[]]
    assert bench.sent(commit_index=1) == []


def test_a_heartbeat_to_a_node_that_does_not_answer_is_empty(bench: Bench) -> None:
    bench.append(1)
    assert bench.sent() == [[1]]
    for _ in range(3):
        bench.leading.beat()
        assert bench.sent() == [[]]


def test_a_majority_is_counted_over_voters_and_the_leader_is_one_of_them(bench: Bench) -> None:
    bench.append(3)
    bench.accept(3, B)
    assert bench.leading.durable_at_majority() == 0, "the leader's own are not durable yet"
    bench.accept(2, C)
    assert bench.leading.durable_at_majority() == 2
    bench.log.begin_write()
    bench.log.written()
    assert bench.leading.durable_at_majority() == 3


def test_who_does_not_count_is_not_counted_for_anything(bench: Bench) -> None:
    bench.append(1)
    bench.log.begin_write()
    bench.log.written()
    bench.accept(1, B, now=5.0, round_=1, counts=False)
    bench.distrusted.add(C)
    bench.accept(1, C, now=5.0, round_=1)
    bench.leading.reads.ask(1)
    bench.leading.reads.begin(0)
    assert bench.leading.durable_at_majority() == 0
    assert bench.leading.round_answered_by_majority() == 0
    assert not bench.leading.heard_majority_since(5.0)
    assert bench.leading.fullest_voter() is None


def test_a_leader_outside_the_configuration_does_not_count_itself(bench: Bench) -> None:
    bench.append(1)
    bench.log.begin_write()
    bench.log.written()
    bench.membership.append([LogEntry(1, 1, 1, Configuration.of([B, C]).encode())])
    bench.leading.follow_membership(0.0)
    bench.accept(1, B)
    assert bench.leading.durable_at_majority() == 0
    bench.accept(1, C)
    assert bench.leading.durable_at_majority() == 1


def test_a_member_that_stays_keeps_its_progress_when_others_come_and_go(bench: Bench) -> None:
    bench.append(2)
    bench.sent()
    bench.accept(2, B)
    bench.membership.append([LogEntry(2, 1, 1, Configuration.of([A, B], [D]).encode())])
    bench.leading.follow_membership(0.0)
    assert [(one.node, one.match_index) for one in bench.leading.progress()] == [(B, 2), (D, 0)]
    bench.accept(2, C)  # it left, and is ignored
    assert [one.node for one in bench.leading.progress()] == [B, D]


def test_old_entries_are_read_from_disk_once_and_then_sent() -> None:
    bench = Bench(LogStart(last_index=4, terms=((1, 1),)))
    bench.sent()
    bench.leading.answered(B, AppendAnswer(1, False, 4, hint_index=0), 0.0)
    _, fetches = bench.leading.collect(0)
    assert [(fetch.node, fetch.low, fetch.high) for fetch in fetches] == [(B, 1, 4)]
    bench.leading.beat()
    messages, again = bench.leading.collect(0)
    assert again == []
    assert len(messages) == 2, "heartbeats do not wait for the disk"
    bench.leading.entries_read(fetches[0], [LogEntry(1, 1, COMMAND), LogEntry(2, 1, COMMAND)])
    assert bench.sent() == [[1, 2]]


def test_entries_read_for_nobody_any_more_are_dropped() -> None:
    bench = Bench(LogStart(last_index=4, terms=((1, 1),)))
    bench.sent()
    bench.leading.answered(B, AppendAnswer(1, False, 4, hint_index=0), 0.0)
    _, (fetch,) = bench.leading.collect(0)
    bench.accept(4, B)
    bench.leading.entries_read(fetch, [LogEntry(1, 1, COMMAND)])
    assert bench.sent() == []


def test_reads_begin_a_round_only_after_the_terms_first_entry_is_committed(bench: Bench) -> None:
    bench.append(1)
    bench.sent()
    bench.leading.reads.ask(7)
    bench.sent(commit_index=0)
    assert bench.leading.reads.round == 0
    messages, _ = bench.leading.collect(1)
    assert [one.message.round for one in messages if isinstance(one.message, AppendEntries)] == [1, 1]
