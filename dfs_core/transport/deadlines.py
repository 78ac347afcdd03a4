"""What the other side of a link must do by when, and when to ask whether it is still there; time is handed in.

A HELLO must come in time, a frame that began must end in time (so a byte a second is no way to hold a link), and
something must be heard: a ping is sent when nothing was for a while, and now and then on a busy link to measure it.
If this side itself slept through a deadline (a machine suspended, a loop held up), the other side's silence proves
nothing, and every deadline moves by as much as was slept and a moment more.
"""

from __future__ import annotations

from dataclasses import dataclass

from dfs_core.encoding.frame import PING_BYTES
from dfs_core.limits import FRAME_TIMEOUT_S, HELLO_TIMEOUT_S, LINK_SILENT_S, PING_INTERVAL_S, STREAM_STALL_S

_RTT_EVERY = 5  # a busy link, which needs no pings to be known alive, is measured every so many ping intervals
_SLEPT_S = 1.0  # later than this is no jitter of a loop


@dataclass(frozen=True, slots=True)
class Timing:
    """Deadlines of one connection, in seconds. `ping_s` None: silence is no news (a local socket says when it ends)."""

    hello_s: float = HELLO_TIMEOUT_S
    frame_s: float = FRAME_TIMEOUT_S
    ping_s: float | None = PING_INTERVAL_S
    silent_s: float = LINK_SILENT_S
    stall_s: float | None = STREAM_STALL_S  # a stream that stands still while somebody waits for it; None: for ever


# A local socket says when its other end is gone, and a person at a terminal may rest.
LOCAL_TIMING = Timing(ping_s=None, stall_s=None)


class Deadlines:
    """The deadlines of one connection that was made at `now`."""

    def __init__(self, timing: Timing, now: float) -> None:
        self.heard_at = now
        self.rtt_s: float | None = None
        self._timing = timing
        self._hello_due: float | None = now + timing.hello_s
        self._frame_due: float | None = None
        self._slept_s = 0.0  # since anything was heard
        self._looked_at = now
        self._pinged_at = now
        self._pings_count = 0
        self._unanswered: tuple[bytes, float] | None = None

    def heard(self, now: float, *, mid_frame: bool, completed: bool) -> None:
        """Bytes came. `completed`: they ended a frame; `mid_frame`: one has begun and is not whole."""
        self.heard_at, self._slept_s = now, 0.0
        self._looked_at = now
        if not mid_frame:
            self._frame_due = None
        elif self._frame_due is None or completed:
            self._frame_due = now + self._timing.frame_s

    def greeted(self) -> None:
        """The HELLO came; from now on silence counts."""
        self._hello_due = None

    def ponged(self, token: bytes, now: float) -> None:
        """A PONG came. One that answers no open ping is ignored."""
        if self._unanswered is not None and self._unanswered[0] == token:
            self.rtt_s = max(0.0, now - self._unanswered[1])
            self._unanswered = None

    def next(self) -> float | None:
        """When to look again, or None: nothing is awaited."""
        dues = [due for due in (self._hello_due, self._frame_due) if due is not None]
        if self._hello_due is None and self._timing.ping_s is not None:
            dues += [self._next_ping(self._timing.ping_s), self._silent_due]
        return min(dues, default=None)

    def missed(self, now: float) -> str:
        """What the other side failed to do by `now`, in words; empty when all is well."""
        due, looked_at, self._looked_at = self.next(), self._looked_at, now
        if due is not None and (late_s := now - max(due, looked_at)) > _SLEPT_S:
            self._sleep(late_s + _SLEPT_S)  # and a moment to read what arrived meanwhile
        if self._hello_due is not None and now >= self._hello_due:
            return f"no HELLO within {self._timing.hello_s:g} s"
        if self._frame_due is not None and now >= self._frame_due:
            return f"a frame took longer than {self._timing.frame_s:g} s"
        if self._hello_due is None and self._timing.ping_s is not None and now >= self._silent_due:
            return f"nothing heard for {self._timing.silent_s:g} s"
        return ""

    def ping(self, now: float) -> bytes | None:
        """The payload of a PING that is due, counted as sent; None when none is."""
        ping_s = self._timing.ping_s
        if ping_s is None or self._hello_due is not None or now < self._next_ping(ping_s):
            return None
        self._pings_count += 1
        self._pinged_at = now
        token = self._pings_count.to_bytes(PING_BYTES, "big")
        self._unanswered = (token, now)
        return token

    @property
    def _silent_due(self) -> float:
        return self.heard_at + self._slept_s + self._timing.silent_s

    def _next_ping(self, ping_s: float) -> float:
        return min(max(self.heard_at, self._pinged_at) + ping_s, self._pinged_at + _RTT_EVERY * ping_s)

    def _sleep(self, slept_s: float) -> None:
        self._slept_s += slept_s
        if self._hello_due is not None:
            self._hello_due += slept_s
        if self._frame_due is not None:
            self._frame_due += slept_s
