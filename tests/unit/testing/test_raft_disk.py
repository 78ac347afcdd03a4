"""A simulated disk keeps what a real one would, also when its log's beginning was cut off."""

from __future__ import annotations

import pytest

from dfs_core.model.raft_messages import COMMAND, CONFIGURATION, Configuration, LogEntry
from dfs_core.model.raft_ready import Fetch, LogStart, Ready, SnapshotPlace
from dfs_core.testing.raft_disk import Disk

VOTING = Configuration.of([b"a" * 32])


def disk() -> Disk:
    entries = [LogEntry(index, term, COMMAND) for index, term in enumerate((1, 1, 2, 2, 3), 1)]
    entries[1] = LogEntry(2, 1, CONFIGURATION, VOTING.encode())
    return Disk(log=entries, applied=5)


def test_a_cut_keeps_the_term_before_it_and_who_voted_there() -> None:
    cut = disk()
    cut.cut_to(3)
    cut.cut_to(1)
    assert cut.start() == LogStart(4, 2, 5, ((4, 2), (5, 3)), 5)
    assert cut.configurations(Configuration()) == [(2, VOTING)]
    assert (cut.term(3), cut.term(5), cut.term(2)) == (2, 3, 0)
    assert cut.read(Fetch(None, 3, 5, 10**6)) == []
    assert [entry.index for entry in cut.read(Fetch(None, 4, 5, 10**6))] == [4, 5]


@pytest.mark.parametrize(("term", "keeps", "left"), [(2, True, 2), (2, False, 0), (9, True, 0)])
def test_a_snapshot_takes_the_place_of_everything_or_of_the_beginning(term: int, keeps: bool, left: int) -> None:
    installed = disk()
    installed.write(Ready(1, snapshot=SnapshotPlace(3, term, VOTING, 2, keeps_tail=keeps)))
    assert (installed.cut, installed.cut_term, len(installed.log)) == (3, term, left)


def test_a_log_that_does_not_hold_what_was_applied_is_found_at_the_start() -> None:
    broken = disk()
    broken.applied = 2
    broken.cut_to(3)
    with pytest.raises(AssertionError, match="was applied"):
        broken.start()


def test_a_copy_goes_its_own_way() -> None:
    one = disk()
    other = one.copy()
    other.cut_to(4)
    assert one.last_index == 5 and one.cut == 0
