"""From a request to its handler: one table, for both listeners.

Who may ask what was decided at the link, by role. Here is one more rule (design, section 5): a peer that has read
further in the log than this node may know of a removal that this node has not seen yet, so until this node is level
only the log, the member list and the handing out of sealed chunks go on; anything else waits a moment and is then
refused as stale.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from dfs_core.clock import Clock
from dfs_core.encoding.inventory_messages import AskBucket, AskInventory
from dfs_core.encoding.peer_messages import AskChunks, AskMembers, CheckChunk, FetchChunk, ReadIndex
from dfs_core.errors import NotAllowed, StaleLayout
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.status import NodeFacts
from dfs_core.transport.exchange import Exchange

Handler = Callable[[Exchange], Awaitable[None]]

_NAMED = 3  # full nodes that a vault points to
LEVEL_WAIT_S = 2.0
LEVEL_LOOK_S = 0.02
ALLOWED_BEHIND: tuple[type[msgspec.Struct], ...] = (
    AskMembers,
    ReadIndex,
    AskChunks,
    FetchChunk,
    CheckChunk,
    AskInventory,
    AskBucket,
)


class Dispatcher:
    """Calls the handler of a request."""

    def __init__(self, *, applied: Callable[[], int], clock: Clock, instead: Callable[[], str] = str) -> None:
        """`instead()`: what is said of a request without a handler, if there is something better to say."""
        self._applied, self._clock, self._instead = applied, clock, instead
        self._handlers: dict[type[msgspec.Struct], Handler] = {}

    def add(self, handlers: Mapping[type[msgspec.Struct], Handler]) -> None:
        """Have these requests handled, each by one handler."""
        twice = self._handlers.keys() & handlers.keys()
        if twice:
            raise ValueError(f"two handlers for {twice}")
        self._handlers.update(handlers)

    async def handle(self, exchange: Exchange) -> None:
        """Answer one request. NotAllowed: this node has no handler for it (a vault asked for files, say)."""
        kind = type(exchange.request)
        handler = self._handlers.get(kind)
        if handler is None:
            raise NotAllowed(
                self._instead() or f"this node does not answer {kind.__name__}; ask a full node that is ready"
            )
        if exchange.link.peer is not None and kind not in ALLOWED_BEHIND:
            await self._level(exchange.link.hello.read_to)
        await handler(exchange)

    async def _level(self, read_to: int) -> None:
        deadline = self._clock.now() + LEVEL_WAIT_S
        while self._applied() < read_to:
            if self._clock.now() >= deadline:
                raise StaleLayout(f"this node has read to {self._applied()}, the asker to {read_to}; try again soon")
            await self._clock.sleep(LEVEL_LOOK_S)


def ask_elsewhere(facts: NodeFacts, members: MemberList) -> str:
    """What a vault says to whoever asks it for more than chunks, in their words; empty for a full node."""
    if facts.role != "vault":
        return ""
    full = [member for member in members.layout.members if member.holds_secrets]
    names = ", ".join(" at ".join((member.node.short, *member.addresses[:1])) for member in full[:_NAMED])
    some = f" ({names}{', …' if len(full) > _NAMED else ''})" if full else ""
    return f"{facts.name} is a vault: it holds chunks without names; ask a full node{some}"
