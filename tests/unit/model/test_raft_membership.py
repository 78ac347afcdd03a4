"""Which configuration is in force, and which may follow."""

from __future__ import annotations

import pytest

from dfs_core.errors import InvalidInput
from dfs_core.model.raft_membership import Membership
from dfs_core.model.raft_messages import COMMAND, CONFIGURATION, Configuration, LogEntry

A, B, C, D, E = (bytes([number]) * 32 for number in range(1, 6))


def entry(index: int, configuration: Configuration) -> LogEntry:
    return LogEntry(index, 1, CONFIGURATION, configuration.encode())


@pytest.fixture
def membership() -> Membership:
    return Membership([(0, Configuration.of([A, B, C]))])


def test_a_configuration_is_in_force_once_appended_and_falls_back_when_cut_off(membership: Membership) -> None:
    wider = Configuration.of([A, B, C, D])
    membership.append([LogEntry(4, 1, COMMAND, b""), entry(5, wider)])
    assert (membership.current, membership.current_index) == (wider, 5)
    membership.cut_from(6)
    assert membership.current == wider
    membership.cut_from(5)
    assert (membership.current, membership.current_index) == (Configuration.of([A, B, C]), 0)


def test_what_was_applied_cannot_be_cut_off() -> None:
    with pytest.raises(AssertionError, match="applied"):
        Membership([(7, Configuration.of([A]))]).cut_from(7)


def test_a_change_of_learners_is_no_change_of_voters(membership: Membership) -> None:
    membership.append([entry(3, Configuration.of([A, B])), entry(4, Configuration.of([A, B], [C]))])
    assert membership.voters_index == 3
    assert membership.check_next(Configuration.of([A, B], [D])) is False
    assert membership.check_next(Configuration.of([A, B, C])) is True


@pytest.mark.parametrize("voters", [[A], [A, B, D], [A, B, C, D, E], []])
def test_voters_change_by_one_and_never_vanish(membership: Membership, voters: list[bytes]) -> None:
    with pytest.raises(InvalidInput):
        membership.check_next(Configuration.of(voters))


@pytest.mark.parametrize(
    ("values", "reached"), [([5], 5), ([5, 3], 3), ([5, 3, 4], 4), ([9, 1, 1, 1], 1), ([9, 8, 7, 1, 1], 7)]
)
def test_more_than_half_of_the_voters_are_a_majority(values: list[int], reached: int) -> None:
    voters = [bytes([number]) * 32 for number in range(len(values))]
    membership = Membership([(0, Configuration.of(voters, [E]))])
    assert membership.reached_by_majority(lambda voter: values[voter[0]]) == reached
    assert membership.is_majority(lambda voter: values[voter[0]] >= reached)
    assert not membership.is_majority(lambda voter: values[voter[0]] > reached)


def test_without_voters_there_is_no_majority() -> None:
    assert not Membership([(0, Configuration())]).is_majority(lambda voter: True)


def test_a_voter_is_needed_until_its_removal_is_committed(membership: Membership) -> None:
    membership.append([entry(5, Configuration.of([A, B]))])
    assert membership.is_needed(C, commit_index=4)
    assert not membership.is_needed(C, commit_index=5)
    assert membership.is_needed(A, commit_index=5)
    assert not membership.is_needed(D, commit_index=0)


def test_a_history_must_have_a_beginning_and_an_order() -> None:
    with pytest.raises(ValueError, match="ascending"):
        Membership([])
    with pytest.raises(ValueError, match="ascending"):
        Membership([(3, Configuration()), (2, Configuration())])


def test_cutting_off_the_log_keeps_what_was_in_force_there(membership: Membership) -> None:
    one, two = Configuration.of([A, B, C, D]), Configuration.of([A, B, C, D], [E])
    membership.append([entry(5, one), entry(9, two)])
    membership.compact(7)
    membership.cut_from(9)
    assert membership.current == one
    with pytest.raises(AssertionError, match="applied"):
        membership.cut_from(5)


def test_a_log_that_begins_before_the_oldest_configuration_known_may_be_cut_off_there() -> None:
    """After a start that is the catalog's, and the log's tail reaches further back: simulated seeds 84 and 87."""
    membership = Membership([(8, Configuration.of([A, B]))])
    membership.append([entry(12, Configuration.of([A, B, C]))])
    membership.compact(4)
    membership.cut_from(12)
    assert (membership.current, membership.current_index) == (Configuration.of([A, B]), 8)


@pytest.mark.parametrize("keep", [True, False])
def test_a_snapshot_says_who_votes_and_entries_behind_it_may_say_otherwise(membership: Membership, keep: bool) -> None:
    one, two = Configuration.of([A, B]), Configuration.of([A, B, C, D])
    membership.append([entry(3, Configuration.of([A])), entry(9, two)])
    membership.install(7, (6, one), keep=keep)
    assert membership.current == (two if keep else one)
    membership.cut_from(8)
    assert (membership.current, membership.current_index) == (one, 6)


def test_a_snapshot_that_names_no_voters_leaves_the_founding_ones(membership: Membership) -> None:
    membership.append([entry(3, Configuration.of([A, B]))])
    membership.install(7, (0, Configuration()), keep=False)
    assert (membership.current_index, membership.current) == (0, Configuration.of([A, B, C]))
