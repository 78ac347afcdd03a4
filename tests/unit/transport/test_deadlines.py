"""Deadlines: what must come when, when to ask, and that one's own sleep is not the other's silence."""

from __future__ import annotations

import pytest

from dfs_core.limits import LINK_SILENT_S, PING_INTERVAL_S
from dfs_core.transport.deadlines import LOCAL_TIMING, Deadlines, Timing


def greeted(now: float = 0.0, timing: Timing | None = None) -> Deadlines:
    deadlines = Deadlines(timing or Timing(), now)
    deadlines.greeted()
    return deadlines


def heard(deadlines: Deadlines, now: float) -> None:
    deadlines.heard(now, mid_frame=False, completed=True)


def test_the_first_deadline_is_the_hello() -> None:
    deadlines = Deadlines(Timing(hello_s=3), 100.0)
    assert deadlines.next() == 103.0
    assert deadlines.missed(102.9) == ""
    assert deadlines.ping(102.9) is None
    assert "HELLO" in deadlines.missed(103.0)


def test_a_frame_has_its_time_from_its_first_byte() -> None:
    deadlines = greeted(timing=Timing(frame_s=2, ping_s=None))
    deadlines.heard(10.0, mid_frame=True, completed=False)
    deadlines.heard(11.5, mid_frame=True, completed=False)
    assert deadlines.next() == 12.0
    assert "frame" in deadlines.missed(12.0)


def test_the_next_frame_has_its_own_time() -> None:
    deadlines = greeted(timing=Timing(frame_s=2, ping_s=None))
    deadlines.heard(10.0, mid_frame=True, completed=False)
    deadlines.heard(11.5, mid_frame=True, completed=True)
    assert deadlines.next() == 13.5
    deadlines.heard(12.0, mid_frame=False, completed=True)
    assert deadlines.next() is None


def test_a_quiet_link_is_asked_every_interval() -> None:
    deadlines = greeted()
    assert deadlines.next() == PING_INTERVAL_S
    assert deadlines.ping(0.9) is None
    tokens = [deadlines.ping(float(second)) for second in (1, 2, 3)]
    assert None not in tokens
    assert len(set(tokens)) == 3


def test_a_busy_link_is_measured_now_and_then() -> None:
    deadlines = greeted()
    sent = 0
    for tick in range(1, 101):
        now = tick / 10
        heard(deadlines, now)
        sent += deadlines.ping(now) is not None
    assert sent == 2


def test_only_the_answer_to_the_open_ping_is_measured() -> None:
    deadlines = greeted()
    token = deadlines.ping(1.0)
    assert token is not None
    deadlines.ponged(b"whatever", 1.1)
    assert deadlines.rtt_s is None
    deadlines.ponged(token, 1.5)
    assert deadlines.rtt_s == 0.5
    deadlines.ponged(token, 9.0)
    assert deadlines.rtt_s == 0.5


def test_silence_ends_the_link() -> None:
    deadlines = greeted()
    for second in range(1, int(LINK_SILENT_S)):
        assert deadlines.missed(float(second)) == ""
        deadlines.ping(float(second))
    assert "nothing heard" in deadlines.missed(LINK_SILENT_S)


def test_a_local_link_may_be_silent_for_ever() -> None:
    deadlines = greeted(timing=LOCAL_TIMING)
    assert deadlines.next() is None
    assert deadlines.missed(1e9) == ""
    assert deadlines.ping(1e9) is None


@pytest.mark.parametrize("slept_s", [5.0, 60.0, 86400.0])
def test_ones_own_sleep_is_not_the_others_silence(slept_s: float) -> None:
    deadlines = greeted()
    assert deadlines.missed(slept_s) == ""
    now = slept_s
    while not (reason := deadlines.missed(now)):
        deadlines.ping(now)
        now += 0.5
    assert "nothing heard" in reason
    assert LINK_SILENT_S - 2 <= now - slept_s <= LINK_SILENT_S + 1


def test_a_frame_and_a_hello_get_the_slept_time_back() -> None:
    deadlines = Deadlines(Timing(hello_s=5, frame_s=20), 0.0)
    deadlines.heard(1.0, mid_frame=True, completed=False)
    assert deadlines.missed(100.0) == ""
    due = deadlines.next()
    assert due == 101.0
    assert "HELLO" in deadlines.missed(due)
