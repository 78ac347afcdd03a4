"""Moments that dice hardly find, set up by hand: with the rule all is well, without it a promise breaks.

Each pair of tests plays the same moves, first with the core and then with the core less one rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from dfs_core.errors import InvalidInput, Refused
from dfs_core.model.raft import Raft
from dfs_core.model.raft_leading import Leading
from dfs_core.model.raft_messages import (
    AppendAnswer,
    AppendEntries,
    Configuration,
    LogEntry,
    RequestVote,
    VoteAnswer,
)
from dfs_core.model.raft_ready import RaftSettings, Ready, Role, SnapshotPlace
from dfs_core.testing.raft_checks import RaftViolation
from dfs_core.testing.raft_cluster import RaftCluster, node_id
from dfs_core.testing.raft_table import RaftTable

ONE_ENTRY_EACH = RaftSettings(
    election_timeout_s_min=1.0, election_timeout_s_max=2.0, heartbeat_s=0.25, entries_bytes_max=1
)


def members(voters: Sequence[int], learners: Sequence[int] = ()) -> Configuration:
    return Configuration.of([node_id(number) for number in voters], [node_id(number) for number in learners])


def change(table: RaftTable, leader: int, configuration: Configuration) -> None:
    table.act(leader, lambda raft, now: raft.change_configuration(configuration, now))


# -- a vote binds only once it is durable


class AnswersVotesBeforeTheyAreDurable(Raft):
    def ready(self) -> Ready:
        ready = super().ready()
        early = tuple(one for one in ready.messages_after if isinstance(one.message, VoteAnswer))
        late = tuple(one for one in ready.messages_after if not isinstance(one.message, VoteAnswer))
        return replace(ready, messages_now=ready.messages_now + early, messages_after=late)


def play_a_voter_that_forgets(raft: type[Raft]) -> RaftTable:
    table = RaftTable(raft=raft)
    table.time_out(1)
    table.deliver(to=2)  # may I? …
    table.deliver(to=1)  # … yes
    table.deliver(to=2, kind=RequestVote, write=False)  # the vote is not durable …
    table.deliver(to=1, kind=VoteAnswer)  # … and must not be heard
    table.restart(2)
    table.mail.clear()
    table.elect(3, among=[2, 3])
    return table


def test_a_voter_that_forgets_its_vote_has_told_nobody() -> None:
    table = play_a_voter_that_forgets(Raft)
    assert list(table.checks.leaders.values()) == [node_id(3)]


def test_a_vote_told_before_it_is_durable_makes_two_leaders() -> None:
    with pytest.raises(RaftViolation, match="election safety"):
        play_a_voter_that_forgets(AnswersVotesBeforeTheyAreDurable)


class CountsItsOwnVoteBeforeItIsDurable(Raft):
    def _campaign(self, role: Role, now: float, *, transfer: bool = False) -> None:
        super()._campaign(role, now, transfer=transfer)
        if role is Role.CANDIDATE:
            self._messages_now += self._messages_after
            self._messages_after = []
            self._count_vote(self.node, now)


def play_a_candidate_that_forgets(raft: type[Raft]) -> RaftTable:
    table = RaftTable(raft=raft)
    table.time_out(1)
    table.deliver(to=2)
    table.deliver(to=1, write=False)  # 1 is a candidate, and its vote for itself not durable
    table.deliver(to=2, kind=RequestVote)
    table.deliver(to=1, kind=VoteAnswer, write=False)
    table.restart(1)
    table.mail.clear()
    table.elect(3, among=[1, 3])
    return table


def test_a_candidate_that_forgets_its_own_vote_did_not_lead() -> None:
    table = play_a_candidate_that_forgets(Raft)
    assert list(table.checks.leaders.values()) == [node_id(3)]


def test_an_own_vote_counted_before_it_is_durable_makes_two_leaders() -> None:
    with pytest.raises(RaftViolation, match="election safety"):
        play_a_candidate_that_forgets(CountsItsOwnVoteBeforeItIsDurable)


# -- figure 8


class CommitsEntriesOfOlderTerms(Raft):
    def _commit(self, lead: Leading, now: float) -> None:
        self._commit_index = max(self._commit_index, lead.durable_at_majority())


def play_figure_8(raft: type[Raft]) -> RaftTable:
    """From (b) on: S1 led term 2, its entry reached S2, S5 led term 3; now S1 leads term 4 (c), then S5 term 5 (d)."""
    logs = {1: [1, 2], 2: [1, 2], 3: [1], 4: [1], 5: [1, 3]}
    table = RaftTable(5, raft=raft, settings=ONE_ENTRY_EACH, terms=logs)
    table.time_out(1)
    for _ in range(2):  # pre-votes, then votes; its term is behind that of S5, which hears nothing
        table.deliver(to=2)
        table.deliver(to=3)
        table.deliver(to=1)
    if table.core(1).role is not Role.LEADER:
        raise AssertionError("S1 does not lead")
    table.drop(to=2)  # the entry that opens its term reaches nobody
    table.deliver(to=3)
    table.deliver(to=1)  # S3 has no entry 2
    table.deliver(to=3)  # it gets it
    table.deliver(sender=3, to=1)
    table.drop(to=3)
    table.beat(1)
    table.deliver(to=2)  # an empty message, and S2 says that it has entry 2
    table.deliver(sender=2, to=1)
    assert table.terms(3) == [1, 2]
    table.mail.clear()
    table.elect(5, among=[2, 3, 4, 5])
    return table


def test_an_entry_of_an_older_term_on_a_majority_is_not_committed_figure_8() -> None:
    table = play_figure_8(Raft)
    assert table.core(1).commit_index == 0
    assert table.terms(2)[:2] == [1, 3], "S5 overwrote it, and nobody was promised anything"


def test_counting_copies_of_an_older_term_loses_a_committed_entry_figure_8() -> None:
    with pytest.raises(RaftViolation, match="leader completeness"):
        play_figure_8(CommitsEntriesOfOlderTerms)


def test_an_entry_of_an_older_term_is_committed_with_one_of_the_own_term_figure_8e() -> None:
    logs = {1: [1, 2], 2: [1, 2], 3: [1], 4: [1], 5: [1, 3]}
    table = RaftTable(5, terms=logs)
    table.elect(1, among=[1, 2, 3])
    assert table.core(1).commit_index == 3
    assert table.terms(3) == [1, 2, table.core(1).term]


# -- changes of voters


class ChangesVotersBeforeItsTermIsSettled(Raft):
    def _is_settled(self, lead: Leading) -> bool:
        return self._commit_index >= self._membership.voters_index


def play_two_leaders_that_change_voters(raft: type[Raft]) -> RaftTable:
    """Ongaro's message of July 2015 to the raft-dev list."""
    table = RaftTable(4, 1, raft=raft)
    table.elect(1)
    change(table, 1, members([1, 2, 3, 4], [5]))
    table.settle()
    change(table, 1, members([1, 2, 3, 4, 5]))
    table.settle(among=[1, 5])  # two of five: not committed
    table.time_out(2)
    for _ in range(2):
        for number in (3, 4, 2):
            table.deliver(to=number, kind=RequestVote)
            table.deliver(to=number, kind=VoteAnswer)
    table.drop(kind=AppendEntries)
    change(table, 2, members([2, 3, 4], [5]))  # its own term has no committed entry yet
    table.beat(2)
    table.settle(among=[2, 3])  # two of three: committed, if it was allowed
    table.restart(1)
    table.elect(1, among=[1, 4, 5])  # three of five, none of which has heard of that
    return table


