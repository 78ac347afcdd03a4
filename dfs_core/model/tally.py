"""Enough durable copies? The count of one chunk's answers, and who stands in for a holder that failed.

Nodes are named in rendezvous order. `take()` hands out whom to ask now: at first as many as copies are wanted, and one
more for each that failed while there are more to ask. The verdict is

    ENOUGH     at least `needed` nodes have the chunk
    FAILED     they never can: those that have it, are being asked, or could still be asked are too few
    UNDECIDED  otherwise

and follows from the counts alone, whatever the order of the answers. ENOUGH does not end the sends under way: what is
still missing of `copies` is resync's business. A late success after a failure (a timeout, mostly) counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from dfs_core.errors import NotEnoughCopies
from dfs_core.model.ids import NodeId


class Verdict(Enum):
    """May the version be committed as far as this chunk goes?"""

    UNDECIDED = "undecided"
    ENOUGH = "enough"
    FAILED = "failed"


class Tally:
    """The answers about one chunk: `copies` are wanted, `needed` of them before the commit."""

    def __init__(self, nodes: Sequence[NodeId], *, copies: int, needed: int) -> None:
        if needed < 1 or copies < 0:
            raise ValueError(f"cannot count {needed} of {copies} copies")
        self._copies, self.needed = max(copies, needed), needed
        self._untried = list(dict.fromkeys(nodes))
        self._asked: set[NodeId] = set()
        self._holding: dict[NodeId, None] = {}  # in the order of success
        self._failures: dict[NodeId, Exception] = {}

    @property
    def verdict(self) -> Verdict:
        """What the answers so far amount to."""
        if len(self._holding) >= self.needed:
            return Verdict.ENOUGH
        if len(self._holding) + len(self._asked) + len(self._untried) < self.needed:
            return Verdict.FAILED
        return Verdict.UNDECIDED

    @property
    def holding(self) -> tuple[NodeId, ...]:
        """The nodes that have the chunk durably."""
        return tuple(self._holding)

    @property
    def asked(self) -> frozenset[NodeId]:
        """The nodes whose answer is outstanding."""
        return frozenset(self._asked)

    @property
    def failures(self) -> Mapping[NodeId, Exception]:
        """Who failed, and why."""
        return self._failures

    @property
    def missing(self) -> int:
        """How many wanted copies there are not yet."""
        return max(0, self._copies - len(self._holding))

    def take(self) -> tuple[NodeId, ...]:
        """The nodes to ask now, best first; each is handed out once. Empty when enough are asked or none is left."""
        count = self._copies - len(self._holding) - len(self._asked)
        taken = self._untried[: max(0, count)]
        del self._untried[: len(taken)]
        self._asked.update(taken)
        return tuple(taken)

    def succeed(self, node: NodeId) -> Verdict:
        """`node` has the chunk durably: it answered so, asked by us or known otherwise. Twice is once."""
        self._forget(node)
        self._holding[node] = None
        return self.verdict

    def fail(self, node: NodeId, error: Exception) -> Verdict:
        """`node` could not take the chunk, or no longer counts (it went out, was removed): a stand-in may be taken."""
        self._forget(node)
        self._failures[node] = error
        return self.verdict

    def error(self) -> NotEnoughCopies:
        """What to tell the caller when the verdict is FAILED."""
        failures = {str(node): str(error) for node, error in self._failures.items()}
        return NotEnoughCopies(self.needed, len(self._holding), failures)

    def _forget(self, node: NodeId) -> None:
        self._asked.discard(node)
        self._holding.pop(node, None)
        self._failures.pop(node, None)
        if node in self._untried:
            self._untried.remove(node)
