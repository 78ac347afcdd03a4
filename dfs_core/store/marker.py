"""The marker of a node's folder: which node of which cluster it belongs to.

    "dfsF1" | check 16 | msgpack map: cluster, node, role, capacity

The check is the start of the BLAKE3 digest of what follows, so that a flipped bit is told from another cluster. The
digit counts formats: a newer program reads every older one, an older program refuses a newer one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
from blake3 import blake3

from dfs_core.errors import InvalidInput, StoreError
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.model.member import check_role

FORMAT = 1
_PREFIX = b"dfsF"
_CHECK_BYTES = 16


class _Document(msgspec.Struct):
    cluster: bytes
    node: bytes
    role: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Marker:
    """Whose folder it is. `role` as in the member list; `capacity` in bytes, as founded or admitted with."""

    cluster: ClusterId
    node: NodeId
    role: str
    capacity: int
    format: int = FORMAT

    def encode(self) -> bytes:
        """The document. The format is always the newest."""
        body = msgspec.msgpack.encode(_Document(self.cluster.digest, self.node.digest, self.role, self.capacity))
        return _PREFIX + str(FORMAT).encode() + _check(body) + body

    @classmethod
    def decode(cls, data: bytes, path: Path) -> Marker:
        """Read a document; `path` is for the messages. StoreError: it is of a newer format, damaged or no marker."""
        damaged = StoreError(
            f"{path} is damaged: check the disk. If only this file is, restore it from a backup; else replace this"
            " node by a new one ('dfs-core remove', then 'dfs-core join' into an empty folder)"
        )
        digit = data[len(_PREFIX) : len(_PREFIX) + 1]
        if not data.startswith(_PREFIX) or not digit.isdigit() or digit == b"0":
            raise damaged
        if int(digit) > FORMAT:
            raise StoreError(
                f"{path} was written by a newer dfs (format {int(digit)}, this one knows up to {FORMAT}): upgrade dfs"
            )
        body = data[len(_PREFIX) + 1 + _CHECK_BYTES :]
        if data[len(_PREFIX) + 1 :][:_CHECK_BYTES] != _check(body):
            raise damaged
        try:
            found = msgspec.msgpack.decode(body, type=_Document)
            return cls(ClusterId(found.cluster), NodeId(found.node), check_role(found.role), found.capacity, int(digit))
        except (msgspec.MsgspecError, InvalidInput) as error:
            raise damaged from error


def _check(body: bytes) -> bytes:
    return blake3(body).digest(_CHECK_BYTES)