def test_a_leader_changes_no_voters_before_its_term_is_settled() -> None:
    with pytest.raises(Refused) as refused:
        play_two_leaders_that_change_voters(Raft)
    assert refused.value.reason == "not_settled"


def test_without_the_correction_of_2015_two_majorities_do_not_meet() -> None:
    with pytest.raises(RaftViolation, match="leader completeness"):
        play_two_leaders_that_change_voters(ChangesVotersBeforeItsTermIsSettled)


class ChangesVotersTwiceAtOnce(Raft):
    def _is_settled(self, lead: Leading) -> bool:
        return self._commit_index >= lead.first_index


def play_two_changes_at_once(raft: type[Raft]) -> RaftTable:
    table = RaftTable(3, 2, raft=raft)
    table.elect(1)
    change(table, 1, members([1, 2, 3], [4, 5]))
    table.settle()
    change(table, 1, members([1, 2, 3, 4], [5]))
    change(table, 1, members([1, 2, 3, 4, 5]))
    table.settle(among=[1, 4, 5])
    table.elect(2, among=[2, 3])
    return table


def test_voters_do_not_change_while_the_last_change_is_open() -> None:
    with pytest.raises(Refused) as refused:
        play_two_changes_at_once(Raft)
    assert refused.value.reason == "not_settled"


