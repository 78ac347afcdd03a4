"""The core, one rule at a time. What needs many nodes and bad luck is in tests/cluster."""

from __future__ import annotations

from random import Random

import pytest

from dfs_core.errors import InvalidInput, NotLeader, ProtocolError, Refused, RemoteProtocolError
from dfs_core.model.raft import Raft
from dfs_core.model.raft_messages import (
    COMMAND,
    CONFIGURATION,
    NOOP,
    AppendAnswer,
    AppendEntries,
    Configuration,
    InstallSnapshot,
    LogEntry,
    RequestVote,
    TimeoutNow,
    VoteAnswer,
)
from dfs_core.model.raft_ready import HardState, LogStart, RaftSettings, Ready, Role, SnapshotPlace, SnapshotWanted
from dfs_core.testing.raft_cluster import node_id
from dfs_core.testing.raft_table import RaftTable

A, B, C, D = (node_id(number) for number in range(1, 5))
SETTINGS = RaftSettings(election_timeout_s_min=1.0, election_timeout_s_max=2.0, heartbeat_s=0.25)


def raft_of(*voters: bytes, hard_state: HardState | None = None, log: LogStart | None = None) -> Raft:
    return Raft(
        A,
        hard_state=hard_state or HardState(),
        log=log or LogStart(),
        configurations=[(0, Configuration.of(voters))],
        now=0.0,
        random=Random(0),
        settings=SETTINGS,
    )


def take(raft: Raft, now: float = 0.0) -> list[Ready]:
    """All work, written at once."""
    readies: list[Ready] = []
    while ready := raft.ready():
        raft.persisted(ready, now)
        readies.append(ready)
    return readies


def answers(raft: Raft) -> list[object]:
    return [one.message for ready in take(raft) for one in ready.messages_after]


# -- starting and leading alone


def test_a_single_voter_leads_once_its_own_vote_is_durable() -> None:
    raft = raft_of(A)
    raft.tick(raft.next_deadline())
    ready = raft.ready()
    assert (raft.role, ready.hard_state) == (Role.CANDIDATE, HardState(1, A))
    raft.persisted(ready, 3.0)
    assert (raft.role, raft.leader) == (Role.LEADER, A)


def test_a_single_voter_waits_for_nobody() -> None:
    assert raft_of(A).next_deadline() == 0.0
    assert raft_of(A, B).next_deadline() >= 1.0
    assert raft_of(B).next_deadline() >= 1.0


def test_a_leader_opens_its_term_with_an_entry_and_hands_it_out_like_any() -> None:
    raft = raft_of(A)
    raft.tick(3.0)
    committed = [entry for ready in take(raft) for entry in ready.committed]
    assert committed == [LogEntry(1, 1, NOOP, b"")]


def test_an_entry_is_committed_only_when_it_is_durable_here_too() -> None:
    raft = raft_of(A)
    raft.tick(3.0)
    take(raft)
    index = raft.propose(b"tea", 3.0)
    ready = raft.ready()
    assert raft.commit_index == index - 1
    raft.persisted(ready, 3.0)
    assert raft.commit_index == index


def test_proposals_made_during_a_write_share_the_next_one() -> None:
    raft = raft_of(A)
    raft.tick(3.0)
    take(raft)
    raft.propose(b"one", 3.0)
    first = raft.ready()
    raft.propose(b"two", 3.0)
    raft.propose(b"three", 3.0)
    second = raft.ready()
    raft.persisted(first, 3.0)
    assert [entry.data for entry in raft.ready().committed] == [b"one"]
    assert [entry.data for entry in second.entries] == [b"two", b"three"]


def test_writes_are_reported_once_and_in_order() -> None:
    raft = raft_of(A)
    raft.tick(3.0)
    take(raft)
    raft.propose(b"one", 3.0)
    first = raft.ready()
    raft.propose(b"two", 3.0)
    second = raft.ready()
    with pytest.raises(ValueError, match="out of order"):
        raft.persisted(second, 3.0)
    raft.persisted(first, 3.0)
    with pytest.raises(ValueError, match="out of order"):
        raft.persisted(first, 3.0)


def test_nothing_to_do_is_said_once() -> None:
    raft = raft_of(A, B)
    assert not raft.ready()
    raft.tick(3.0)
    assert raft.ready()
    assert not raft.ready()


