"""One bucket, as it should be and as it is: which copies are there, which are missing, which too many.

`wanted_of` says from references and layout what each node should hold; where a node's own sum (`bucket.py`) is the one
wanted of it, that is all there is to know. Only of nodes whose sum differs the chunks themselves are needed. `judge`
puts both together.

A copy *counts* when its node can be reached, tells what it holds, and is joined or draining. Copies on nodes that are
away count for nothing, yet nothing is missing from them either: whether others make up for them is decided by *out*.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from dfs_core.model.bucket import EMPTY, BucketSum, half_of
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.placement import holders

_MODULUS = 2**128


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the catalog and the layout ask for in one bucket."""

    chunks: Sequence[tuple[bytes, int]] = ()  # address and bytes, in order
    placed: Sequence[tuple[NodeId, ...]] = ()  # of each, where it belongs
    sums: Mapping[NodeId, BucketSum] = field(default_factory=dict)

    def sum_of(self, node: NodeId) -> BucketSum:
        """What this node's sum is when it holds exactly what it should."""
        return self.sums.get(node, EMPTY)


NOTHING_WANTED = Wanted()


@dataclass(slots=True)
class Lack:
    """Copies that one node should have of a bucket and has not."""

    copies: int = 0
    chunk_bytes: int = 0


@dataclass(slots=True)
class Finding:
    """What was found in one bucket."""

    chunks: int = 0
    chunk_bytes: int = 0
    found: dict[int, int] = field(default_factory=dict)  # number of copies that count → chunks
    under: int = 0  # with fewer copies than wanted
    under_bytes: int = 0
    absent: int = 0  # no copy counts, but a node that does not count may have one
    lost: int = 0  # none counts, and every node does
    short: dict[bytes, int] = field(default_factory=dict)  # those with fewer → how many they have
    lacks: dict[NodeId, Lack] = field(default_factory=dict)
    surplus: int = 0
    unknown: dict[bytes, int] = field(default_factory=dict)  # held, and nothing refers to it → its bytes
    unknown_chunks: int = 0
    unknown_bytes: int = 0
    unknown_on: dict[NodeId, int] = field(default_factory=dict)

    @property
    def is_trivial(self) -> bool:
        """There is nothing here at all."""
        return not self.chunks and not self.unknown


@dataclass(slots=True)
class Advice:
    """What follows from a finding: which nodes should fetch what, and which may let go of what."""

    owed: dict[NodeId, list[tuple[bytes, int]]] = field(default_factory=dict)  # address and copies that count
    released: dict[NodeId, list[bytes]] = field(default_factory=dict)

    @property
    def concerned(self) -> frozenset[NodeId]:
        """Who is to do something."""
        return frozenset({*self.owed, *self.released})


def wanted_of(chunks: Sequence[tuple[bytes, int]], layout: Layout) -> Wanted:
    """Where these chunks of one bucket belong. Costs some 10 µs a chunk: call it in a thread."""
    placed = [holders(address, layout) for address, _ in chunks]
    digests: dict[NodeId, int] = {}
    counts: dict[NodeId, int] = {}
    for (address, _), nodes in zip(chunks, placed, strict=True):
        half = half_of(address)
        for node in nodes:
            digests[node] = digests.get(node, 0) + half
            counts[node] = counts.get(node, 0) + 1
    sums = {node: BucketSum(digest % _MODULUS, counts[node]) for node, digest in digests.items()}
    return Wanted(chunks, placed, sums)


def judge(
    wanted: Wanted,
    layout: Layout,
    counting: Collection[NodeId],
    held: Mapping[NodeId, Mapping[bytes, int]],
    *,
    all_count: bool,
) -> tuple[Finding, Advice]:
    """What is so, and what follows. `held`: the chunks, with their bytes, of each counting node whose sum differed.

    `all_count`: every listed storing node counts, so that what none of them has is nowhere.
    """
    finding, advice = Finding(chunks=len(wanted.chunks)), Advice()
    copies_wanted = layout.wanted_copies()
    differing = sorted(held)
    for (address, size), placed in zip(wanted.chunks, wanted.placed, strict=True):
        finding.chunk_bytes += size
        having = [node for node in placed if node in counting and (address in held[node] if node in held else True)]
        elsewhere = [node for node in differing if address in held[node] and node not in placed]
        copies = len(having) + len(elsewhere)
        finding.found[copies] = finding.found.get(copies, 0) + 1
        if copies < copies_wanted:
            finding.under += 1
            finding.under_bytes += size
            finding.short[address] = copies
        if copies == 0:
            finding.lost += all_count
            finding.absent += not all_count
        elif len(having) < len(placed):
            _note_missing(
                finding, advice, (address, size), copies, [n for n in placed if n in held and n not in having]
            )
        elif len(placed) >= copies_wanted:
            for node in elsewhere:
                advice.released.setdefault(node, []).append(address)
        finding.surplus += len(elsewhere)
    _note_unknown(finding, wanted, held)
    return finding, advice


def _note_missing(
    finding: Finding, advice: Advice, chunk: tuple[bytes, int], copies: int, nodes: Sequence[NodeId]
) -> None:
    address, size = chunk
    for node in nodes:
        lack = finding.lacks.setdefault(node, Lack())
        lack.copies += 1
        lack.chunk_bytes += size
        advice.owed.setdefault(node, []).append((address, copies))


def _note_unknown(finding: Finding, wanted: Wanted, held: Mapping[NodeId, Mapping[bytes, int]]) -> None:
    referenced = {address for address, _ in wanted.chunks} if held else set()
    for node in sorted(held):
        for address, size in held[node].items():
            if address not in referenced:
                finding.unknown[address] = size
                finding.unknown_on[node] = finding.unknown_on.get(node, 0) + 1
    finding.unknown_chunks, finding.unknown_bytes = len(finding.unknown), sum(finding.unknown.values())


def reachable_only_on(
    wanted: Wanted,
    counting: Collection[NodeId],
    held: Mapping[NodeId, Mapping[bytes, int]],
    nodes: Collection[NodeId],
) -> list[Address]:
    """The chunks that no counting node beside `nodes` holds: what would go with these."""
    others = [node for node in sorted(held) if node not in nodes]
    found = []
    for (address, _), placed in zip(wanted.chunks, wanted.placed, strict=True):
        kept = any(node in counting and node not in nodes and node not in held for node in placed)
        if not kept and not any(address in held[node] for node in others):
            found.append(Address(address))
    return found
