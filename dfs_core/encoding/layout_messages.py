"""What a client may ask about the layout: which nodes there are, what a change would do, and making it."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Done, Message


class LayoutNode(msgspec.Struct, frozen=True):
    """One node as the layout has it. Ids are hex.

    `chunks` and `bytes` are what it holds as it last told, -1 when it never did; `placed_bytes` what it should hold;
    `held_chunks` how many chunks that something refers to it still holds, -1 where that is not known yet.
    """

    node: str
    role: str
    zone: str
    capacity: int
    state: str
    up: bool
    chunks: int
    bytes: int
    placed_bytes: int
    held_chunks: int = -1


class LayoutFound(Message, frozen=True, tag="layout_found"):
    """The layout at log index `revision`. `usable_bytes` is how much fits in `copies` copies, `stored_bytes` is one."""

    revision: int
    copies: int
    nodes: list[LayoutNode]
    usable_bytes: int
    stored_bytes: int
    stale: bool


class GetLayout(Message, frozen=True, tag="get_layout"):
    reply: ClassVar[type[msgspec.Struct] | None] = LayoutFound


class MemberChange(msgspec.Struct, frozen=True):
    """What should change about `node` (hex). None: that stays. `state`: joined | draining | removed."""

    node: str
    zone: str | None = None
    capacity: int | None = None
    state: str | None = None


class NodeBytes(msgspec.Struct, frozen=True):
    """How many bytes are placed on a node, before and after a change."""

    node: str
    before: int
    after: int


class LayoutPreviewed(Message, frozen=True, tag="layout_previewed"):
    """What the change would do. Chunks and bytes are estimates from a sample, `exact` when all were looked at.

    `refused` says why it cannot be made, or not without force; empty when it can. `storing_after`: how many nodes
    chunks would be placed on; -1 from an older node, which does not tell.
    """

    revision: int
    copies_before: int
    copies_after: int
    moved_chunks: int
    moved_bytes: int
    usable_before: int
    usable_after: int
    at_risk_chunks: int
    lost_chunks: int
    nodes: list[NodeBytes]
    exact: bool
    refused: str = ""
    storing_after: int = -1


class PreviewLayout(Message, frozen=True, tag="preview_layout"):
    """What would these changes do, made together? `copies` 0: as many as now. Nothing is changed."""

    changes: list[MemberChange]
    copies: int = 0
    reply: ClassVar[type[msgspec.Struct] | None] = LayoutPreviewed


class ChangeLayout(Message, frozen=True, tag="change_layout"):
    """Make these changes, each an entry. Nothing is changed when the layout is not of `revision` any more (0: any).

    Removing a node is RemoveMember's, the wanted copies are a setting.
    """

    changes: list[MemberChange]
    revision: int = 0
    reply: ClassVar[type[msgspec.Struct] | None] = Done


LAYOUT_MESSAGES: tuple[type[Message], ...] = (
    GetLayout,
    LayoutFound,
    PreviewLayout,
    LayoutPreviewed,
    ChangeLayout,
)
