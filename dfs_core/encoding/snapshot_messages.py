"""How a full node that lacks what was cut off the log gets a whole catalog: page by page, and again from where it was.

Only full nodes may ask: a catalog holds key names.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Message


class SnapshotPage(Message, frozen=True, tag="snapshot_page"):
    """`size` bytes of the snapshot file from `offset` follow on the request's stream.

    `snapshot` is the BLAKE3 of the whole file, which has `total` bytes and stands at log index `index`.
    """

    snapshot: bytes
    index: int
    total: int
    offset: int
    size: int


class FetchSnapshot(Message, frozen=True, tag="fetch_snapshot"):
    """Send me a page of a catalog snapshot that ends at log index `index` or later.

    With `snapshot` and `offset`: go on there. If that one is gone, the answer is the first page of another.
    """

    index: int
    snapshot: bytes = b""
    offset: int = 0
    reply: ClassVar[type[msgspec.Struct] | None] = SnapshotPage


SNAPSHOT_MESSAGES: tuple[type[Message], ...] = (FetchSnapshot, SnapshotPage)