def test_two_changes_at_once_lose_a_committed_entry() -> None:
    with pytest.raises(RaftViolation, match="leader completeness"):
        play_two_changes_at_once(ChangesVotersTwiceAtOnce)


class KeepsConfigurationsThatWereCutOff(Raft):
    def _take_entries(self, entries: Sequence[LogEntry]) -> None:
        kept = list(self._membership._history)
        super()._take_entries(entries)
        self._membership._history = kept


def play_a_change_that_is_cut_off(raft: type[Raft]) -> RaftTable:
    table = RaftTable(3, raft=raft)
    table.elect(1)
    table.settle()
    change(table, 1, members([1, 2]))  # heard by nobody
    table.mail.clear()
    table.elect(2, among=[2, 3])
    table.propose(2, b"new")
    table.beat(2)
    table.settle()  # cuts the change off at 1
    table.elect(1)
    table.settle()
    change(table, 1, members([1]))
    table.mail.clear()
    table.elect(2, among=[2, 3])
    return table


def test_a_configuration_that_is_cut_off_is_not_in_force_any_more() -> None:
    with pytest.raises(InvalidInput, match="one at a time"):
        play_a_change_that_is_cut_off(Raft)


def test_keeping_a_configuration_that_was_cut_off_loses_a_committed_entry() -> None:
    with pytest.raises(RaftViolation, match="leader completeness"):
        play_a_change_that_is_cut_off(KeepsConfigurationsThatWereCutOff)


class StaysAwayWhenBeingRemoved(Raft):
    def _may_campaign(self) -> bool:
        return super()._may_campaign() and self.node in self.configuration.voters


def play_a_removal_that_is_not_committed(raft: type[Raft]) -> RaftTable:
    """Of two voters one takes itself out, and its entry reaches nobody: neither can lead without the other's vote."""
    table = RaftTable(2, raft=raft)
    table.elect(2)
    table.settle()
    change(table, 2, members([1]))
    table.mail.clear()
    table.restart(2)
    for _ in range(5):
        for number in (1, 2):
            table.time_out(number)
            table.settle()
    return table


def test_a_voter_being_removed_brings_its_removal_to_an_end() -> None:
    table = play_a_removal_that_is_not_committed(Raft)
    assert table.core(1).role is Role.LEADER
    assert table.core(1).configuration == members([1])


def test_a_voter_being_removed_that_stays_away_locks_the_others_out() -> None:
    table = play_a_removal_that_is_not_committed(StaysAwayWhenBeingRemoved)
    assert [table.core(number).leader for number in (1, 2)] == [None, None]


# -- reads


class ConfirmsReadsWithoutARound(Raft):
    def _confirm_reads(self, lead: Leading) -> None:
        self._reads += lead.reads.confirm(lead.reads.round)


def play_a_read_at_a_leader_that_was_left_behind(raft: type[Raft]) -> tuple[RaftTable, int]:
    table = RaftTable(raft=raft)
    table.elect(1)
    table.settle()
    table.elect(2, among=[2, 3])
    index = table.propose(2, b"acknowledged before the read")
    table.settle(among=[2, 3])
    table.act(1, lambda raft, now: raft.request_read(7, now))
    return table, index


def test_a_leader_that_was_left_behind_confirms_no_read() -> None:
    table, _ = play_a_read_at_a_leader_that_was_left_behind(Raft)
    assert table.seats[1].reads == {}
    table.settle()
    assert table.seats[1].reads_failed == [7]


def test_a_read_without_a_round_is_stale() -> None:
    table, index = play_a_read_at_a_leader_that_was_left_behind(ConfirmsReadsWithoutARound)
    assert table.seats[1].reads[7] < index


# -- what keeps a living leader in office


class AsksNobodyBeforeItCampaigns(Raft):
    def _campaign(self, role: Role, now: float, *, transfer: bool = False) -> None:
        super()._campaign(Role.CANDIDATE, now, transfer=transfer)


class VotesThoughALeaderLives(Raft):
    def _leader_is_alive(self, now: float) -> bool:
        return False


class LeadsWithoutHearingAnybody(Raft):
    def _heartbeat(self, lead: Leading, now: float) -> None:
        for follower in lead._followers.values():
            follower.heard_at = now
        super()._heartbeat(lead, now)