def test_a_restart_goes_on_behind_what_was_applied() -> None:
    log = LogStart(last_index=4, terms=((1, 1), (3, 2)), applied=3)
    raft = raft_of(A, hard_state=HardState(2, A), log=log)
    assert (raft.term, raft.last_index, raft.commit_index) == (2, 4, 3)
    raft.tick(3.0)
    work = take(raft)
    (fetch,) = [fetch for ready in work for fetch in ready.fetch]
    assert (fetch.node, fetch.low) == (None, 4)
    raft.entries_read(fetch, [LogEntry(4, 2, COMMAND, b"old")], 3.0)
    assert [entry.index for ready in take(raft) for entry in ready.committed] == [4, 5]


def test_entries_that_are_not_what_the_log_says_are_fetched_again() -> None:
    raft = raft_of(A, log=LogStart(last_index=1, terms=((1, 1),)), hard_state=HardState(1))
    raft.tick(3.0)
    (fetch,) = [fetch for ready in take(raft) for fetch in ready.fetch]
    raft.entries_read(fetch, [LogEntry(1, 9, COMMAND, b"of another log")], 3.0)
    (again,) = [fetch for ready in take(raft) for fetch in ready.fetch]
    raft.entries_read(fetch, [LogEntry(1, 1, COMMAND, b"")], 3.0)
    assert not raft.ready(), "an answer to a request that is over"
    raft.entries_read(again, [LogEntry(1, 1, COMMAND, b"")], 3.0)
    assert raft.ready().committed


# -- votes


@pytest.mark.parametrize(
    ("last_index", "last_term", "granted"),
    [(3, 2, True), (4, 2, True), (2, 2, False), (9, 1, False), (1, 3, True)],
)
def test_a_vote_goes_only_to_a_log_that_is_as_complete(last_index: int, last_term: int, granted: bool) -> None:
    log = LogStart(last_index=3, terms=((1, 1), (2, 2)))
    for pre_vote in (True, False):
        raft = raft_of(A, B, C, hard_state=HardState(4), log=log)
        raft.receive(B, RequestVote(5, last_index, last_term, pre_vote=pre_vote), 0.1)
        (answer,) = answers(raft)
        assert isinstance(answer, VoteAnswer)
        assert answer.granted is granted


def test_one_vote_a_term_and_the_same_one_again_when_asked_again() -> None:
    raft = raft_of(A, B, C)
    for sender, granted in [(B, True), (C, False), (B, True)]:
        raft.receive(sender, RequestVote(1, 0, 0), 0.1)
        assert answers(raft) == [VoteAnswer(1, granted)]


def test_a_vote_given_before_a_restart_still_binds() -> None:
    raft = raft_of(A, B, C, hard_state=HardState(1, B))
    raft.receive(C, RequestVote(1, 0, 0), 0.1)
    assert answers(raft) == [VoteAnswer(1, False)]


def test_a_vote_waits_for_the_disk() -> None:
    raft = raft_of(A, B, C)
    raft.receive(B, RequestVote(1, 0, 0), 0.1)
    ready = raft.ready()
    assert ready.messages_now == ()
    assert ready.hard_state == HardState(1, B)
    assert [one.message for one in ready.messages_after] == [VoteAnswer(1, True)]


def test_a_question_changes_nobodys_term() -> None:
    raft = raft_of(A, B, C)
    raft.receive(B, RequestVote(9, 0, 0, pre_vote=True), 0.1)
    assert answers(raft) == [VoteAnswer(9, True, True)]
    assert raft.term == 0


def test_who_just_heard_a_leader_is_silent_but_for_a_transfer() -> None:
    raft = raft_of(A, B, C)
    raft.receive(B, AppendEntries(1, 0, 0, 0), 0.0)
    take(raft)
    raft.receive(C, RequestVote(2, 0, 0), 0.9)
    raft.receive(C, RequestVote(2, 0, 0, pre_vote=True), 0.9)
    assert not raft.ready()
    raft.receive(C, RequestVote(2, 0, 0, transfer=True), 0.9)
    assert answers(raft) == [VoteAnswer(2, True)]


def test_a_leader_not_heard_for_the_shortest_timeout_holds_no_vote_back() -> None:
    raft = raft_of(A, B, C)
    raft.receive(B, AppendEntries(1, 0, 0, 0), 0.0)
    take(raft)
    raft.receive(C, RequestVote(2, 0, 0), 1.0)
    assert answers(raft) == [VoteAnswer(2, True)]


