"""What nodes say to each other before a copy is deleted, and when somebody wants repair to hurry."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Done, Message

MISSING, GOOD, BAD = 0, 1, 2  # what ChunksConfirmed has for each chunk


class ChunksConfirmed(Message, frozen=True, tag="chunks_confirmed"):
    """One byte an asked address, in order: 0 not here, 1 here and just re-read whole, 2 damaged and set aside."""

    found: bytes


class ConfirmChunks(Message, frozen=True, tag="confirm_chunks"):
    """Do you hold good copies of these chunks, and will you keep them as far as the layout of this revision goes?

    The asker wants to delete its own. Each copy is re-read from the disk and hashed. Failed(stale_layout): the node
    that is asked is at another revision. `as_of` as in StoreChunk. `addresses`: 32 bytes each, CONFIRM_CHUNKS_MAX.
    """

    addresses: bytes
    revision: int
    as_of: int = 0
    reply: ClassVar[type[msgspec.Struct] | None] = ChunksConfirmed


class HurryRepair(Message, frozen=True, tag="hurry_repair"):
    """Somebody wants everything repaired now: let nothing wait for its backoff, and, if you lead, audit everything."""

    reply: ClassVar[type[msgspec.Struct] | None] = Done


REPAIR_MESSAGES: tuple[type[Message], ...] = (ConfirmChunks, ChunksConfirmed, HurryRepair)
