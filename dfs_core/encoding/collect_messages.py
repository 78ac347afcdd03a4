"""Collecting: what the log condemned, as voters tell it to vaults; and what clients may ask of it."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Message

# -- between nodes


class VerdictTold(Message, frozen=True, tag="verdict_told"):
    """All chunks that the entry of this index condemned and that nothing has referred to since, 32 bytes each.

    Without addresses: no verdict up to `index` is in force.
    """

    index: int
    addresses: bytes


class AskVerdicts(Message, frozen=True, tag="ask_verdicts"):
    """What was condemned next, behind log index `since`? Asked of every voter by a vault."""

    since: int
    reply: ClassVar[type[msgspec.Struct] | None] = VerdictTold


# -- for clients


class PendingFree(msgspec.Struct, frozen=True):
    """Chunks that nothing refers to and that take room still, each counted once, however many copies it has."""

    chunks: int = 0
    bytes: int = 0
    condemned_chunks: int = 0  # of these, those that are decided and being deleted
    condemned_bytes: int = 0
    next_s: float = -1.0  # log time until the first of the others goes; -1: none waits


class CollectReported(Message, frozen=True, tag="collect_reported"):
    """What was condemned, or would be (`dry_run`), and what is pending after that. `off`: why nothing may go now."""

    chunks: int
    bytes: int
    pending: PendingFree
    off: str = ""


class CollectNow(Message, frozen=True, tag="collect_now"):
    """Condemn what has waited for its grace time; with `dry_run`, only say what that is."""

    dry_run: bool = False
    reply: ClassVar[type[msgspec.Struct] | None] = CollectReported


COLLECT_MESSAGES: tuple[type[Message], ...] = (AskVerdicts, VerdictTold, CollectNow, CollectReported)