def test_an_asker_of_an_old_term_is_told_the_new_one() -> None:
    raft = raft_of(A, B, C, hard_state=HardState(7))
    raft.receive(B, RequestVote(5, 9, 4), 0.1)
    raft.receive(B, RequestVote(5, 9, 4, pre_vote=True), 0.1)
    raft.receive(B, AppendEntries(5, 0, 0, 0), 0.1)
    got = answers(raft)
    assert got[:2] == [VoteAnswer(7, False), VoteAnswer(7, False, True)]
    assert isinstance(got[2], AppendAnswer)
    assert (got[2].term, got[2].accepted) == (7, False)


def test_answers_to_another_question_are_not_counted() -> None:
    raft = raft_of(A, B, C, hard_state=HardState(3))
    raft.tick(3.0)
    raft.receive(B, VoteAnswer(3, True, True), 3.0)  # to an earlier one
    raft.receive(B, VoteAnswer(4, True, False), 3.0)  # it asked for no vote yet
    raft.receive(D, VoteAnswer(4, True, True), 3.0)  # no voter
    assert raft.role is Role.PRE_CANDIDATE
    raft.receive(B, VoteAnswer(4, True, True), 3.0)
    assert raft.role is Role.CANDIDATE


def test_nobody_campaigns_who_does_not_vote() -> None:
    for raft in (raft_of(B, C), raft_of(), raft_of(A, B)):
        if A in raft.configuration.voters:
            raft.set_may_vote(A, False, 0.0)
        raft.tick(raft.next_deadline())
        assert raft.role is Role.FOLLOWER
        raft.receive(B, TimeoutNow(0), 3.0)
        assert raft.role is Role.FOLLOWER
        assert raft.next_deadline() > 1.0


def test_a_node_that_may_not_vote_gives_none_and_says_that_it_does_not_count() -> None:
    raft = raft_of(A, B, C)
    raft.set_may_vote(A, False, 0.0)
    raft.receive(B, RequestVote(1, 0, 0), 0.0)
    raft.receive(B, AppendEntries(1, 0, 0, 0), 0.0)
    assert answers(raft) == [VoteAnswer(1, False), AppendAnswer(1, True, 0, counts=False)]


# -- following: figure 7

