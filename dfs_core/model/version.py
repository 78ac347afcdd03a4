"""One version of a key: a stored content, or the tombstone that ended it.

Versions are counted through the whole cluster, 1, 2, 3 … in the order of the log, so that a greater number is always
the later decision, whatever the keys and whatever the clocks of those who stored. The newest version of a key is its
current one; if that is a tombstone, the key is removed and only its history is left.
"""

from __future__ import annotations

import msgspec


class Version(msgspec.Struct, frozen=True):
    """What the catalog knows of one version. Ids are raw bytes, as in the messages they came by.

    `head` is the sealed head of the manifest; it is empty for a tombstone and in listings, which do not read it.
    `stored_ms` is the storing node's wall clock, shown to people; `log_ms` is log time, by which a version ages.
    """

    key: str
    number: int
    version_id: bytes
    size: int  # bytes of the file
    mtime_ns: int
    mode: int
    stored_ms: int
    chunks: int  # references in its manifest: a chunk that occurs twice counts twice
    removed: bool  # a tombstone: size, chunks and pages are 0
    page_count: int
    content_token: bytes  # keyed hash of the whole file; empty for a tombstone
    stored_by: bytes  # node id; empty for a tombstone
    index: int  # of its log entry
    log_ms: int
    head: bytes = b""
