"""NodeLink: one watched node. It dials, watches, and when the node is gone says so and dials again, for ever.

A node that does not answer is as gone as one that hung up: a watched node says something at least every QUIET_S
seconds, so SILENCE_S without a word ends the link. Nothing here waits without a deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from dfs_core.client import (
    Client,
    ConfigError,
    DfsError,
    EventRecorded,
    EventsDropped,
    KeyChanged,
    NotAdmitted,
    NotAllowed,
    PeerConnected,
    PeerLost,
    ProtocolError,
    StatusReported,
    TransferReported,
    WorkerReported,
)
from dfs_tui.sources import translate
from dfs_tui.sources.base import Clock, Emit
from dfs_tui.view.events import (
    KeyRemoved,
    KeyStored,
    LinkDropped,
    LinkLost,
    LinkOpened,
    NodeReported,
    Noted,
    WorkersReported,
)
from dfs_tui.view.events import TransferReported as ReportedTransfer
from dfs_tui.view.values import Level

WATCH_S = 0.5  # a status comes at least this often
QUIET_S = 2.0  # and one that says nothing new this often: enough to know that the node lives
SILENCE_S = 5.0
DIAL_S = 3.0
BACKOFF_FIRST_S, BACKOFF_MAX_S = 0.5, 10.0
NEVER = -1.0  # instead of the time of the next try
DENIED = (NotAdmitted, NotAllowed, ConfigError)  # there is no certificate to show, or not one that is let in


class NodeLink:
    """Keep one node watched until cancelled. `client` is there while the link is up."""

    def __init__(
        self,
        name: str,
        control: str,
        *,
        emit: Emit,
        clock: Clock,
        keys_moved: Callable[[], None],
        nodes_moved: Callable[[], None],
        named: Callable[[str], str],
        dial: Callable[[], Awaitable[Client]] | None = None,
    ) -> None:
        """`dial`: how to reach the node, if not through the socket `control`.

        `keys_moved`: copies may differ now, or events were missed; `nodes_moved`: who is up has changed; `named` puts
        names for node ids into a text.
        """
        self.name = name
        self.control = control
        self.client: Client | None = None
        self._emit = emit
        self._clock = clock
        self._keys_moved = keys_moved
        self._nodes_moved = nodes_moved
        self._named = named
        self._hurried = asyncio.Event()
        self._halted = asyncio.Event()
        self._dial = dial if dial is not None else self._dial_socket

    async def run(self) -> None:
        """Dial, watch, dial again. Cancelled: the link is closed, and a LinkDropped was emitted."""
        backoff_s = BACKOFF_FIRST_S
        try:
            while True:
                reason = "the node closed the connection"
                was_up = denied = False
                try:
                    async with await self._dial() as client:
                        self.client = client
                        was_up = True
                        self._emit(LinkOpened(self.name))
                        self._nodes_moved()
                        backoff_s = BACKOFF_FIRST_S
                        self._halted.clear()
                        await self._watch(client)
                except DfsError as error:
                    reason, denied = str(error), isinstance(error, DENIED)
                except TimeoutError:
                    reason = f"no word for {SILENCE_S:.0f} s"
                finally:
                    self.client = None
                self._emit(LinkLost(self.name, reason, self._clock.now() + backoff_s, denied))
                if was_up:
                    self._emit(Noted(Level.WARNING, f"does not answer any more: {reason}", self.name))
                self._nodes_moved()
                await self._rest(backoff_s)
                if self._halted.is_set():
                    self._emit(LinkLost(self.name, reason, NEVER, denied))
                    await self._hurried.wait()
                    self._halted.clear()
                    backoff_s = BACKOFF_FIRST_S
                backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)
        finally:
            self._emit(LinkDropped(self.name))

    def hurry(self) -> None:
        """Dial at once, if it is only being waited for, or was given up."""
        self._halted.clear()
        self._hurried.set()

    def halt(self) -> None:
        """Dial no more until there is a hurry. A link that is up is not concerned; a dial under way ends as it does."""
        if self.client is None:
            self._hurried.clear()
            self._halted.set()

    async def _rest(self, seconds: float) -> None:
        """Return after so long, or when there is a hurry, or no try is wanted any more."""
        self._hurried.clear()
        waits = {
            asyncio.create_task(wait)
            for wait in (self._clock.sleep(seconds), self._hurried.wait(), self._halted.wait())
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _ask_workers(self, client: Client) -> None:
        """How the workers are now; later only what changes is told. An older node may have none to tell of."""
        try:
            async with asyncio.timeout(SILENCE_S):
                workers = await client.workers()
        except ProtocolError:
            return
        told = tuple(translate.worker_report(worker, self._named) for worker in workers)
        self._emit(WorkersReported(self.name, told))

    async def _dial_socket(self) -> Client:
        return await Client.connect(self.control, timeout_s=DIAL_S)

    async def _watch(self, client: Client) -> None:
        events = client.watch(WATCH_S, QUIET_S)
        missed = True  # changes of workers: those before the first event came, and those that were dropped
        try:
            while True:
                async with asyncio.timeout(SILENCE_S):
                    event = await anext(events, None)
                if event is None:
                    return
                self._take(event)
                if missed or isinstance(event, EventsDropped):
                    await self._ask_workers(client)
                    missed = False
        finally:
            await events.aclose()  # type: ignore[attr-defined]

    def _take(self, event: object) -> None:
        match event:
            case StatusReported(status=status):
                self._emit(NodeReported(self.name, translate.node_report(status, self._named)))
            case WorkerReported(worker=worker):
                self._emit(WorkersReported(self.name, (translate.worker_report(worker, self._named),)))
            case TransferReported(transfer=transfer):
                self._emit(ReportedTransfer(self.name, translate.transfer_report(transfer)))
            case KeyChanged(entry=entry) if entry.removed:
                self._emit(KeyRemoved(entry.key, entry.version))
            case KeyChanged(entry=entry):
                self._emit(KeyStored(translate.key_entry(entry)))
                self._keys_moved()
            case EventRecorded():
                text = self._named(event.text)
                self._emit(Noted(translate.level(event.level), text, self.name, event.wall_ms / 1000))
            case EventsDropped():
                self._keys_moved()
            case PeerConnected() | PeerLost():
                self._nodes_moved()
            case _:
                pass  # a newer node may report what this dashboard does not know yet
