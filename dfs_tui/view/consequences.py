"""What ending a node would mean, from what is known now: chunks that lose a copy, whether all stays readable, votes."""

from __future__ import annotations

from dataclasses import dataclass

from dfs_tui.view import format as fmt
from dfs_tui.view.cluster import ClusterView
from dfs_tui.view.nodes import NodeRow


@dataclass(frozen=True, slots=True)
class Consequences:
    """`lines` for people. `grave`: something could not be read, or nothing could be stored, until the node is back."""

    lines: tuple[str, ...]
    grave: bool


def consequences(view: ClusterView, *rows: NodeRow) -> Consequences:
    """Of ending the processes of `rows` now."""
    newest = view.freshest
    if newest is None:
        return Consequences((), False)
    report = newest.report
    lines: list[str] = []
    grave = False
    names = fmt.named([row.name for row in rows])
    chunks = sum(max(row.chunks, 0) for row in rows)
    if chunks:
        size = fmt.size(sum(max(row.size_bytes, 0) for row in rows))
        copies = "copies of chunks" if len(rows) > 1 else "chunk" if chunks == 1 else "chunks"
        less = "are out of reach then" if len(rows) > 1 else "will have a copy less"
        lines.append(f"{fmt.count(chunks)} {copies} ({size}) on {names} {less}.")
        alone = sum(report.copies_found[1 : len(rows) + 1])  # all their copies may be on these nodes
        if alone:
            grave = True
            verb = "has" if alone == 1 else "have"
            few = "one copy only" if len(rows) == 1 else f"{len(rows)} copies or fewer"
            what = f"what is on {names}{' only' if len(rows) > 1 else ''}"
            lines.append(f"{fmt.plural(alone, 'chunk')} {verb} {few}: {what} cannot be read then.")
        elif report.copies_found:
            lines.append("Every chunk has a copy elsewhere: all stays readable.")
    voters = [peer for peer in report.peers if peer.voter and peer.member_state not in ("out", "removed")]
    up = [peer for peer in voters if peer.liveness in ("self", "up") and peer.node not in {row.node for row in rows}]
    if voters and 2 * len(up) <= len(voters):
        grave = True
        lines.append(f"Only {len(up)} of {len(voters)} voters would be left: nothing can be stored until one is back.")
    moving = sum(not transfer.ended for transfer in view.transfers.values())
    if moving:
        go = "it goes on through other nodes, or says" if moving == 1 else "they go on through other nodes, or say"
        lines.append(f"{fmt.plural(moving, 'transfer')} under way: {go} why not.")
    return Consequences(tuple(lines), grave)
