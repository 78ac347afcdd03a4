"""What a change of the demo's layout would move, and how far its nodes are that are being emptied."""

from __future__ import annotations

from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.sources.demo_content import CAPACITY_BYTES, CHUNK_BYTES, COPIES, DemoNode
from dfs_tui.view.values import DrainReport, LayoutPreview, ProcessState

TOO_FEW = "no such node, or too few others to move its chunks to"


def preview(cluster: DemoCluster, identity: str, state: str) -> LayoutPreview:
    """What would move if a node became joined, draining or removed."""
    node = next((each for each in cluster.nodes.values() if each.node == identity), None)
    stay = [each for each in cluster.nodes.values() if each is not node and not each.draining]
    leaves = state != "joined"
    held = _held(cluster, node.name) if node is not None and leaves else []
    refused = TOO_FEW if node is None or (leaves and len(stay) < COPIES) else ""
    return LayoutPreview(
        moved_chunks=sum(size // CHUNK_BYTES + 1 for size in held),
        moved_bytes=sum(held),
        usable_before=len(cluster.nodes) * CAPACITY_BYTES // COPIES,
        usable_after=(len(stay) if leaves else len(cluster.nodes)) * CAPACITY_BYTES // COPIES,
        shares=_shares(cluster, node, stay, sum(held)) if node is not None and not refused else (),
        refused=refused,
    )


def _held(cluster: DemoCluster, name: str) -> list[int]:
    return [key.entry.size_bytes for key in cluster.keys.values() if name in key.holders]


def _shares(cluster: DemoCluster, node: DemoNode, stay: list[DemoNode], moved: int) -> tuple[tuple[str, int, int], ...]:
    if not moved:
        return ()
    others = [(each.node, sum(_held(cluster, each.name)), moved // len(stay)) for each in stay]
    return ((node.node, moved, 0), *((identity, held, held + more) for identity, held, more in others))


def drains(cluster: DemoCluster) -> tuple[DrainReport, ...]:
    """The nodes that are being emptied."""
    return tuple(
        DrainReport(node.node, sum(size // CHUNK_BYTES + 1 for size in _held(cluster, node.name)))
        for node in cluster.nodes.values()
        if node.draining and node.state is ProcessState.RUNNING
    )