FIGURE_7 = {
    "a": [1, 1, 1, 4, 4, 5, 5, 6, 6],
    "b": [1, 1, 1, 4],
    "c": [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    "d": [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    "e": [1, 1, 1, 4, 4, 4, 4],
    "f": [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
}
LEADER_OF_FIGURE_7 = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6]


@pytest.mark.parametrize("follower", FIGURE_7)
def test_a_new_leader_makes_every_log_of_figure_7_its_own(follower: str) -> None:
    # Some of these logs are fuller than the leader's and would not vote for it; the third node does.
    table = RaftTable(3, terms={1: LEADER_OF_FIGURE_7, 2: FIGURE_7[follower], 3: LEADER_OF_FIGURE_7})
    table.elect(1, among=[1, 3])
    table.beat(1)
    table.settle()
    assert table.terms(1) == [*LEADER_OF_FIGURE_7, table.core(1).term]
    assert table.terms(2) == table.terms(1)
    assert table.seats[2].disk.log == table.seats[1].disk.log


@pytest.mark.parametrize("follower", ["e", "f"])
def test_finding_where_logs_part_takes_a_step_a_term(follower: str) -> None:
    table = RaftTable(3, terms={1: LEADER_OF_FIGURE_7, 2: FIGURE_7[follower], 3: LEADER_OF_FIGURE_7})
    table.elect(1, among=[1, 3])
    table.beat(1)
    refusals = 0
    while table.terms(2) != table.terms(1):
        table.deliver(to=2)
        refusals += sum(isinstance(one[2], AppendAnswer) and not one[2].accepted for one in table.mail)
        table.deliver(to=1)
    assert refusals <= 2


def test_an_old_message_cuts_nothing_off() -> None:
    raft = raft_of(A, B)
    entries = [LogEntry(index, 1, COMMAND, b"") for index in (1, 2, 3)]
    raft.receive(B, AppendEntries(1, 0, 0, 0, entries), 0.0)
    raft.receive(B, AppendEntries(1, 0, 0, 0, entries[:1]), 0.0)
    assert raft.last_index == 3
    assert answers(raft) == [AppendAnswer(1, True, 3), AppendAnswer(1, True, 1)]


def test_a_follower_knows_as_committed_only_what_the_message_vouched_for() -> None:
    raft = raft_of(A, B, hard_state=HardState(1), log=LogStart(last_index=3, terms=((1, 1),)))
    raft.receive(B, AppendEntries(2, 1, 1, 3), 0.0)
    assert raft.commit_index == 1


def test_committed_entries_are_handed_out_when_they_are_durable() -> None:
    raft = raft_of(A, B)
    raft.receive(B, AppendEntries(1, 0, 0, 1, [LogEntry(1, 1, COMMAND, b"tea")]), 0.0)
    first = raft.ready()
    assert raft.commit_index == 1
    assert first.entries
    assert first.committed == ()
    raft.persisted(first, 0.0)
    assert [entry.data for entry in raft.ready().committed] == [b"tea"]


@pytest.mark.parametrize(
    "entries",
    [
        [LogEntry(5, 1, COMMAND)],
        [LogEntry(1, 3, COMMAND)],
        [LogEntry(1, 2, COMMAND), LogEntry(2, 1, COMMAND)],
        [LogEntry(1, 2, CONFIGURATION, b"\xc1")],
    ],
)
def test_entries_that_make_no_sense_change_nothing(entries: list[LogEntry]) -> None:
    raft = raft_of(A, B)
    with pytest.raises(ProtocolError):
        raft.receive(B, AppendEntries(2, 0, 0, 0, entries), 0.0)
    assert (raft.term, raft.last_index) == (0, 0)
    assert not raft.ready()


def test_a_leader_that_contradicts_what_is_committed_stops_the_node() -> None:
    raft = raft_of(A, B)
    raft.receive(B, AppendEntries(1, 0, 0, 1, [LogEntry(1, 1, COMMAND)]), 0.0)
    with pytest.raises(AssertionError, match="committed"):
        raft.receive(C, AppendEntries(2, 0, 0, 0, [LogEntry(1, 2, COMMAND)]), 0.0)


# -- leading


def test_who_does_not_lead_names_the_leader() -> None:
    raft = raft_of(A, B, C)
    for act in (
        lambda: raft.propose(b"", 0.0),
        lambda: raft.request_read(1, 0.0),
        lambda: raft.transfer_leadership(None, 0.0),
        lambda: raft.change_configuration(Configuration.of([A]), 0.0),
    ):
        with pytest.raises(NotLeader) as unknown:
            act()
        assert unknown.value.leader == ""
    raft.receive(B, AppendEntries(1, 0, 0, 0), 0.0)
    with pytest.raises(NotLeader) as known:
        raft.propose(b"", 0.0)
    assert known.value.leader == B.hex()


def test_a_leader_that_went_silent_is_not_named_for_ever() -> None:
    raft = raft_of(B, C)  # a learner, or one that is not in yet
    raft.receive(B, AppendEntries(1, 0, 0, 0), 0.0)
    assert raft.leader == B
    raft.tick(raft.next_deadline())
    assert raft.leader is None


def test_a_read_alone_is_answered_at_once_and_among_others_after_a_round() -> None:
    alone = RaftTable(1)
    alone.elect(1)
    alone.act(1, lambda raft, now: raft.request_read(7, now))
    assert alone.seats[1].reads == {7: 1}
    three = RaftTable(3)
    three.elect(1)
    three.settle()
    three.act(1, lambda raft, now: raft.request_read(7, now))
    assert three.seats[1].reads == {}
    three.deliver(to=2)
    three.deliver(to=1)
    assert three.seats[1].reads == {7: 1}


def test_an_answer_that_was_under_way_before_the_read_does_not_confirm_it() -> None:
    table = RaftTable(3)
    table.elect(1)
    table.settle()
    table.beat(1)
    table.deliver(to=2)  # its answer is on the way
    table.act(1, lambda raft, now: raft.request_read(7, now))
    table.deliver(sender=2, to=1)
    assert table.seats[1].reads == {}


def test_a_read_at_a_new_leader_waits_for_the_first_entry_of_its_term() -> None:
    table = RaftTable(3)
    table.time_out(1)
    for kind in (RequestVote, VoteAnswer, RequestVote, VoteAnswer):
        table.deliver(kind=kind)
    assert table.core(1).role is Role.LEADER
    table.act(1, lambda raft, now: raft.request_read(7, now))
    assert table.seats[1].reads == {}
    table.settle()
    assert table.seats[1].reads == {7: 1}


def test_reads_fail_with_the_leadership_they_waited_for() -> None:
    table = RaftTable(3)
    table.elect(1)
    table.settle()
    table.act(1, lambda raft, now: raft.request_read(7, now))
    table.act(1, lambda raft, now: raft.receive(B, VoteAnswer(9, False), now))
    assert table.seats[1].reads_failed == [7]


def test_proposals_rest_while_leadership_is_handed_over() -> None:
    table = RaftTable(3)
    table.elect(1)
    table.settle()
    table.core(1).transfer_leadership(B, table.now)
    with pytest.raises(NotLeader) as refused:
        table.core(1).propose(b"", table.now)
    assert refused.value.leader == ""
    table.work(1)
    table.settle()
    assert table.core(2).role is Role.LEADER


def test_leadership_without_a_name_goes_to_the_fullest_log() -> None:
    table = RaftTable(3)
    table.elect(1)
    table.settle()
    table.propose(1, b"tea")
    table.settle(among=[1, 3])
    table.act(1, lambda raft, now: raft.transfer_leadership(None, now))
    table.settle()
    assert table.core(3).role is Role.LEADER


@pytest.mark.parametrize("heir", [A, D])
def test_leadership_goes_only_to_another_voter(heir: bytes) -> None:
    table = RaftTable(3, 1)
    table.elect(1)
    with pytest.raises(InvalidInput, match="another voter"):
        table.core(1).transfer_leadership(heir, table.now)


def test_an_answer_beyond_the_end_of_the_log_makes_no_sense() -> None:
    table = RaftTable(3)
    table.elect(1)
    with pytest.raises(RemoteProtocolError):
        table.core(1).receive(B, AppendAnswer(1, True, 99), table.now)


def test_a_learner_gets_entries_and_is_not_counted() -> None:
    table = RaftTable(2, 1)
    table.elect(1)
    table.settle()
    table.act(1, lambda raft, now: raft.change_configuration(Configuration.of([A, B], [C]), now))
    table.settle()
    assert table.terms(3) == table.terms(1)
    assert table.core(3).configuration == Configuration.of([A, B], [C])
    index = table.propose(1, b"tea")
    table.settle(among=[1, 3])
    assert table.core(3).last_index == index
    assert table.core(1).commit_index < index


def test_asking_for_the_configuration_that_is_appends_nothing() -> None:
    table = RaftTable(1, 1)
    table.elect(1)
    wanted = Configuration.of([A], [B])
    index = table.core(1).change_configuration(wanted, table.now)
    assert table.core(1).change_configuration(wanted, table.now) == index
    assert table.core(1).last_index == index


def test_learners_change_even_while_voters_do() -> None:
    table = RaftTable(3, 1)
    table.elect(1)
    table.settle()
    table.core(1).change_configuration(Configuration.of([A, B]), table.now)
    with pytest.raises(Refused):
        table.core(1).change_configuration(Configuration.of([A, B, C]), table.now)
    table.core(1).change_configuration(Configuration.of([A, B], [C, D]), table.now)
    table.work(1)
    table.settle()
    assert table.core(1).commit_index == table.core(1).last_index


def test_the_configuration_in_force_is_told_when_it_changes_and_when_it_falls_back() -> None:
    raft = raft_of(A, B)
    wider = Configuration.of([A, B, C])
    raft.receive(B, AppendEntries(1, 0, 0, 0, [LogEntry(1, 1, CONFIGURATION, wider.encode())]), 0.0)
    assert [ready.configuration for ready in take(raft)] == [wider]
    raft.receive(B, AppendEntries(2, 0, 0, 0, [LogEntry(1, 2, NOOP)]), 0.0)
    assert [ready.configuration for ready in take(raft)] == [Configuration.of([A, B])]


def test_the_leader_knows_how_far_each_member_is() -> None:
    table = RaftTable(2)
    table.elect(1)
    table.settle()
    (progress,) = table.core(1).progress()
    assert (progress.node, progress.match_index, progress.needs_snapshot) == (B, 1, False)
    assert table.core(2).progress() == []


def test_a_follower_that_needs_what_was_cut_off_is_named() -> None:
    log = LogStart(first_index=11, before_term=1, last_index=12, terms=((11, 1),), applied=12)
    raft = raft_of(A, B, hard_state=HardState(1), log=log)
    raft.tick(3.0)
    raft.receive(B, VoteAnswer(2, True, True), 3.0)
    take(raft, 3.0)
    raft.receive(B, VoteAnswer(2, True), 3.0)
    take(raft, 3.0)
    for refused in (12, 10):
        raft.receive(B, AppendAnswer(2, False, refused, hint_index=3, hint_term=1), 3.0)
        take(raft, 3.0)
    assert [one.needs_snapshot for one in raft.progress()] == [True]


# -- cutting off and snapshots


def cut_off_behind(away: int = 3) -> RaftTable:
    """Node 1 leads and has cut off five entries that `away` never heard of."""
    table = RaftTable()
    table.elect(1)
    for word in (b"one", b"two", b"three", b"four"):
        table.propose(1, word)
    table.settle(among=[1, 2])
    table.compact(1, 5)
    return table


def test_what_is_not_applied_yet_is_not_cut_off() -> None:
    table = RaftTable()
    table.elect(1)
    index = table.propose(1, b"one")
    with pytest.raises(ValueError, match="not applied"):
        table.core(1).compact(index)
    table.settle()
    table.core(1).compact(index)
    table.core(1).compact(index - 1)
    assert table.core(1).first_index == index + 1


def test_a_follower_that_lacks_what_was_cut_off_is_told_at_each_heartbeat_and_stays_one() -> None:
    table = cut_off_behind()
    for _ in range(3):
        table.beat(1)
        table.deliver(to=3)
        table.deliver(to=1)
    wanted = [ready.snapshot_wanted for ready in table.seats[3].writes]
    assert table.core(3).leader == A and not wanted
    table.core(3).receive(A, InstallSnapshot(table.core(1).term, 5, table.core(1).term), table.now)
    assert table.core(3).ready().snapshot_wanted == SnapshotWanted(A, 5)


def test_a_snapshot_ends_where_the_log_goes_on_and_the_leader_is_told_when_it_is_installed() -> None:
    table = cut_off_behind()
    for _ in range(2):
        table.beat(1)
        table.settle()
    assert table.fetched(3, source=2, write=False)
    assert not [one for one in table.mail if one[0] == 3], "not before it is durable"
    table.sync(3)
    table.settle()
    assert table.core(3).first_index == 6
    index = table.propose(1, b"five")
    table.settle()
    assert table.terms(3) == [table.core(1).term_at(index)]
    assert [one.needs_snapshot for one in table.core(1).progress()] == [False, False]
    table.beat(1)
    table.settle()
    assert table.seats[3].applied == table.seats[1].applied


def test_a_snapshot_that_says_nothing_new_is_not_taken() -> None:
    table = cut_off_behind()
    assert not table.fetched(2, source=1)
    assert not table.fetched(1, source=2)
    assert not table.core(2).ready()


def test_who_has_all_that_was_cut_off_needs_no_snapshot() -> None:
    raft = raft_of(A, B, log=LogStart(last_index=5, terms=((1, 1),)), hard_state=HardState(1))
    raft.receive(B, InstallSnapshot(2, 4, 1), 3.0)
    (ready, *_) = take(raft)
    assert ready.snapshot_wanted is None
    assert [one.message for one in ready.messages_after] == [AppendAnswer(2, True, 4)]


def test_being_told_to_install_by_an_old_leader_changes_nothing() -> None:
    raft = raft_of(A, B, hard_state=HardState(3))
    raft.receive(B, InstallSnapshot(2, 4, 1), 3.0)
    assert raft.leader is None
    assert answers(raft) == [AppendAnswer(3, False, 0)]


def test_who_voted_by_the_snapshot_is_in_force_behind_it() -> None:
    raft = raft_of(B, hard_state=HardState(1))
    voting = Configuration.of([B, C], [A])
    assert raft.install_snapshot(SnapshotPlace(9, 1, voting, 7), 3.0)
    assert raft.configuration == voting
    (ready, *_) = take(raft)
    assert ready.snapshot == SnapshotPlace(9, 1, voting, 7)
    assert ready.must_persist
    assert (raft.commit_index, raft.first_index, raft.last_index) == (9, 10, 9)


def test_without_an_entry_that_says_who_votes_the_founder_still_does_behind_a_snapshot() -> None:
    raft = raft_of(B, hard_state=HardState(1))
    assert raft.install_snapshot(SnapshotPlace(9, 1, Configuration(), 0), 3.0)
    assert raft.configuration == Configuration.of([B])
