"""One other member as the mesh keeps it: its links, how alive it is, and how dialling it goes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from dfs_core.model.liveness import Liveness, PeerState
from dfs_core.model.member import Member
from dfs_core.transport.backoff import Backoff
from dfs_core.transport.link import Link


@dataclass(frozen=True, slots=True)
class PeerLink:
    """How this node is connected to one member. `state`: up | suspect | down | unknown."""

    state: str
    seen_s: float  # since anything was heard, -1 never
    rtt_s: float  # -1 unknown
    sent_bytes: int  # on the present link
    received_bytes: int
    error: str  # why there is no link, empty when there is
    address: str  # of the present link or the last try
    banned_s: float = 0.0  # for how long yet no link with it may be


BANNED = "it is banned here for a while, as somebody asked"
NO_MEMBER = PeerLink("unknown", -1, -1, 0, 0, "it is not a member", "")


class Peer:
    """What the mesh knows of one member."""

    def __init__(self, member: Member, now: float, random: Random) -> None:
        """Watched from `now` on."""
        self.member = member
        self.node = member.node
        self.links: list[Link] = []  # open ones; the first is used for new requests
        self.error = "not connected yet"  # why there is no link
        self.address = ""  # dialled last
        self.banned_until = float("-inf")  # no link with it before
        self.suggested: tuple[str, ...] = ()  # where it may be, too, as somebody said
        self.backoff = Backoff(random)
        self.nudge = asyncio.Event()  # look again: a link came or went, or the addresses changed
        self.dialling: asyncio.Task[None] | None = None
        self._liveness = Liveness(now)
        self._heard = False

    def suggest(self, addresses: tuple[str, ...]) -> None:
        """Try these, too."""
        if self.suggested != addresses:
            self.suggested = addresses
            self.nudge.set()

    @property
    def link(self) -> Link | None:
        """The one to use: the first that is still open."""
        for link in self.links:  # asked with every message
            if not link.closed:
                return link
        return None

    def banned_s(self, now: float) -> float:
        """For how long yet no link with it may be; 0.0 when there may."""
        return max(0.0, self.banned_until - now)

    def heard(self, at: float) -> None:
        """Something came from it."""
        self._heard = True
        self._liveness.heard(at)

    def lost(self, now: float) -> None:
        """Its last link is gone."""
        self._liveness.lost(now)

    def up(self, now: float) -> bool:
        """It has a link, and was heard lately."""
        return self.link is not None and self.state(now) is PeerState.UP

    def state(self, now: float) -> PeerState:
        """What to believe of it."""
        for link in self.links:
            self._liveness.heard(link.heard_at)
        return self._liveness.at(now)

    def silent_s(self, now: float) -> float:
        """For how long nothing was heard of it; since it is watched, if nothing ever was."""
        self.state(now)
        return self._liveness.silent_s(now)

    def why_down(self, now: float) -> str:
        """One line for people; empty when it is up."""
        if self.link is None:
            return self.error
        return "" if self.up(now) else f"nothing heard for {self._liveness.silent_s(now):.0f} s"

    def status(self, now: float) -> PeerLink:
        """All of it, for `peers` and the dashboard."""
        state, link = self.state(now), self.link
        return PeerLink(
            state=state.value,
            seen_s=self._liveness.silent_s(now) if self._heard else -1,
            rtt_s=-1 if link is None or link.rtt_s is None else link.rtt_s,
            sent_bytes=link.sent_bytes if link else 0,
            received_bytes=link.received_bytes if link else 0,
            error="" if link else self.error,
            address=link.address if link else self.address,
            banned_s=self.banned_s(now),
        )
