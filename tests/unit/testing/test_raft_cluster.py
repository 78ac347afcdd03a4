"""The simulated network, disks and clocks do what they say, so that what is found under them means something."""

from __future__ import annotations

from random import Random

import pytest

from dfs_core.errors import NotLeader
from dfs_core.model.raft_messages import COMMAND, LogEntry
from dfs_core.model.raft_ready import Fetch, HardState, Ready, Role
from dfs_core.testing.raft_cluster import NotReached, RaftCluster
from dfs_core.testing.raft_disk import Disk


@pytest.fixture
def cluster() -> RaftCluster:
    cluster = RaftCluster(Random(1))
    cluster.leader()
    cluster.run_for(0.5)
    return cluster


def entries(first: int, *terms: int) -> tuple[LogEntry, ...]:
    return tuple(LogEntry(index, term, COMMAND) for index, term in enumerate(terms, first))


def test_a_write_replaces_what_is_at_and_after_its_first_entry() -> None:
    disk = Disk()
    disk.write(Ready(1, hard_state=HardState(1), entries=entries(1, 1, 1, 1)))
    disk.write(Ready(2, entries=entries(2, 2)))
    assert [entry.term for entry in disk.log] == [1, 2]
    assert disk.hard_state == HardState(1)
    assert disk.start().terms == ((1, 1), (2, 2))


def test_a_disk_reads_at_least_one_entry_and_no_more_than_fits() -> None:
    disk = Disk(log=list(entries(1, 1, 1, 1)))
    assert [entry.index for entry in disk.read(Fetch(None, 2, 3, bytes_max=1))] == [2]
    assert [entry.index for entry in disk.read(Fetch(None, 1, 3, bytes_max=10**6))] == [1, 2, 3]


def test_a_command_is_acknowledged_once_it_is_applied_where_it_was_proposed(cluster: RaftCluster) -> None:
    cluster.propose(cluster.leader(), b"tea")
    assert not cluster.checks.acknowledged
    cluster.run_until(lambda: bool(cluster.checks.acknowledged), limit_s=1.0)


def test_a_node_that_does_not_lead_takes_no_command(cluster: RaftCluster) -> None:
    follower = next(node for node in cluster.nodes.values() if node is not cluster.leader())
    with pytest.raises(NotLeader):
        cluster.propose(follower, b"tea")


def test_a_crash_loses_the_writes_under_way_except_those_that_were_through(cluster: RaftCluster) -> None:
    leader = cluster.leader()
    cluster.weather.write_s_max = 10.0
    durable = len(leader.disk.log)
    for word in (b"one", b"two", b"three"):
        cluster.propose(leader, word)
    assert len(leader.writes) >= 3
    cluster.crash(leader, writes_kept=1)
    assert len(leader.disk.log) == durable + 1
    cluster.start(leader)
    assert cluster.core(leader).last_index == durable + 1


def test_a_link_cut_one_way_still_carries_the_other_way(cluster: RaftCluster) -> None:
    leader = cluster.leader()
    others = [node for node in cluster.nodes.values() if node is not leader]
    cluster.cut(others, [leader], both_ways=False)
    index = cluster.propose(leader, b"tea")
    cluster.run_for(0.05)
    assert [cluster.core(node).last_index for node in others] == [index, index]
    assert cluster.core(leader).commit_index < index


def test_a_paused_node_does_nothing_and_then_catches_up(cluster: RaftCluster) -> None:
    leader = cluster.leader()
    cluster.pause(leader, 2.0)
    cluster.run_for(1.5)
    assert cluster.core(leader).role is Role.LEADER
    assert len(cluster.leaders()) == 2, "the others went on, and it does not know yet"
    cluster.run_for(1.0)
    assert len(cluster.leaders()) == 1


def test_what_never_comes_is_not_waited_for_for_ever(cluster: RaftCluster) -> None:
    with pytest.raises(NotReached, match="simulated seconds"):
        cluster.run_until(lambda: False, limit_s=1.0)


def test_reads_at_the_leader_are_confirmed(cluster: RaftCluster) -> None:
    leader = cluster.leader()
    context = cluster.read(leader)
    assert context in leader.reads
    cluster.run_for(0.1)
    assert context not in leader.reads
    assert cluster.checks.reads_confirmed == 1


def test_old_entries_are_read_from_disk_for_a_node_that_was_away(cluster: RaftCluster) -> None:
    leader = cluster.leader()
    away = next(node for node in cluster.nodes.values() if node is not leader)
    cluster.crash(away)
    for _ in range(30):
        cluster.propose(leader, b"." * 100)
    cluster.run_for(1.0)
    cluster.start(away)
    cluster.run_until(lambda: away.applied == cluster.core(leader).last_index, limit_s=5.0)
    assert cluster.fetches > 5
