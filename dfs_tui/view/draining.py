"""Emptying a node: what a change of the layout would move and risk, how far it is, and when the node may go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Tone
from dfs_tui.view.values import DrainReport, LayoutPreview

SETTLED_S = 2.0  # of looking before a remaining time is worth showing
SHARES_MAX = 6
SAFE = "empty: safe to remove"
_LABEL = 9


@dataclass(frozen=True, slots=True)
class Drain:
    """What is left of it now, and what was when it was first looked at. Times are monotonic."""

    left: int
    at: float
    began_left: int
    began_at: float

    @property
    def safe(self) -> bool:
        """Has the others' taking over ended?"""
        return self.left == 0

    @property
    def text(self) -> str:
        """How far it is."""
        if self.left < 0:
            return "what is left is being counted"
        if self.safe:
            return SAFE
        rate = (self.began_left - self.left) / max(self.at - self.began_at, 1e-9)
        left = f"{fmt.plural(self.left, 'chunk')} left"
        if rate <= 0 or self.at - self.began_at < SETTLED_S:
            return left
        return f"{left}, about {fmt.duration(self.left / rate)} ({rate:.3g}/s)"


def observed(before: Mapping[str, Drain], told: Sequence[DrainReport], now: float) -> dict[str, Drain]:
    """What is known of the nodes that are being emptied, after this was told."""
    found: dict[str, Drain] = {}
    for each in told:
        known = before.get(each.node)
        if known is None or known.began_left < each.left:  # more came: it begins anew
            found[each.node] = Drain(each.left, now, each.left, now)
        else:
            found[each.node] = replace(known, left=each.left, at=now)
    return found


def preview_lines(
    found: LayoutPreview, names: Mapping[str, str], seen_bytes_s: float = 0.0, shares_max: int = SHARES_MAX
) -> list[Cell]:
    """What the change would do. `seen_bytes_s`: how fast copies were moved lately; without it there is no estimate.

    `shares_max`: of so many nodes it is said what they would hold.
    """
    about = "" if found.exact else "about "
    moves = f"{about}{fmt.plural(found.moved_chunks, 'copy', 'copies')} of chunks, {fmt.size(found.moved_bytes)}"
    lines = [_fact("moves", moves)]
    rate = found.limit_bytes_s or seen_bytes_s
    if found.moved_bytes and rate > 0:
        at = "at the limit of" if found.limit_bytes_s else "as fast as lately,"
        lines.append(_fact("takes", f"about {fmt.duration(found.moved_bytes / rate)} {at} {fmt.rate(rate)}"))
    if found.copies_after != found.copies_before:
        lines.append(
            _fact("copies", f"{found.copies_after} of each chunk afterwards, {found.copies_before} now", "warn")
        )
    left = found.storing_after if found.storing_after >= 0 else sum(after > 0 for _, _, after in found.shares)
    if 0 < left < found.copies_after:
        few = f"only {left} of each chunk afterwards, {found.copies_after} are wanted: too few nodes"
        lines.append(_fact("copies", few, "warn"))
    lines.append(_fact("fits", f"{fmt.size(found.usable_after)} afterwards, {fmt.size(found.usable_before)} now"))
    if found.at_risk_chunks:
        risk = f"{about}{fmt.plural(found.at_risk_chunks, 'chunk')} with too few copies until they are copied again"
        lines.append(_fact("at risk", risk, "warn"))
    else:
        lines.append(_fact("at risk", "nothing: no chunk has too few copies at any moment", "good"))
    if found.lost_chunks:
        gone = f"{about}{fmt.plural(found.lost_chunks, 'chunk')} would have no copy left"
        lines.append(_fact("lost", gone, "bad"))
    changed = sorted(
        (names.get(node, fmt.short_id(node)), before, after) for node, before, after in found.shares if before != after
    )
    for node, before, after in changed[:shares_max]:
        name = fmt.clip(fmt.printable(node), _LABEL - 1, ".")
        lines.append(_fact(name, f"holds {fmt.size(after)} afterwards, {fmt.size(before)} now", "dim"))
    if 0 < shares_max < len(changed):
        lines.append(_fact("", f"and {fmt.plural(len(changed) - shares_max, 'more node')}", "dim"))
    return lines


def preview_line(name: str, found: LayoutPreview | str) -> Cell:
    """The same of one of several nodes, in a line."""
    shown = fmt.clip(fmt.printable(name), _LABEL - 1, ".")
    if isinstance(found, str):
        return _fact(shown, f"not known: {fmt.printable(found)}", "warn")
    moves = f"moves {fmt.plural(found.moved_chunks, 'copy', 'copies')}, {fmt.size(found.moved_bytes)}"
    if found.lost_chunks:
        return _fact(shown, f"{moves}; {fmt.plural(found.lost_chunks, 'chunk')} would have no copy left", "bad")
    if found.at_risk_chunks:
        return _fact(shown, f"{moves}; {fmt.plural(found.at_risk_chunks, 'chunk')} at risk meanwhile", "warn")
    return _fact(shown, f"{moves}; nothing at risk")


def _fact(name: str, value: str, tone: Tone = "") -> Cell:
    return ((f"{name:<{_LABEL}}", "dim"), (value, tone))
