"""What a node says, in the dashboard's words: the one place where `dfs_core`'s value types and the view's meet."""

from __future__ import annotations

from collections.abc import Callable

from dfs_core.client import KeyDetail, LayoutPreviewed, NodeStatus, PeerStatus, WorkerStatus
from dfs_core.client import KeyEntry as CoreKey
from dfs_core.client import Transfer as CoreTransfer
from dfs_tui.view.values import (
    Direction,
    Holding,
    KeyEntry,
    KeyFacts,
    LayoutPreview,
    Level,
    NodeReport,
    PeerReport,
    RepairReport,
    TransferReport,
    TransferState,
    Version,
    WorkerReport,
)

Named = Callable[[str], str]  # a text with names of nodes where nodes write their ids


def node_report(status: NodeStatus, named: Named) -> NodeReport:
    """A node about itself and its peers."""
    return NodeReport(
        node=status.node,
        name=status.name,
        cluster=status.cluster,
        state=status.state,
        role=status.role,
        version=status.version,
        listen=status.listen,
        pid=status.pid,
        up_s=status.up_s,
        health=status.health,
        reasons=tuple(named(reason) for reason in status.reasons),
        copies=status.copies,
        leader=status.leader,
        keys=status.keys,
        logical_bytes=status.logical_bytes,
        chunks=status.chunks,
        size_bytes=status.bytes,
        capacity_bytes=status.capacity,
        free_bytes=status.free,
        stored_bytes=status.stored_bytes,
        served_bytes=status.served_bytes,
        damaged=status.damaged,
        resync_length=status.resync_length,
        recovery_confirmed=status.recovery_confirmed,
        copies_found=tuple(status.copies_found),
        under_chunks=status.under_chunks,
        under_bytes=status.under_bytes,
        absent_chunks=status.absent_chunks,
        lost_chunks=status.lost_chunks,
        repair=RepairReport(
            status.repair.total,
            status.repair.left,
            status.repair.left_bytes,
            status.repair.rate,
            status.repair.eta_s,
        ),
        repair_limit=status.repair_bytes_s,
        health_age_s=status.health_age_s,
        peers=tuple(peer_report(peer, named) for peer in status.peers),
    )


def peer_report(peer: PeerStatus, named: Named) -> PeerReport:
    """A node about one of its peers."""
    return PeerReport(
        node=peer.node,
        liveness=peer.liveness,
        member_state=peer.member_state,
        role=peer.role,
        zone=peer.zone,
        address=peer.addresses[0] if peer.addresses else "",
        voter=peer.voter,
        leader=peer.leader,
        seen_s=peer.seen_s,
        rtt_ms=peer.rtt_ms,
        chunks=peer.chunks,
        size_bytes=peer.bytes,
        capacity_bytes=peer.capacity,
        free_bytes=peer.free,
        version=peer.version,
        up_s=peer.up_s,
        sent_bytes=peer.sent_bytes,
        received_bytes=peer.received_bytes,
        error=named(peer.error),
        banned_s=peer.banned_s,
    )


def worker_report(worker: WorkerStatus, named: Named) -> WorkerReport:
    """One background worker of a node."""
    return WorkerReport(
        name=worker.name,
        state=worker.state,
        paused=worker.paused,
        pace=worker.pace,
        waiting=worker.waiting,
        oldest_s=worker.oldest_s,
        done=worker.done,
        rate=worker.rate,
        rate_bytes=worker.rate_bytes,
        last_error=named(worker.last_error),
        last_error_s=worker.last_error_s,
        detail=named(worker.detail),
    )


def key_entry(entry: CoreKey) -> KeyEntry:
    """One key."""
    return KeyEntry(
        key=entry.key,
        version=entry.version,
        size_bytes=entry.size,
        stored_s=entry.stored_ms / 1000,
        copies=entry.copies,
        stored_by=entry.stored_by,
    )


def version(entry: CoreKey) -> Version:
    """One version of a key."""
    return Version(
        version=entry.version,
        size_bytes=entry.size,
        stored_s=entry.stored_ms / 1000,
        stored_by=entry.stored_by,
        removed=entry.removed,
        hash=entry.hash,
    )


def key_facts(detail: KeyDetail) -> KeyFacts:
    """Everything about one version of a key."""
    nodes = sorted({*detail.holders, *detail.placed})
    return KeyFacts(
        key=detail.entry.key,
        current=version(detail.entry),
        chunks=detail.entry.chunks,
        holders=tuple(Holding(node, detail.holders.get(node, 0), detail.placed.get(node, 0)) for node in nodes),
        chunk_copies=tuple(len(chunk.holders) for chunk in detail.chunks),
        history=tuple(version(entry) for entry in detail.history),
        stale=detail.stale,
    )


_STATES = {state.value: state for state in TransferState}
_DIRECTIONS = {direction.value: direction for direction in Direction}
_LEVELS = {level.value: level for level in Level}


def transfer_report(transfer: CoreTransfer) -> TransferReport:
    """One transfer. A state or direction this dashboard does not know yet is shown as under way, as a repair."""
    return TransferReport(
        id=transfer.id,
        direction=_DIRECTIONS.get(transfer.direction, Direction.REPAIR),
        key=transfer.key,
        state=_STATES.get(transfer.state, TransferState.ACTIVE),
        done_bytes=transfer.bytes_done,
        size_bytes=transfer.bytes_total,
        rate=transfer.rate,
        elapsed_s=transfer.elapsed_s,
        copies=dict(transfer.copies),
        error=transfer.error,
        copied_bytes=transfer.bytes_copied,
    )


def level(text: str) -> Level:
    """How much an event matters; an unknown word is a warning."""
    return _LEVELS.get(text, Level.WARNING)


def layout_preview(found: LayoutPreviewed, limit_bytes_s: int) -> LayoutPreview:
    """What a change would do; `limit_bytes_s` is how fast copies may be moved."""
    return LayoutPreview(
        moved_chunks=found.moved_chunks,
        moved_bytes=found.moved_bytes,
        usable_before=found.usable_before,
        usable_after=found.usable_after,
        at_risk_chunks=found.at_risk_chunks,
        lost_chunks=found.lost_chunks,
        copies_before=found.copies_before,
        copies_after=found.copies_after,
        shares=tuple((share.node, share.before, share.after) for share in found.nodes),
        exact=found.exact,
        refused=found.refused,
        storing_after=found.storing_after,
        limit_bytes_s=limit_bytes_s,
    )