def terms_before_and_after_a_follower_was_away(raft: type[Raft]) -> tuple[int, int]:
    cluster = RaftCluster(Random(1), raft=raft)
    leader = cluster.leader()
    cluster.run_for(1.0)
    before = cluster.core(leader).term
    follower = next(node for node in cluster.nodes.values() if node is not leader)
    cluster.isolate(follower)
    cluster.run_for(3.0)
    cluster.heal()
    cluster.run_for(3.0)
    return before, cluster.core(cluster.leader()).term


def test_a_node_that_was_away_does_not_depose_the_leader() -> None:
    before, after = terms_before_and_after_a_follower_was_away(Raft)
    assert after == before


def test_without_pre_votes_a_node_that_was_away_deposes_the_leader() -> None:
    before, after = terms_before_and_after_a_follower_was_away(AsksNobodyBeforeItCampaigns)
    assert after > before


def terms_before_and_after_a_follower_was_deaf(raft: type[Raft]) -> tuple[int, int]:
    cluster = RaftCluster(Random(1), raft=raft)
    leader = cluster.leader()
    cluster.run_for(1.0)
    before = cluster.core(leader).term
    follower = next(node for node in cluster.nodes.values() if node is not leader)
    cluster.cut([leader], [follower], both_ways=False)
    cluster.run_for(3.0)
    return before, cluster.core(cluster.leader()).term


def test_a_node_that_alone_does_not_hear_the_leader_does_not_depose_it() -> None:
    before, after = terms_before_and_after_a_follower_was_deaf(Raft)
    assert after == before


def test_without_the_lease_a_node_that_is_deaf_deposes_the_leader() -> None:
    before, after = terms_before_and_after_a_follower_was_deaf(VotesThoughALeaderLives)
    assert after > before


def role_of_a_leader_cut_off(raft: type[Raft]) -> Role:
    cluster = RaftCluster(Random(1), raft=raft)
    leader = cluster.leader()
    cluster.isolate(leader)
    cluster.run_for(1.0)
    return cluster.core(leader).role


def test_a_leader_that_hears_no_majority_steps_down() -> None:
    assert role_of_a_leader_cut_off(Raft) is not Role.LEADER


def test_without_check_quorum_a_leader_that_is_cut_off_takes_proposals_for_ever() -> None:
    assert role_of_a_leader_cut_off(LeadsWithoutHearingAnybody) is Role.LEADER


# -- leadership handed over


def test_leadership_goes_to_whom_it_is_handed_within_a_round_trip() -> None:
    cluster = RaftCluster(Random(2))
    leader = cluster.leader()
    cluster.run_for(1.0)
    heir = next(node for node in cluster.nodes.values() if node is not leader)
    cluster.act(leader, lambda raft, now: raft.transfer_leadership(heir.id, now))
    cluster.run_until(lambda: cluster.leaders() == [heir], limit_s=0.1)


def test_a_leader_whose_heir_is_away_goes_on_leading() -> None:
    cluster = RaftCluster(Random(2))
    leader = cluster.leader()
    cluster.run_for(1.0)
    heir = next(node for node in cluster.nodes.values() if node is not leader)
    cluster.isolate(heir)
    cluster.act(leader, lambda raft, now: raft.transfer_leadership(heir.id, now))
    cluster.run_for(1.0)
    cluster.propose(leader, b"again")
    cluster.run_until(lambda: len(cluster.checks.acknowledged) == 1)


def test_a_leader_that_removed_itself_hands_over_without_an_election_timeout() -> None:
    cluster = RaftCluster(Random(3))
    leader = cluster.leader()
    cluster.run_for(1.0)
    rest = Configuration.of([node for node in cluster.nodes if node != leader.id])
    cluster.act(leader, lambda raft, now: raft.change_configuration(rest, now))
    cluster.run_until(
        lambda: bool(cluster.leaders()) and cluster.leaders()[0] is not leader and len(cluster.leaders()) == 1,
        limit_s=0.1,
    )
    assert cluster.core(leader).role is Role.FOLLOWER


# -- a disk that went back


