"""One word for how the cluster is, and the reasons in words: a function of what the audit found and who is there.

    LOST       a chunk that something refers to has no copy, and no node is away that could bring one back
    AT RISK    a chunk has a single copy or none that can be reached, or the log cannot decide
    DEGRADED   a chunk has fewer copies than wanted, a node that stores chunks is away, or the count is not done
    HEALTHY    none of these; copies that are merely moved to where they belong change nothing

The leader judges (`judge_cluster`) and tells all others. What a node makes of it (`as_seen`) adds the one thing that no
leader can tell: that there is none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from dfs_core.model.finding import Finding
from dfs_core.model.ids import BUCKET_COUNT, NodeId
from dfs_core.model.layout import Layout

HEALTHY, DEGRADED, AT_RISK, LOST = "HEALTHY", "DEGRADED", "AT RISK", "LOST"
STATES = (HEALTHY, DEGRADED, AT_RISK, LOST)  # the later, the worse
_SHORT = 12
_NAMES_MAX = 5


@dataclass(slots=True)
class Totals:
    """All findings together."""

    chunks: int = 0
    chunk_bytes: int = 0
    found: dict[int, int] = field(default_factory=dict)  # number of copies → chunks
    under: int = 0
    under_bytes: int = 0
    absent: int = 0
    lost: int = 0
    surplus: int = 0
    unknown: int = 0
    unknown_bytes: int = 0
    left: int = 0  # copies still missing
    left_bytes: int = 0
    uncounted_buckets: int = 0

    def add(self, finding: Finding) -> None:
        """One bucket more."""
        self.chunks += finding.chunks
        self.chunk_bytes += finding.chunk_bytes
        for copies, chunks in finding.found.items():
            self.found[copies] = self.found.get(copies, 0) + chunks
        self.under += finding.under
        self.under_bytes += finding.under_bytes
        self.absent += finding.absent
        self.lost += finding.lost
        self.surplus += finding.surplus
        self.unknown += finding.unknown_chunks
        self.unknown_bytes += finding.unknown_bytes

    def histogram(self) -> list[int]:
        """Chunks by their number of copies: those with none, with one, …; empty when there are no chunks."""
        return [self.found.get(copies, 0) for copies in range(max(self.found) + 1)] if self.found else []


def judge_cluster(
    totals: Totals,
    layout: Layout,
    reachable: Collection[NodeId],
    counting: Collection[NodeId],
    full: Collection[NodeId] = (),
) -> tuple[str, list[str]]:
    """The state, and why, as the leader sees it. `counting`: the nodes whose copies count; `full`: without room."""
    state, reasons = HEALTHY, []
    wanted = layout.wanted_copies()
    nodes = [each for each in layout.members if each.listed and each.role != "operator"]
    out = [each.node for each in nodes if each.state == "out"]
    away = [each for each in nodes if each.node not in reachable and each.state != "out"]
    if away:
        reasons.append(f"{len(away)} of {len(nodes)} nodes cannot be reached: {_names([each.node for each in away])}")
        if any(each.stores_chunks for each in away):
            state = DEGRADED
    if out:
        reasons.append(f"out, and made up for by others: {_names(out)}")
    silent = [each.node for each in nodes if each.stores_chunks and each.node in reachable]
    silent = [node for node in silent if node not in counting and node not in out]
    if totals.uncounted_buckets:
        state = _worse(state, DEGRADED)
        looked = BUCKET_COUNT - totals.uncounted_buckets
        reasons.append(f"copies are being counted: {looked:,} of {BUCKET_COUNT:,} buckets are done")
    elif silent:
        state = _worse(state, DEGRADED)
        reasons.append(f"not told yet what they hold: {_names(silent)}")
    if totals.lost:
        state = LOST
        reasons.append(f"{_chunks(totals.lost)} no copy anywhere: lost, unless a removed disk comes back")
    if totals.absent:
        state = _worse(state, AT_RISK)
        reasons.append(f"{_chunks(totals.absent)} no copy that can be reached; a node that is away may have one")
    for copies in range(1, wanted):
        if totals.found.get(copies):
            state = _worse(state, AT_RISK if copies == 1 else DEGRADED)
            reasons.append(f"{_chunks(totals.found[copies])} {copies} of {wanted} copies")
    if full:
        reasons.append(f"no room left on {_names(full)}: others take what belongs there; free space or add a node")
    placed = len(layout.storing())
    if totals.under and placed < wanted:
        takers = "1 node takes" if placed == 1 else f"{placed} nodes take"
        reasons.append(f"{wanted} copies are wanted and {takers} chunks: add a node")
    return state, reasons


def as_seen(state: str, reasons: list[str], age_s: float, *, leaderless: str) -> tuple[str, list[str]]:
    """What a node shows of the last report, `age_s` old. `leaderless`: why nobody leads; empty when somebody does.

    Without a leader nobody looks after the chunks, so that is the first thing to know.
    """
    if leaderless:
        known = [f"as last counted, {age_s:.0f} s ago: {reason}" for reason in reasons]
        return _worse(state or AT_RISK, AT_RISK), [leaderless, *known]
    if not state:
        return DEGRADED, ["copies are being counted: the leader has not reported yet"]
    return state, reasons


def _worse(one: str, other: str) -> str:
    return max(one, other, key=STATES.index)


def _names(nodes: Collection[NodeId]) -> str:
    names = [str(node)[:_SHORT] for node in nodes]
    more = len(names) - _NAMES_MAX
    return ", ".join(names[:_NAMES_MAX]) + (f" and {more} more" if more > 0 else "")


def _chunks(count: int) -> str:
    return "1 chunk has" if count == 1 else f"{count:,} chunks have"
