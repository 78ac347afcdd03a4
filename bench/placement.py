"""How evenly chunks are placed, and how many copies move when a node comes or goes.

    python -m bench.placement [--chunks 10000000]

For tables of up to 100 nodes of unequal capacity: the worst node's copies ÷ its achievable share, and the copies that
move ÷ the fewest that could. Ten million placements by the real function take a quarter of an hour for 100 nodes, so
they are computed by arrays, and compared with the real function for a thousand addresses of every table first.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from random import Random

import numpy as np
from blake3 import blake3

from dfs_core.limits import GIB
from dfs_core.model.ids import NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member
from dfs_core.model.placement import _candidates, holders
from dfs_core.model.shares import achievable_shares

COPIES = 3
BATCH = 250_000
CHECKED = 1_000
_C1, _C2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_S33 = np.uint64(33)


def layout(capacities: Sequence[int], revision: int) -> Layout:
    """Nodes of these many GiB, each a zone of its own; the same place has the same id in every table."""
    nodes = [NodeId(blake3(b"node %d" % n).digest()) for n in range(len(capacities))]
    members = [
        Member(node, b"", "full", "", c * GIB, "joined", (), 1) for node, c in zip(nodes, capacities, strict=True)
    ]
    return Layout(revision, tuple(members), COPIES)


class Placed:
    """Which nodes hold each of a batch of addresses, by arrays."""

    def __init__(self, made: Layout) -> None:
        candidates, _ = _candidates(made)
        self.nodes = [candidate.node for candidate in candidates]
        self._hashed = np.array([candidate.hashed for candidate in candidates], dtype=np.uint64)
        self._rarity = np.array([candidate.rarity / 2**64 for candidate in candidates])

    def holders(self, seeds: np.ndarray) -> np.ndarray:
        """A row of places in `nodes` for each address, in no order."""
        scores = np.empty((len(seeds), len(self.nodes)))
        for place, (hashed, rarity) in enumerate(zip(self._hashed, self._rarity, strict=True)):
            mixed = seeds ^ hashed
            mixed = (mixed ^ (mixed >> _S33)) * _C1
            mixed = (mixed ^ (mixed >> _S33)) * _C2
            draw = (mixed ^ (mixed >> _S33)).astype(np.float64) + 1.0
            scores[:, place] = (64.0 - np.log2(draw)) * rarity
        return np.argpartition(scores, COPIES - 1, axis=1)[:, :COPIES]

    def check(self, made: Layout) -> None:
        """AssertionError unless the real function agrees."""
        random = Random(1)
        addresses = [random.randbytes(32) for _ in range(CHECKED)]
        seeds = np.array([int.from_bytes(address[:8], "big") for address in addresses], dtype=np.uint64)
        for address, row in zip(addresses, self.holders(seeds), strict=True):
            assert {self.nodes[place] for place in row} == set(holders(address, made))


def measure(capacities: Sequence[int], new: int, chunks: int) -> tuple[float, float, float]:
    """Worst deviation from the achievable share; copies moved ÷ fewest possible when `new` comes, and when it goes."""
    before, after = layout(capacities, 1), layout([*capacities, new], 2)
    one, two = Placed(before), Placed(after)
    one.check(before)
    two.check(after)
    order_one = [[m.node for m in before.members].index(node) for node in one.nodes]
    order_two = [[m.node for m in after.members].index(node) for node in two.nodes]
    to_one, to_two = np.array(order_one), np.array(order_two)
    held = np.zeros(len(capacities) + 1)
    moved = 0
    generator = np.random.default_rng(7)
    for start in range(0, chunks, BATCH):
        seeds = generator.integers(0, 2**64, size=min(BATCH, chunks - start), dtype=np.uint64)
        old, now = to_one[one.holders(seeds)], to_two[two.holders(seeds)]
        held += np.bincount(now.ravel(), minlength=len(held))
        stayed = (now[:, :, None] == old[:, None, :]).any(axis=2).sum()
        moved += now.size - int(stayed)
    then = achievable_shares(capacities, COPIES)
    shares = achievable_shares([*capacities, new], COPIES)
    worst = max(abs(count / chunks / share - 1) for count, share in zip(held, shares, strict=True))
    gains = shares[-1] + sum(max(0.0, s - t) for s, t in zip(shares, then, strict=False))
    losses = sum(max(0.0, t - s) for s, t in zip(shares, then, strict=False))
    # Each copy that is new in one direction is the one that comes back in the other.
    return worst, moved / chunks / gains, moved / chunks / losses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=10_000_000)
    chunks = parser.parse_args().chunks
    random = Random(3)
    tables = {
        "3 equal": [1000] * 3,
        "4 : 2 : 1 : 1": [400, 200, 100, 100],
        "10, 1 to 10": list(range(100, 1100, 100)),
        "30, 1 to 20 at random": [random.randint(100, 2000) for _ in range(30)],
        "100, 1 to 40 at random": [random.randint(100, 4000) for _ in range(100)],
        "100, ninety of 1, ten of 10": [100] * 90 + [1000] * 10,
    }
    print(f"{chunks:,} chunks, {COPIES} copies; one node of mean capacity comes, or goes")
    print(f"{'nodes':30} {'worst node off its share':>26} {'moved ÷ least, coming':>23} {'going':>8} {'s':>6}")
    for name, capacities in tables.items():
        began = time.perf_counter()
        worst, coming, going = measure(capacities, sum(capacities) // len(capacities), chunks)
        took = time.perf_counter() - began
        print(f"{name:30} {worst:>25.2%} {coming:>23.3f} {going:>8.3f} {took:>6.0f}", flush=True)


if __name__ == "__main__":
    main()