def test_a_voter_whose_disk_went_back_follows_again_but_does_not_count() -> None:
    table = RaftTable()
    table.elect(1)
    for word in (b"one", b"two", b"three"):
        table.propose(1, word)
    table.settle()
    table.beat(1)
    table.settle()
    del table.seats[3].disk.log[1:]
    table.seats[3].disk.applied = 0
    table.seats[3].applied.clear()
    table.restart(3)
    table.seats[3].disk.applied = 0
    table.core(3).set_may_vote(node_id(3), False, table.now)
    table.beat(1)
    table.settle(among=[1, 3])
    assert table.terms(3) == table.terms(1)
    index = table.propose(1, b"four")
    table.settle(among=[1, 3])
    assert table.core(1).commit_index < index
    table.beat(1)
    table.settle()
    assert table.core(1).commit_index == index


def test_a_voter_that_others_distrust_is_not_counted_by_them() -> None:
    table = RaftTable()
    table.elect(1)
    table.settle()
    table.core(1).set_may_vote(node_id(3), False, table.now)
    index = table.propose(1, b"tea")
    table.settle(among=[1, 3])
    assert table.core(1).commit_index < index
    table.act(1, lambda raft, now: raft.set_may_vote(node_id(3), True, now))
    table.beat(1)
    table.deliver(to=3)
    table.deliver(to=1, kind=AppendAnswer)
    assert table.core(1).commit_index == index


# -- snapshots


def a_log_cut_off_behind(number: int, raft: type[Raft]) -> RaftTable:
    """Node 1 leads and has cut off what `number` never heard of."""
    table = RaftTable(raft=raft)
    table.elect(1)
    for word in (b"one", b"two", b"three"):
        table.propose(1, word)
    table.settle(among=[one for one in (1, 2, 3) if one != number])
    table.beat(1)
    table.settle(among=[one for one in (1, 2, 3) if one != number])
    table.compact(1, 3)
    return table


class InstallsWhatSaysNothingNew(Raft):
    def install_snapshot(self, place: SnapshotPlace, now: float) -> bool:
        self._commit_index = place.index - 1
        return super().install_snapshot(place, now)


def test_a_snapshot_that_comes_late_is_not_installed_over_what_was_applied() -> None:
    table = a_log_cut_off_behind(3, Raft)
    assert not table.fetched(2, source=2)
    with pytest.raises(RaftViolation, match="a snapshot up to"):
        a_log_cut_off_behind(3, InstallsWhatSaysNothingNew).fetched(2, source=2)


class KeepsWhatDoesNotFollowASnapshot(Raft):
    def install_snapshot(self, place: SnapshotPlace, now: float) -> bool:
        install, log = self._log.install, self._log

        def keeping(index: int, term: int) -> bool:
            own = log.term(index)
            kept = install(index, term if own is None else own)
            log._before_term = term
            return kept

        self._log.install = keeping  # type: ignore[method-assign]
        return super().install_snapshot(place, now)


def play_a_leader_that_comes_back_behind(raft: type[Raft]) -> RaftTable:
    """Node 3 led, and has entries that nobody else ever had; 1 and 2 went on without it."""
    table = RaftTable(raft=raft)
    table.elect(3)
    for word in (b"lost", b"lost, too", b"and this", b"and that"):
        table.propose(3, word)
    table.drop()
    table.elect(1, among=[1, 2])
    table.propose(1, b"kept")
    table.settle(among=[1, 2])
    table.restart(3)
    entries = list(table.seats[3].disk.log)
    see_what_three_has(table, entries)
    assert table.fetched(3, source=1)
    see_what_three_has(table, entries)
    return table


def see_what_three_has(table: RaftTable, entries: Sequence[LogEntry]) -> None:
    """An index and a term name one entry behind one other entry, before the snapshot and after it."""
    for entry in entries:
        before = table.core(3).term_at(entry.index - 1)
        if before is not None and table.core(3).term_at(entry.index) == entry.term:
            table.checks.saw_entry(entry, before)


def test_entries_of_a_lost_leader_do_not_stay_behind_a_snapshot() -> None:
    table = play_a_leader_that_comes_back_behind(Raft)
    kept = table.core(1).last_index
    assert (table.core(3).last_index, table.core(3).commit_index) == (kept, kept)
    table.propose(1, b"next")
    table.settle()
    table.beat(1)
    table.settle()
    assert table.terms(3) == [table.core(1).term]


def test_entries_that_do_not_follow_a_snapshot_would_pass_for_its_successors() -> None:
    with pytest.raises(RaftViolation, match="log matching"):
        play_a_leader_that_comes_back_behind(KeepsWhatDoesNotFollowASnapshot)
