"""What a node holds, as others may learn it bucket by bucket, and what the leader makes of it.

Buckets travel packed: what is told of one is `BUCKET_SUM`. Most of the time nothing has changed, and the
answer to `AskInventory` is a few bytes.
"""

from __future__ import annotations

import struct
from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Done, Message

BUCKET_SUM = struct.Struct(">H16sI")  # bucket, digest of the addresses in it, how many they are
CHUNK_HELD = struct.Struct(">32sI")  # address, bytes


class InventoryKnown(Message, frozen=True, tag="inventory_known"):
    """`buckets` that changed after `since`, each a BUCKET_SUM; a bucket never told of is empty once `counted` is true.

    `nonce` is drawn when the node starts: with another one than was asked for, everything is told. `counted` false: the
    node still walks through its chunks, and knows only the buckets that it tells of.
    """

    nonce: bytes
    sequence: int
    counted: bool
    buckets: bytes


class AskInventory(Message, frozen=True, tag="ask_inventory"):
    """What do you hold that I do not know of? `nonce` and `since` are of your last answer; empty and 0: everything."""

    nonce: bytes = b""
    since: int = 0
    reply: ClassVar[type[msgspec.Struct] | None] = InventoryKnown


class BucketListed(Message, frozen=True, tag="bucket_listed"):
    """Chunks held, in address order, each a CHUNK_HELD. `more`: ask again, after the last one."""

    chunks: bytes
    more: bool


class AskBucket(Message, frozen=True, tag="ask_bucket"):
    """Which chunks of this bucket do you hold, after this address (empty: from the first on)?"""

    bucket: int
    after: bytes = b""
    reply: ClassVar[type[msgspec.Struct] | None] = BucketListed


class OweChunks(Message, frozen=True, tag="owe_chunks"):
    """You should hold these chunks and do not: fetch them. `copies` has a byte for each: how many others hold it.

    Said under the layout of this revision, and answered once they are noted.

    `addresses` are 32 bytes each, at most OWE_CHUNKS_MAX of them.
    """

    addresses: bytes
    copies: bytes
    revision: int = 0
    reply: ClassVar[type[msgspec.Struct] | None] = Done


class ReleaseChunks(Message, frozen=True, tag="release_chunks"):
    """You hold these chunks, which belong to others under the layout of this revision, and those have them.

    A hint, not an order: before it deletes one, a node has every placed holder confirm its copy. `as_of`: the newest
    verdict that the teller has applied. Bounds are those of OweChunks.
    """

    addresses: bytes
    revision: int
    as_of: int = 0
    reply: ClassVar[type[msgspec.Struct] | None] = Done


INVENTORY_MESSAGES: tuple[type[Message], ...] = (
    AskInventory,
    InventoryKnown,
    AskBucket,
    BucketListed,
    OweChunks,
    ReleaseChunks,
)
