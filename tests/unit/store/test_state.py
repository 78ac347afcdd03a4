"""What a node remembers: boots that never repeat, invitations that expire by up-time, the newest addresses."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dfs_core.errors import InvalidInput
from dfs_core.limits import UPTIME_SAVE_PERIOD_S
from dfs_core.model.ids import NodeId
from dfs_core.store.state import NodeState

LINE, OTHER = b"l" * 32, b"o" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


@pytest.fixture
def state(path: Path) -> Iterator[NodeState]:
    state = NodeState(path)
    yield state
    state.close()


def again(state: NodeState, path: Path) -> NodeState:
    """As a restart finds it."""
    state.close()
    return NodeState(path)


def test_what_was_put_is_there_after_a_restart(state: NodeState, path: Path) -> None:
    assert state.get("members") is None
    state.put("members", b"old")
    state.put("members", b"new")
    assert again(state, path).get("members") == b"new"


def test_boots_count_from_1_and_go_on_after_a_restart(state: NodeState, path: Path) -> None:
    assert [state.next_boot(), state.next_boot()] == [1, 2]
    assert again(state, path).next_boot() == 3


def test_a_boot_is_on_disk_when_it_is_handed_out(state: NodeState, path: Path) -> None:
    boot = state.next_boot()
    other = NodeState(path)  # as after a kill: the first one was never closed
    assert other.next_boot() == boot + 1
    other.close()


def test_threads_get_different_boots(state: NodeState) -> None:
    with ThreadPoolExecutor(4) as pool:
        boots = list(pool.map(lambda _: state.next_boot(), range(40)))
    assert sorted(boots) == list(range(1, 41))


# -- invitations


def test_an_invitation_is_known_by_its_hash_only(state: NodeState) -> None:
    state.issue_invitation(LINE, "vault", 60.0)
    assert state.invitation_role(LINE) == "vault"
    assert state.invitation_role(OTHER) is None


def test_an_invitation_expires_by_the_time_that_the_node_was_up(state: NodeState) -> None:
    state.pass_time(1000.0)
    state.issue_invitation(LINE, "full", 60.0, elapsed_s=0.0)
    state.pass_time(59.5)
    assert state.invitation_role(LINE) == "full"
    state.pass_time(0.5)
    assert state.invitation_role(LINE) is None


def test_time_since_the_last_count_is_counted_too(state: NodeState) -> None:
    state.issue_invitation(LINE, "full", 60.0, elapsed_s=4.0)
    assert state.invitation_role(LINE, elapsed_s=63.9) == "full"
    assert state.invitation_role(LINE, elapsed_s=64.0) is None


def test_who_does_not_tell_the_time_never_shortens_a_line(state: NodeState) -> None:
    state.issue_invitation(LINE, "full", 5.0)
    state.pass_time(UPTIME_SAVE_PERIOD_S)  # all but a moment of it before the line was made
    assert state.invitation_role(LINE, elapsed_s=4.9) == "full"
    state.pass_time(5.0)
    assert state.invitation_role(LINE) is None


def test_an_invitation_survives_a_restart_and_no_wall_clock_matters(state: NodeState, path: Path) -> None:
    state.issue_invitation(LINE, "full", 60.0)
    state = again(state, path)
    assert state.invitation_role(LINE) == "full"
    state.close()


def test_a_node_that_is_always_killed_before_it_counts_does_not_keep_a_line_open(state: NodeState) -> None:
    state.issue_invitation(LINE, "full", 60.0, elapsed_s=0.0)
    for _ in range(int(60.0 / UPTIME_SAVE_PERIOD_S)):
        state.next_boot()
    assert state.invitation_role(LINE) is None


def test_an_expired_line_stays_expired(state: NodeState, path: Path) -> None:
    state.issue_invitation(LINE, "full", 1.0, elapsed_s=0.0)
    state.pass_time(1.0)
    assert again(state, path).invitation_role(LINE) is None


def test_time_does_not_run_backwards(state: NodeState) -> None:
    for elapsed_s in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="backwards"):
            state.pass_time(elapsed_s)


def test_only_so_many_invitations_are_open_and_expired_ones_make_room(
    state: NodeState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dfs_core.store.state.INVITATIONS_OPEN_MAX", 5)
    state.issue_invitation(LINE, "full", 1.0, elapsed_s=0.0)
    for number in range(4):
        state.issue_invitation(number.to_bytes(32, "big"), "full", 60.0)
    with pytest.raises(InvalidInput, match="5 invitations are open"):
        state.issue_invitation(OTHER, "full", 60.0)
    assert state.invitation_role(OTHER) is None
    state.pass_time(1.0)
    state.issue_invitation(OTHER, "full", 60.0)
    assert state.invitation_role(OTHER) == "full"


# -- addresses


def test_the_newer_record_of_a_node_wins_in_any_order(state: NodeState, path: Path) -> None:
    first, second = NodeId(b"1" * 32), NodeId(b"2" * 32)
    state.keep_address_record(second, b"second", 1)
    state.keep_address_record(first, b"old", 5)
    state.keep_address_record(first, b"new", 256)
    state.keep_address_record(first, b"older", 255)
    state.keep_address_record(first, b"same", 256)
    assert again(state, path).address_records() == [b"new", b"second"]


def test_the_highest_sequence_that_a_record_can_carry_is_kept(state: NodeState) -> None:
    node = NodeId(b"1" * 32)
    state.keep_address_record(node, b"low", 2**63 - 1)
    state.keep_address_record(node, b"highest", 2**64 - 1)
    assert state.address_records() == [b"highest"]
