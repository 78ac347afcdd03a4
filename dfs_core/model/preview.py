"""What a change of the layout would do, worked out before anybody decides it.

Addresses are hashes, so any few thousand of them are a fair sample of all: where those would be placed before and after
is where all would, in proportion. **Moved** is what a node should hold afterwards and should not now; it is copied
there, and nothing is deleted before that. **Usable** is how much can be stored, each byte in as many copies as wanted,
when every node is filled in proportion to the share that placement gives it. **At risk** is what loses a copy at once,
because its node is removed rather than drained, and keeps fewer than a store would insist on; **lost** keeps none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dfs_core.errors import InvalidInput
from dfs_core.model.ids import NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member, State
from dfs_core.model.placement import holders
from dfs_core.model.shares import achievable_shares

SAMPLE_CHUNKS = 4096  # a share is known to some percent of itself


@dataclass(frozen=True, slots=True)
class MemberEdit:
    """What changes about one member; None: that stays."""

    zone: str | None = None
    capacity: int | None = None
    state: State | None = None


@dataclass(frozen=True, slots=True)
class NodeShare:
    """How many bytes of chunks are placed on a node, before and after."""

    node: NodeId
    before_bytes: int
    after_bytes: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of a change. Chunks and bytes are estimates when the sample is not all there is."""

    moved_chunks: int
    moved_bytes: int
    usable_before: int
    usable_after: int
    at_risk_chunks: int
    lost_chunks: int
    shares: tuple[NodeShare, ...]


def changed(layout: Layout, edits: Mapping[NodeId, MemberEdit], copies: int | None = None) -> Layout:
    """The layout with these changes. InvalidInput: there is no such member, or it cannot become that."""
    unknown = [node for node in edits if layout.member(node) is None]
    if unknown:
        raise InvalidInput(f"{unknown[0].short} is not a member; 'dfs-core layout' lists them")
    members = tuple(_edited(member, edits.get(member.node)) for member in layout.members)
    return Layout(layout.revision + 1, members, layout.copies if copies is None else copies)


def _edited(member: Member, edit: MemberEdit | None) -> Member:
    if edit is None:
        return member
    member = member if edit.state is None else member.with_state(edit.state)
    return replace(
        member,
        zone=member.zone if edit.zone is None else edit.zone,
        capacity=member.capacity if edit.capacity is None else edit.capacity,
    )


def usable_bytes(layout: Layout) -> int:
    """How many bytes of sealed chunks fit, each in as many copies as wanted. 0 without a storing node."""
    copies = min(layout.wanted_copies(), len(layout.storing()))
    zones: dict[tuple[str, bytes], int] = {}
    for member in layout.storing():
        zone = (member.zone, b"" if member.zone else member.node.digest)
        zones[zone] = zones.get(zone, 0) + member.capacity
    # With fewer zones than copies it is nodes that copies are spread over.
    sizes = list(zones.values()) if len(zones) >= copies else [member.capacity for member in layout.storing()]
    shares = achievable_shares(sizes, copies)
    return min((int(size / share) for size, share in zip(sizes, shares, strict=True)), default=0)


def preview(
    before: Layout,
    after: Layout,
    sample: Sequence[tuple[bytes, int]],
    *,
    chunks: int,
    chunk_bytes: int,
    up: Iterable[NodeId],
) -> Preview:
    """What going from `before` to `after` would do to `chunks` chunks of `chunk_bytes` in all.

    `sample`: addresses and sizes of some of them. `up`: the nodes whose copies can be reached now.
    """
    sampled_bytes = sum(size for _, size in sample)
    of_chunks = chunks / len(sample) if sample else 0.0
    of_bytes = chunk_bytes / sampled_bytes if sampled_bytes else 0.0
    reachable = set(up) - {member.node for member in after.members if not member.listed}
    moved, moved_bytes, at_risk, lost = 0, 0, 0, 0
    placed: dict[NodeId, list[int]] = {
        member.node: [0, 0] for member in before.members if member.stores_chunks and member.listed
    }
    for address, size in sample:
        old, new = holders(address, before), holders(address, after)
        for at, nodes in enumerate((old, new)):
            for node in nodes:
                placed[node][at] += size
        came = len(set(new) - set(old))
        moved, moved_bytes = moved + came, moved_bytes + came * size
        left = len(reachable.intersection(old))
        if left < len(old):
            lost += not left
            at_risk += 0 < left < before.durable_copies()
    return Preview(
        moved_chunks=round(moved * of_chunks),
        moved_bytes=round(moved_bytes * of_bytes),
        usable_before=usable_bytes(before),
        usable_after=usable_bytes(after),
        at_risk_chunks=round(at_risk * of_chunks),
        lost_chunks=round(lost * of_chunks),
        shares=tuple(
            NodeShare(node, round(sizes[0] * of_bytes), round(sizes[1] * of_bytes)) for node, sizes in placed.items()
        ),
    )
