"""What may wait in the memory of a simulated node, looked at while others are slow, full, cut off or dead.

The windows are made so small (`WINDOWS`) that clients meet them. What waits on links has no such setting; its bounds
here are what no run has come near, and what a queue that grows with time exceeds soon.
"""

from __future__ import annotations

from dfs_core.limits import CHUNK_BYTES_MIN, KIB, SEAL_OVERHEAD_BYTES, SEALED_BYTES_MAX
from dfs_core.replication.budget import Windows
from dfs_core.testing.cluster import SimNode
from dfs_core.testing.sim_client import SIZES

SEALED_BYTES = CHUNK_BYTES_MIN + SEAL_OVERHEAD_BYTES  # of a whole chunk, as the setting has it
# A node that has not read the settings since it joined cuts chunks of the default size: then a file is one chunk.
LARGEST_BYTES = max(SIZES) + SEAL_OVERHEAD_BYTES
WINDOWS = Windows(
    store=2 * SEALED_BYTES,
    stores=3 * SEALED_BYTES,
    retrieve=2 * SEALED_BYTES,
    retrieves=3 * SEALED_BYTES,
    peer=SEALED_BYTES_MAX // 8 + SEALED_BYTES,  # a chunk that is handed out counts as an eighth of the largest
    peers=SEALED_BYTES_MAX // 4 + SEALED_BYTES,
)
LINK_QUEUE_BYTES = 256 * KIB
LINK_REQUESTS = 64
LOG_STEPS = 32


class Bounds:
    """Looks at nodes, and remembers the most that it met."""

    def __init__(self) -> None:
        self.most: dict[str, int] = {}

    def check(self, place: SimNode) -> None:
        """AssertionError when more waits in the node's memory than may. One that does not run has none."""
        node = place.node
        if node is None:
            return
        self._meet(place, "bytes of its peers", node._peer_api.window.used, WINDOWS.peers)
        if not place.is_vault:
            full = node.full
            # What was condemned while it was stored is held once more, to be sent again; a retrieve's only one is free.
            self._meet(place, "bytes being stored", full.writer.window.used, WINDOWS.stores + 2 * LARGEST_BYTES)
            self._meet(place, "bytes read ahead", full.reader.window.used, WINDOWS.retrieves + 4 * LARGEST_BYTES)
            self._meet(
                place, "steps of the log", len(full.consensus._to_write) + len(full.consensus._to_apply), LOG_STEPS
            )
        for link in [link for peer in node._mesh._peers.values() for link in peer.links]:
            self._meet(place, "bytes queued for a link", link.connection.queued_bytes, LINK_QUEUE_BYTES)
            self._meet(place, "requests on a link", len(link.connection.exchanges.all()), LINK_REQUESTS)

    def _meet(self, place: SimNode, what: str, found: int, most: int) -> None:
        assert found <= most, f"node {place.number} has {found} {what}, more than {most}"
        self.most[what] = max(found, self.most.get(what, 0))
