"""Is this the member that was met before, or a copy of it, or what it was some time ago?

A voter's promises are on its disk: its votes, and the entries that it has said it holds. A disk that went back (an
image restored, a folder copied) has broken them without knowing it, and a second process on a copied folder makes them
twice. Neither can tell by itself, so the others remember for it: which start of the node they met last, drawn how, and
how far its log was durable. Each start has a higher number than all before it, and no log loses what it had applied.

    lower start number than was met before                        the folder is an older copy: refused
    same number, another nonce                                    two processes on copies of one folder: refused
    higher number, but a shorter log or a lower term than before  the disk went back: refused

Two copies that never meet the same node can both be believed for as long; the nodes tell each other whom they met, so
that this ends when any two of them hear each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dfs_core.model.ids import NodeId

REFUSED = "refused: "  # every reason begins with it; the node that is meant knows itself by it

REMOVED = f"{REFUSED}it was removed from the cluster, and its id never returns; 'dfs-core join' into an empty folder"
_COPY = "Its folder was copied or put back from a backup, and must not be used again"


@dataclass(frozen=True, slots=True)
class Incarnation:
    """One start of a node, and what it had durably at the least."""

    boot: int
    nonce: bytes  # drawn at this start; empty: two were met, and none of them is believed
    term: int = 0
    log_end: int = 0


class Incarnations:
    """What one node remembers of all others. Changes only grow: a reason to refuse stays one until a higher start."""

    def __init__(self, known: Mapping[NodeId, Incarnation]) -> None:
        self._known = dict(known)

    def items(self) -> list[tuple[NodeId, Incarnation]]:
        """All of it, sorted by node."""
        return sorted(self._known.items())

    def get(self, node: NodeId) -> Incarnation | None:
        """What is remembered of a node."""
        return self._known.get(node)

    def meet(self, node: NodeId, met: Incarnation) -> str:
        """Why this start of `node` is not to be believed; empty, and remembered from now on, when it is."""
        known = self._known.get(node)
        reason = "" if known is None else _reason(node, known, met)
        if reason:
            return reason
        # What its HELLO says that its log holds is compared and not remembered: the end of it may not be agreed to yet,
        # and a later leader may cut it off. What it reports to have applied stays.
        before = Incarnation(met.boot, met.nonce) if known is None else known
        self._known[node] = replace(met, term=max(before.term, met.term), log_end=before.log_end)
        return ""

    def progressed(self, node: NodeId, boot: int, term: int, log_end: int) -> None:
        """The start that was met says that it has applied this much. Another start's word counts for nothing."""
        known = self._known.get(node)
        if known is not None and known.boot == boot and known.nonce:
            self._known[node] = replace(known, term=max(known.term, term), log_end=max(known.log_end, log_end))

    def told(self, node: NodeId, boot: int, nonce: bytes) -> bool:
        """Another node has met this start of `node`. True: then the one that was met here is not believed any more."""
        known = self._known.get(node)
        if known is None or boot < known.boot or (boot, nonce) == (known.boot, known.nonce) or not known.nonce:
            return False
        self._known[node] = replace(known, boot=boot, nonce=nonce if boot > known.boot else b"")
        return True


def newest(met: Iterable[tuple[NodeId, Incarnation]], nodes: Iterable[bytes]) -> list[tuple[NodeId, Incarnation]]:
    """Those of `met` that are among `nodes`, without those that nobody believes."""
    wanted = set(nodes)
    return [(node, seen) for node, seen in met if node.digest in wanted and seen.nonce]


def is_for_good(reason: str) -> bool:
    """Whether what was refused for `reason` stays refused, whatever it does: it was removed, or is not the one it was.

    A ban ends by itself, and whoever a forced recovery went on without may still serve people.
    """
    return reason.startswith(REMOVED) or (reason.startswith(REFUSED) and _COPY in reason)


def _reason(node: NodeId, known: Incarnation, met: Incarnation) -> str:
    """Why `met` cannot have come after `known`, as the node itself, its peers and people are told."""
    if met.boot < known.boot:
        what = f"this is start {met.boot} of the node, and start {known.boot} was met before"
    elif met.boot == known.boot and met.nonce != known.nonce:
        what = f"another process has run as start {met.boot} of the node"
    elif met.boot > known.boot and (met.term, met.log_end) != (
        max(met.term, known.term),
        max(met.log_end, known.log_end),
    ):
        what = (
            f"its log ends at {met.log_end} in term {met.term}, and was durable up to {known.log_end}"
            f" in term {known.term} before"
        )
    else:
        return ""
    return (
        f"{REFUSED}{what}. {_COPY}: stop it, 'dfs-core remove {node.short} --force' on another node,"
        " then 'dfs-core join' into an empty folder"
    )
