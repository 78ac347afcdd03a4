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


def consequences(view: ClusterView, row: NodeRow) -> Consequences:
    """Of ending the process of `row` now."""
    newest = view.freshest
    if newest is None:
        return Consequences((), False)
    report = newest.report
    lines: list[str] = []
    grave = False
    if row.chunks > 0:
        size = fmt.size(max(row.size_bytes, 0))
        lines.append(f"{fmt.plural(row.chunks, 'chunk')} ({size}) on {row.name} will have a copy less.")
        alone = report.copies_found[1] if len(report.copies_found) > 1 else 0
        if alone:
            grave = True
            verb = "has" if alone == 1 else "have"
            lines.append(
                f"{fmt.plural(alone, 'chunk')} {verb} one copy only: what is on {row.name} cannot be read then."
            )
        elif report.copies_found:
            lines.append("Every chunk has a copy elsewhere: all stays readable.")
    voters = [peer for peer in report.peers if peer.voter and peer.member_state not in ("out", "removed")]
    up = [peer for peer in voters if peer.liveness in ("self", "up") and peer.node != row.node]
    if voters and 2 * len(up) <= len(voters):
        grave = True
        lines.append(f"Only {len(up)} of {len(voters)} voters would be left: nothing can be stored until one is back.")
    moving = sum(not transfer.ended for transfer in view.transfers.values())
    if moving:
        lines.append(f"{fmt.plural(moving, 'transfer')} under way: they go on through other nodes, or say why not.")
    return Consequences(tuple(lines), grave)
