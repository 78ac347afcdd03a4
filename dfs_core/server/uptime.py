"""This node's up-time, by which its invitations expire: counted here, saved every few seconds."""

from __future__ import annotations

import asyncio
import logging

from dfs_core.clock import Clock
from dfs_core.errors import StoreFull
from dfs_core.limits import UPTIME_SAVE_PERIOD_S
from dfs_core.store.state import NodeState

_log = logging.getLogger(__name__)


class TimedInvitations:
    """The open invitations, to the second. `replication.admission` asks here; calls block, from any thread."""

    def __init__(self, state: NodeState, clock: Clock) -> None:
        self._state, self._clock = state, clock
        self._saved_at = self._now = clock.now()

    def _elapsed(self) -> float:
        return max(0.0, self._now - self._saved_at)

    def tick(self) -> None:
        """Read the clock; called in the loop, since a thread has no loop time."""
        self._now = self._clock.now()

    def issue_invitation(self, secret_hash: bytes, role: str, expires_s: float) -> None:
        """Open an invitation for `expires_s` seconds of up-time from now."""
        self._state.issue_invitation(secret_hash, role, expires_s, self._elapsed())

    def invitation_role(self, secret_hash: bytes) -> str | None:
        """The role of an open invitation, or None."""
        return self._state.invitation_role(secret_hash, self._elapsed())

    async def run(self) -> None:
        """Save the time that passes, for ever."""
        while True:
            await self._clock.sleep(UPTIME_SAVE_PERIOD_S)
            self.tick()
            saved_at = self._now  # a tick may come while this is written
            try:
                await asyncio.to_thread(self._state.pass_time, self._elapsed())
            except StoreFull as error:  # it is saved with what passes until there is room
                _log.warning("up-time is not saved: %s", error)
                continue
            self._saved_at = saved_at
