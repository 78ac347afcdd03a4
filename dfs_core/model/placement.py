"""Which nodes hold a chunk: weighted rendezvous hashing, zones first.

Every node gets a score for every chunk; the lowest scores win. With u uniform in (0, 1] from address and node id, the
score −log2(u) / weight is an exponential variable of rate ∝ weight, so the first place falls to a node with a chance
proportional to its weight. Scores of different nodes are independent: while weights stay, a node that comes or goes
moves only the copies that it gains or gives up (at most one copy of any chunk).

**Weights** are not the capacities themselves but those that make the chance to be among the first R the node's
achievable share (`shares.py`); with equal capacities they are equal. With unequal ones a change of the layout shifts
them all a little, which moves a few more copies than it must (bench/placement.py; docs/decisions/0010-placement.md).

**Zones.** Within its zone a node has a rank by score; nodes are ordered by (rank, score). So the best node of every
zone comes first, then the second best of every zone, and the first R nodes lie in as many zones as there are. A node
without a zone is its own. Taking the best of each zone first is itself a weighted draw among zones, since the lowest
of several exponential scores is exponential with the sum of the rates.

**Equal on every machine.** A disagreement in the last bit of a logarithm would make two nodes disagree for ever about
one chunk's holders. So scores are integers, the logarithm is a table of 1,024 steps, interpolated linearly, itself
computed by integer arithmetic: its error is below 2e-7, far below the sampling noise. Weights are doubles made only by
what is exact everywhere (`shares.py`).

**Zones and shares.** With at least R zones it is the zones that are drawn and get their achievable shares, and within
a zone capacity decides. Zones too small for that are filled alike, because that is what distinct zones mean. With fewer
zones every zone has R ÷ zones copies of each chunk, rounded either way, and its nodes get their shares of those.

Called for each chunk with every node, so the loop is written out and its constants are local.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from dfs_core.limits import MIB
from dfs_core.model.ids import NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member
from dfs_core.model.shares import achievable_shares, draw_weights

_LOG_STEPS = 1024
_LOG_BITS = 40  # fractional bits of a logarithm
_MASK = 2**64 - 1


class _Candidate(NamedTuple):
    hashed: int  # first 8 bytes of the node id
    rarity: int  # the higher, the later its turn comes: 2^128 ÷ weight
    node: NodeId
    zone: int


def ranked(address: bytes, layout: Layout) -> tuple[NodeId, ...]:
    """All storing nodes in the order in which they should hold the chunk.

    The first `layout.wanted_copies()` are its holders, the others stand in for them in this order. Depends on nothing
    but the address and the storing members' ids, zones and capacities. `address` is an Address's 32 bytes.
    """
    candidates, zones = _candidates(layout)
    seed = int.from_bytes(address[:8], "big")
    table = log2_table()
    scored = []
    for hashed, rarity, node, zone in candidates:
        # The finaliser of MurmurHash3: both inputs are uniform already, it only has to undo their common part.
        mixed = seed ^ hashed
        mixed = ((mixed ^ mixed >> 33) * 0xFF51AFD7ED558CCD) & _MASK
        mixed = ((mixed ^ mixed >> 33) * 0xC4CEB9FE1A85EC53) & _MASK
        draw = (mixed ^ mixed >> 33) + 1  # 1 … 2^64
        # −log2(draw / 2^64) with _LOG_BITS fractional bits.
        digits = draw.bit_length()
        normal = draw << (65 - digits)  # 2^64 … 2^65 − 1
        step = normal >> 54 & 1023
        low = table[step]
        log2 = low + ((table[step + 1] - low) * (normal >> 22 & 0xFFFFFFFF) >> 32)
        scored.append(((((65 - digits) << _LOG_BITS) - log2) * rarity, node, zone))
    scored.sort()
    if zones < len(scored):
        seen = [0] * zones
        rounds = []
        for place, (_, _, zone) in enumerate(scored):
            rounds.append((seen[zone], place))
            seen[zone] += 1
        rounds.sort()
        return tuple(scored[place][1] for _, place in rounds)
    return tuple(node for _, node, _ in scored)


def holders(address: bytes, layout: Layout) -> tuple[NodeId, ...]:
    """The nodes that should hold the chunk: R of them, or all storing nodes when there are fewer."""
    return ranked(address, layout)[: layout.wanted_copies()]


@lru_cache(maxsize=16)
def _candidates(layout: Layout) -> tuple[tuple[_Candidate, ...], int]:
    """What the loop needs of each storing node, and the number of zones."""
    zones: dict[tuple[str, bytes], list[Member]] = {}
    for member in sorted(layout.storing(), key=lambda member: member.node):
        zones.setdefault((member.zone, b"" if member.zone else member.node.digest), []).append(member)
    weights = _weights(list(zones.values()), layout.wanted_copies())
    found = [
        _Candidate(int.from_bytes(member.node.digest[:8], "big"), 2**128 // weight, member.node, zone)
        for zone, members in enumerate(zones.values())
        for member, weight in zip(members, weights[zone], strict=True)
    ]
    return tuple(found), len(zones)


def _weights(zones: list[list[Member]], copies: int) -> list[list[int]]:
    """The weight of each member of each zone, at least 1."""
    if len(zones) >= copies:
        of_zones = _draw([sum(map(_size, members)) for members in zones], copies)
        return [
            [max(1, weight * _size(member) // sum(map(_size, members))) for member in members]
            for members, weight in zip(zones, of_zones, strict=True)
        ]
    each = -(-copies // max(1, len(zones)))  # rounded up: how many of its nodes a zone may have to give
    return [
        [weight * sum(map(_size, members)) for weight in _draw([*map(_size, members)], min(each, len(members)))]
        for members in zones  # the copies that do not go round fall to the zones by their capacity
    ]


def _draw(sizes: list[int], draws: int) -> list[int]:
    """Weights for `draws` draws among these sizes. Who must always be drawn is 2^32 times as heavy as anybody else."""
    weights = draw_weights(achievable_shares(sizes, draws), draws)
    return [2**64 if weight is None else max(1, int(weight * 2**32)) for weight in weights]


def _size(member: Member) -> int:
    """Its capacity in a unit in which small differences do not matter."""
    return max(1, member.capacity // MIB)


@cache
def log2_table() -> tuple[int, ...]:
    """log2(1 + i/1024) for i = 0 … 1024 with _LOG_BITS fractional bits, rounded down, bit by bit: x² ≥ 2 gives a 1."""
    precision = 96
    table = []
    for i in range(_LOG_STEPS):
        x, result = ((_LOG_STEPS + i) << precision) // _LOG_STEPS, 0
        for _ in range(_LOG_BITS):
            x = x * x >> precision
            bit = x >> (precision + 1)
            result = result << 1 | bit
            x >>= bit
        table.append(result)
    return (*table, 1 << _LOG_BITS)
