"""The checks see every kind of broken promise when one is put before them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dfs_core.model.raft_messages import COMMAND, LogEntry
from dfs_core.testing.raft_checks import RaftChecks, RaftViolation

A, B = b"a" * 32, b"b" * 32


def log(*terms: int) -> Callable[[int], int | None]:
    return lambda index: terms[index - 1] if 0 < index <= len(terms) else None


@pytest.fixture
def checks() -> RaftChecks:
    return RaftChecks()


def test_two_leaders_in_one_term(checks: RaftChecks) -> None:
    checks.saw_leader(A, 3, log())
    checks.saw_leader(A, 3, log(3))
    with pytest.raises(RaftViolation, match="election safety"):
        checks.saw_leader(B, 3, log())


def test_a_leader_without_what_was_committed(checks: RaftChecks) -> None:
    checks.saw_committed(2, log(1, 2))
    checks.saw_leader(A, 4, log(1, 2, 3))
    with pytest.raises(RaftViolation, match="leader completeness"):
        checks.saw_leader(B, 5, log(1, 3))


def test_one_name_for_two_entries(checks: RaftChecks) -> None:
    checks.saw_entry(LogEntry(1, 1, COMMAND, b"tea"), 0)
    with pytest.raises(RaftViolation, match="log matching"):
        checks.saw_entry(LogEntry(1, 1, COMMAND, b"milk"), 0)


def test_one_entry_behind_two_others(checks: RaftChecks) -> None:
    checks.saw_entry(LogEntry(2, 3, COMMAND), 1)
    with pytest.raises(RaftViolation, match="log matching"):
        checks.saw_entry(LogEntry(2, 3, COMMAND), 2)


def test_two_entries_committed_at_one_place(checks: RaftChecks) -> None:
    checks.saw_committed(1, log(1))
    with pytest.raises(RaftViolation, match="committed entry 1"):
        checks.saw_committed(1, log(2))


def test_a_commit_beyond_the_log(checks: RaftChecks) -> None:
    with pytest.raises(RaftViolation, match="lacks it"):
        checks.saw_committed(1, log())


def test_two_entries_applied_at_one_place(checks: RaftChecks) -> None:
    assert checks.saw_applied([LogEntry(1, 1, COMMAND, b"tea")], 0) == 1
    with pytest.raises(RaftViolation, match="state-machine safety"):
        checks.saw_applied([LogEntry(1, 1, COMMAND, b"milk")], 0)


def test_a_place_left_out_when_applying(checks: RaftChecks) -> None:
    with pytest.raises(RaftViolation, match="state-machine safety"):
        checks.saw_applied([LogEntry(2, 1, COMMAND)], 0)


def test_a_read_that_misses_what_was_acknowledged(checks: RaftChecks) -> None:
    checks.saw_read(4, acknowledged_before=4)
    with pytest.raises(RaftViolation, match="misses"):
        checks.saw_read(3, acknowledged_before=4)


def test_a_member_without_an_acknowledged_command(checks: RaftChecks) -> None:
    entry = LogEntry(1, 1, COMMAND, b"tea")
    checks.saw_applied([entry], 0)
    checks.saw_acknowledged(entry)
    checks.check_survival(1)
    with pytest.raises(RaftViolation, match="acknowledged"):
        checks.check_survival(0)


def test_an_acknowledged_command_that_was_replaced(checks: RaftChecks) -> None:
    checks.saw_applied([LogEntry(1, 2, COMMAND, b"milk")], 0)
    checks.saw_acknowledged(LogEntry(1, 1, COMMAND, b"tea"))
    with pytest.raises(RaftViolation, match="replaced"):
        checks.check_survival(1)
