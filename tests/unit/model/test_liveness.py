"""Liveness as a table of what was heard and what is believed."""

from __future__ import annotations

import pytest

from dfs_core.model.liveness import Liveness, PeerState

UNKNOWN, UP, SUSPECT, DOWN = PeerState.UNKNOWN, PeerState.UP, PeerState.SUSPECT, PeerState.DOWN


def believed(at: float, *events: tuple[str, float]) -> PeerState:
    liveness = Liveness(0.0, suspect_s=3.0, down_s=10.0)
    for event, now in events:
        getattr(liveness, event)(now)
    return liveness.at(at)


@pytest.mark.parametrize(
    ("at", "events", "state"),
    [
        (0.0, [], UNKNOWN),
        (9.9, [], UNKNOWN),
        (10.0, [], DOWN),
        (5.0, [("heard", 5.0)], UP),
        (7.9, [("heard", 5.0)], UP),
        (8.0, [("heard", 5.0)], SUSPECT),
        (14.9, [("heard", 5.0)], SUSPECT),
        (15.0, [("heard", 5.0)], DOWN),
        (20.0, [("heard", 5.0), ("heard", 20.0)], UP),
        (5.0, [("heard", 5.0), ("lost", 5.0)], SUSPECT),
        (14.9, [("heard", 5.0), ("lost", 6.0)], SUSPECT),
        (15.0, [("heard", 5.0), ("lost", 6.0)], DOWN),
        (7.0, [("heard", 5.0), ("lost", 6.0), ("heard", 7.0)], UP),
        (1.0, [("lost", 1.0)], UNKNOWN),
        (6.0, [("heard", 5.0), ("heard", 2.0)], UP),
        (7.9, [("heard", 5.0), ("heard", 2.0)], UP),
    ],
)
def test_what_is_believed_follows_from_what_was_heard(
    at: float, events: list[tuple[str, float]], state: PeerState
) -> None:
    assert believed(at, *events) is state


def test_a_peer_changes_exactly_when_it_was_said_to() -> None:
    liveness = Liveness(0.0)
    now, states = 0.0, [liveness.at(0.0)]
    liveness.heard(1.0)
    while (change := liveness.next_change(now)) is not None:
        assert liveness.at(change - 0.001) is liveness.at(now)
        assert liveness.at(change) is not liveness.at(now)
        now = change
        states.append(liveness.at(now))
    assert states == [UNKNOWN, SUSPECT, DOWN]


def test_an_unknown_peer_is_down_after_as_long_as_any_other() -> None:
    assert Liveness(2.0, suspect_s=3.0, down_s=10.0).next_change(2.0) == 12.0


def test_silence_is_counted_from_the_last_word() -> None:
    liveness = Liveness(0.0)
    liveness.heard(4.0)
    assert liveness.silent_s(6.5) == 2.5
    assert liveness.silent_s(3.0) == 0.0


def test_down_before_suspect_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="suspected before"):
        Liveness(0.0, suspect_s=10.0, down_s=3.0)
