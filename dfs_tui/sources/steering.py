"""What a real cluster's source asks of one node in particular: the node behind a link, and no other."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol, TypeVar

from dfs_core.client import Client
from dfs_tui.sources.base import SourceError
from dfs_tui.sources.glimpses import Glimpses
from dfs_tui.view.values import Collected

R = TypeVar("R")


class Asking(Protocol):
    """Who has clients, and turns the errors of a call into those of a source."""

    _glimpses: Glimpses

    def _client(self, link: str = "") -> Client: ...
    async def _ask(self, call: Awaitable[R]) -> R: ...
    def _named(self, text: str) -> str: ...


class Steering:
    """A part of `LiveSource`."""

    async def set_worker(self: Asking, link: str, worker: str, deed: str, pace: float = 0.0) -> None:
        await self._ask(self._client(link).set_worker(worker, deed, pace))

    async def start_scrub(self: Asking, link: str) -> None:
        await self._ask(self._client(link).start_scrub())

    async def collect(self: Asking) -> Collected:
        found = await self._ask(self._client().collect())
        return Collected(found.chunks, found.bytes, found.pending.chunks - found.pending.condemned_chunks, found.off)

    async def disconnect_peer(self: Asking, link: str, node: str) -> None:
        await self._ask(self._client(link).disconnect_peer(node))

    async def ban_peer(self: Asking, link: str, node: str, for_s: float) -> None:
        await self._ask(self._client(link).ban_peer(node, for_s))

    async def slow_link(self, link: str, node: str, for_s: float) -> None:
        raise SourceError("links of real nodes are as slow as they are")

    async def allow_peer(self: Asking, link: str, node: str) -> None:
        await self._ask(self._client(link).allow_peer(node))
