"""Is a peer up? One node's own view of one peer, from what was heard of it and when.

    UNKNOWN ──heard──► UP ──suspect_s silent, or the link lost──► SUSPECT ──down_s silent──► DOWN
       │                ▲                                             │                       │
       └──down_s──► DOWN └──────────────────── heard ─────────────────┴───────────────────────┘

A peer never heard of is UNKNOWN at first (a node that just started knows nothing) and DOWN once it stayed silent for
as long as any other. Losing a link is a hint, not proof: the peer may dial again at once. Nothing is decided here;
*out* is an entry in the log. Time is monotonic seconds and handed in.
"""

from __future__ import annotations

from enum import Enum

from dfs_core.limits import DOWN_AFTER_S, SUSPECT_AFTER_S


class PeerState(Enum):
    """What this node believes about a peer."""

    UNKNOWN = "unknown"
    UP = "up"
    SUSPECT = "suspect"
    DOWN = "down"


class Liveness:
    """When one peer was last heard of, watched since `now`."""

    def __init__(self, now: float, *, suspect_s: float = SUSPECT_AFTER_S, down_s: float = DOWN_AFTER_S) -> None:
        if not 0 < suspect_s < down_s:
            raise ValueError("a peer is suspected before it is down")
        self._suspect_s, self._down_s = suspect_s, down_s
        self._since = now  # watched, or last heard of
        self._heard = False
        self._lost = False

    def heard(self, now: float) -> None:
        """Anything at all arrived from the peer."""
        self._since = max(self._since, now)
        self._heard, self._lost = True, False

    def lost(self, now: float) -> None:
        """The link to the peer broke. It is suspected until something is heard again, and down by the same clock."""
        self._lost = True

    def at(self, now: float) -> PeerState:
        """What to believe at `now`. Pure: asking changes nothing."""
        silent_s = now - self._since
        if silent_s >= self._down_s:
            return PeerState.DOWN
        if not self._heard:
            return PeerState.UNKNOWN
        if self._lost or silent_s >= self._suspect_s:
            return PeerState.SUSPECT
        return PeerState.UP

    def silent_s(self, now: float) -> float:
        """For how long nothing was heard."""
        return max(0.0, now - self._since)

    def next_change(self, now: float) -> float | None:
        """When the state will change by itself if nothing is heard; None once it is DOWN."""
        state = self.at(now)
        if state is PeerState.DOWN:
            return None
        return self._since + (self._suspect_s if state is PeerState.UP else self._down_s)
