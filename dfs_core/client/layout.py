"""What a client asks about the layout; a part of `Client`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from dfs_core.encoding.layout_messages import (
    ChangeLayout,
    GetLayout,
    LayoutFound,
    LayoutPreviewed,
    MemberChange,
    PreviewLayout,
)
from dfs_core.encoding.message import Done, Message
from dfs_core.limits import CLIENT_REPLY_TIMEOUT_S

Reply = TypeVar("Reply", bound=Message)


class Asking(Protocol):
    """Whoever can ask the node."""

    async def _call(self, request: Message, kind: type[Reply], *, timeout_s: float = ...) -> Reply: ...


class LayoutCalls:
    """The verbs of `Client` about the layout."""

    async def layout(self: Asking) -> LayoutFound:
        """The nodes with zone, capacity, state and what they hold; how much fits."""
        return await self._call(GetLayout(), LayoutFound, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def preview_layout(self: Asking, changes: Sequence[MemberChange], copies: int = 0) -> LayoutPreviewed:
        """What these changes, and another number of wanted copies, would move and risk. Nothing is changed."""
        return await self._call(PreviewLayout(list(changes), copies), LayoutPreviewed, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def change_layout(self: Asking, changes: Sequence[MemberChange], revision: int = 0) -> None:
        """Make the changes. StaleLayout: the layout is not of `revision` (of a preview) any more; look again."""
        await self._call(ChangeLayout(list(changes), revision), Done, timeout_s=CLIENT_REPLY_TIMEOUT_S)
