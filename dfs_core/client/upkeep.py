"""What a client asks about background work, scrub, repair and verifying; a part of `Client`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from dfs_core.client.loss import naming_loss
from dfs_core.encoding.health_messages import GetHealth, HealthFound, HealthItem, ItemsListed, ListItems
from dfs_core.encoding.message import Message
from dfs_core.encoding.upkeep_messages import (
    GetScrub,
    KeyVerified,
    RepairStarted,
    ScrubStatus,
    StartRepair,
    StartScrub,
    VerifyKey,
    VerifyProgressed,
)
from dfs_core.encoding.worker_messages import GetWorkers, SetWorker, WorkersListed, WorkerStatus
from dfs_core.errors import RemoteProtocolError
from dfs_core.limits import CLIENT_REPLY_TIMEOUT_S, REQUEST_TIMEOUT_S

if TYPE_CHECKING:
    from dfs_core.transport.link import Link

Reply = TypeVar("Reply", bound=Message)


class Asking(Protocol):
    """Whoever can ask the node."""

    async def _call(self, request: Message, kind: type[Reply], *, timeout_s: float = ...) -> Reply: ...
    async def _open_link(self) -> Link: ...


class UpkeepCalls:
    """The verbs of `Client` about what nodes do in the background."""

    async def workers(self: Asking) -> list[WorkerStatus]:
        """The node's background workers: what each does, what waits for it, and what went wrong last."""
        return (await self._call(GetWorkers(), WorkersListed)).workers

    async def set_worker(self: Asking, name: str, action: str, pace: float = 0.0) -> WorkerStatus:
        """`pause` a worker of this node, `resume` it, or set its `pace`. It holds over restarts. NotFound."""
        return await self._call(SetWorker(name, action, pace), WorkerStatus)

    async def health(self: Asking) -> HealthFound:
        """How the chunks of the whole cluster are, as the leader counted them last; every node says the same."""
        return await self._call(GetHealth(), HealthFound)

    async def short_files(self: Asking) -> AsyncIterator[HealthItem]:
        """The versions with chunks that have too few copies, in key order. NoMajority: nobody leads who knows them."""
        key, version = "", 0
        while True:
            page = await self._call(ListItems(key, version), ItemsListed, timeout_s=CLIENT_REPLY_TIMEOUT_S)
            for item in page.items:
                yield item
            if not page.key:
                return
            key, version = page.key, page.version

    async def scrub(self: Asking) -> ScrubStatus:
        """How far the node is with checking its chunks."""
        return await self._call(GetScrub(), ScrubStatus)

    async def start_scrub(self: Asking) -> ScrubStatus:
        """Have the node check all of its chunks now; `scrub` says how far it is."""
        return await self._call(StartScrub(), ScrubStatus)

    async def repair(self: Asking) -> RepairStarted:
        """Have every node work off at once what waits for its turn, and the leader compare everything."""
        return await self._call(StartRepair(), RepairStarted, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def verify(
        self: Asking, key: str, version: int = 0, *, progress: Callable[[int, int], None] | None = None
    ) -> KeyVerified:
        """Have every copy of each chunk of a key re-read by its holders; what is bad or missing is replaced.

        `progress` is told the chunks done so far, and of how many. KeyNotFound, VersionNotFound.
        """
        link = await self._open_link()
        with naming_loss(link):
            async with await link.open(VerifyKey(key, version), timeout_s=REQUEST_TIMEOUT_S) as exchange:
                while (event := await exchange.interim()) is not None:
                    if progress is not None and isinstance(event, VerifyProgressed):
                        progress(event.done, event.total)
                reply = await exchange.replied()
        if not isinstance(reply, KeyVerified):
            raise RemoteProtocolError(f"VerifyKey was answered by {type(reply).__name__}")
        return reply
