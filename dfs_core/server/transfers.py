"""The stores and retrieves under way on this node, with progress, rate and outcome, for status and watchers."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque

from dfs_core.clock import Clock
from dfs_core.encoding.control_messages import Transfer, TransferReported
from dfs_core.model.ids import NodeId
from dfs_core.server.events import EventBus

REPORT_INTERVAL_S = 0.25  # a transfer's progress is told at most this often
RATE_HORIZON_S = 5.0
ENDED_KEPT = 50


class RunningTransfer:
    """One transfer; its owner tells it what happened."""

    def __init__(self, transfers: Transfers, direction: str, key: str, total: int) -> None:
        self.id = secrets.token_hex(8)
        self._transfers, self._direction, self._key, self._total = transfers, direction, key, total
        self._now = transfers.clock.now
        self._started = self._reported = self._rated = self._now()
        self._done = self._done_then = self._copied = 0
        self._rate = 0.0
        self._state, self._error = "active", ""
        self._ended = 0.0
        self._copies: dict[str, int] = {}
        self.task: asyncio.Task[None] | None = None

    def moved(self, count: int, holders: frozenset[NodeId] = frozenset(), copied: int = 0) -> None:
        """`count` more bytes of the file are done; each of `holders` has acknowledged one more chunk.

        `copied` more bytes have all the copies that are wanted. Some of these come when a store is over already.
        """
        self._done += count
        self._copied += copied
        for holder in holders:
            self._copies[str(holder)] = self._copies.get(str(holder), 0) + 1
        now = self._now()
        if self._state != "active":
            self._transfers.tell(self)  # each: nobody knows which one is the last, and they are few
        elif now - self._reported >= REPORT_INTERVAL_S:
            self._rate_until(now)
            self._reported = now
            self._transfers.tell(self)

    def _rate_until(self, now: float) -> None:
        """Exponentially weighted over the last seconds, so that a pause shows and a burst does not jump."""
        passed = now - self._rated
        if passed <= 0:
            return
        current = (self._done - self._done_then) / passed
        weight = min(1.0, passed / RATE_HORIZON_S) if self._rate else 1.0
        self._rate += (current - self._rate) * weight
        self._rated, self._done_then = now, self._done

    def end(self, state: str, error: str = "") -> None:
        """done, failed or cancelled."""
        self._state, self._error, self._ended = state, error, self._now()
        self._transfers.ended(self)

    def facts(self) -> Transfer:
        """How it stands, as clients see it."""
        ended = self._state != "active"
        now = self._ended if ended else self._now()
        elapsed = now - self._started
        if not ended and now - self._rated >= REPORT_INTERVAL_S:
            self._rate_until(now)  # nothing has moved since: the rate goes down while it stands still
        return Transfer(
            id=self.id,
            direction=self._direction,
            key=self._key,
            state=self._state,
            bytes_done=self._done,
            bytes_total=self._done if ended and self._total < 0 else self._total,
            rate=self._done / elapsed if ended and elapsed > 0 else self._rate,
            elapsed_s=elapsed,
            copies=dict(self._copies),
            error=self._error,
            bytes_copied=self._copied,
        )


class Transfers:
    """All transfers of this node: those under way, and the last ones that ended."""

    def __init__(self, clock: Clock, events: EventBus) -> None:
        self.clock, self._events = clock, events
        self._active: dict[str, RunningTransfer] = {}
        self._ended: deque[RunningTransfer] = deque(maxlen=ENDED_KEPT)

    def begin(self, direction: str, key: str, total: int) -> RunningTransfer:
        """`direction`: store, retrieve or repair; `total` bytes, -1 unknown. Its task may be cancelled by id."""
        transfer = RunningTransfer(self, direction, key, total)
        transfer.task = asyncio.current_task()
        self._active[transfer.id] = transfer
        self.tell(transfer)
        return transfer

    def tell(self, transfer: RunningTransfer) -> None:
        self._events.publish(TransferReported(transfer.facts()))

    def ended(self, transfer: RunningTransfer) -> None:
        self._active.pop(transfer.id, None)
        transfer.task = None
        self._ended.append(transfer)
        self.tell(transfer)

    def cancel(self, transfer_id: str) -> bool:
        """Cancel the task that runs it. False: no such transfer is under way."""
        transfer = self._active.get(transfer_id)
        if transfer is None or transfer.task is None:
            return False
        transfer.task.cancel()
        return True

    def listing(self) -> list[Transfer]:
        """Those under way, oldest first, then those that ended, newest first."""
        return [transfer.facts() for transfer in (*self._active.values(), *reversed(self._ended))]
