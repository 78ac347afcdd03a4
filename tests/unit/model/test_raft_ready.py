"""The values around a core."""

from __future__ import annotations

import pytest

from dfs_core.model.raft_messages import COMMAND, Configuration, LogEntry, TimeoutNow
from dfs_core.model.raft_ready import (
    Addressed,
    Fetch,
    HardState,
    Leadership,
    RaftSettings,
    ReadIndex,
    Ready,
    Role,
    SnapshotPlace,
    SnapshotWanted,
)

PLACE = SnapshotPlace(3, 2, Configuration(), 0)


def test_a_ready_without_work_is_false() -> None:
    assert not Ready(1)
    assert not Ready(1).must_persist


@pytest.mark.parametrize(
    "ready",
    [
        Ready(1, messages_now=(Addressed(b"", TimeoutNow(1)),)),
        Ready(1, messages_after=(Addressed(b"", TimeoutNow(1)),)),
        Ready(1, committed=(LogEntry(1, 1, COMMAND),)),
        Ready(1, reads=(ReadIndex(1, 1),)),
        Ready(1, reads_failed=(1,)),
        Ready(1, fetch=(Fetch(None, 1, 1, 1),)),
        Ready(1, snapshot_wanted=SnapshotWanted(b"", 1)),
        Ready(1, leadership=Leadership(1, Role.LEADER, b"")),
        Ready(1, configuration=Configuration()),
    ],
)
def test_every_kind_of_work_makes_a_ready_true(ready: Ready) -> None:
    assert ready
    assert not ready.must_persist


@pytest.mark.parametrize(
    "ready", [Ready(1, hard_state=HardState(1)), Ready(1, entries=(LogEntry(1, 1, COMMAND),)), Ready(1, snapshot=PLACE)]
)
def test_term_vote_and_entries_must_be_written(ready: Ready) -> None:
    assert ready
    assert ready.must_persist


@pytest.mark.parametrize(("shortest", "longest", "heartbeat"), [(1.0, 1.0, 0.1), (1.0, 2.0, 0.6), (1.0, 2.0, 0.0)])
def test_settings_that_cannot_keep_a_leader_are_refused(shortest: float, longest: float, heartbeat: float) -> None:
    with pytest.raises(ValueError, match="heartbeats"):
        RaftSettings(election_timeout_s_min=shortest, election_timeout_s_max=longest, heartbeat_s=heartbeat)
