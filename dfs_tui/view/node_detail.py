"""One node in full: its identity, its process, its store, what it says of itself."""

from __future__ import annotations

from dfs_tui.view import bars
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell
from dfs_tui.view.format import wrap
from dfs_tui.view.nodes import EDITS, GONE, STATE_TONES, NodeRow, state_sign
from dfs_tui.view.picture import Picture
from dfs_tui.view.values import NodeReport

_BAR = 24
_WIDTH = 62


def node_detail(row: NodeRow, picture: Picture) -> list[Cell]:
    """Lines of name and value. What is not known is left out rather than shown as nothing."""
    glyphs = picture.glyphs
    report = next((t.report for t in picture.view.reports.values() if t.report.node == row.node), None)
    lines: list[Cell] = [
        (("state     ", "dim"), (f"{state_sign(row.state, glyphs)} {row.state}", STATE_TONES[row.state])),
    ]
    if row.wish is not None:
        why = wrap(row.note.removeprefix(EDITS), _WIDTH)
        lines += [(("          ", ""), (line, "warn")) for line in why]
    elif row.note:
        lines.append((("          ", ""), (fmt.printable(row.note), "good" if row.safe else "warn")))
    lines += _what_next(row) if picture.changeable else []
    lines += _fact("role", f"{row.role}{', leads the log' if row.leader else ''}")
    lines += _fact("address", row.address)
    lines += _fact("node id", row.node)
    if row.pid and row.state not in GONE:
        lines += _fact("process", f"{row.pid}, up for {fmt.duration(row.up_s)}" if row.up_s else str(row.pid))
    lines += _fact("version", row.version)
    if row.capacity_bytes > 0 and row.size_bytes >= 0:
        used = bars.bar(row.size_bytes / row.capacity_bytes, _BAR, glyphs)
        said = f"  {fmt.size(row.size_bytes)} of {fmt.size(row.capacity_bytes)}, {fmt.size(row.free_bytes)} free"
        lines.append((("used      ", "dim"), *used, (said, "")))
    if row.chunks >= 0:
        lines += _fact("chunks", fmt.count(row.chunks))
    return lines + (_own_words(report) if report is not None else [])


def _fact(name: str, value: str) -> list[Cell]:
    return [((f"{name:<10}", "dim"), (fmt.printable(value), ""))] if value else []


def _own_words(report: NodeReport) -> list[Cell]:
    lines = _fact("stored", f"{fmt.size(report.stored_bytes)} taken in since it started")
    lines += _fact("served", f"{fmt.size(report.served_bytes)} handed out since it started")
    if report.resync_length:
        lines += _fact("resync", f"{fmt.plural(report.resync_length, 'chunk')} to check")
    if report.damaged:
        lines.append((("damaged   ", "dim"), (f"{fmt.plural(report.damaged, 'chunk')} set aside", "warn")))
    return lines


def _what_next(row: NodeRow) -> list[Cell]:
    if not row.local:
        return []
    if row.wish is not None:
        edits, forgets = " edits it and tries again, ", " forgets it"
        return [(("          ", ""), ("a", "accent"), (edits, "dim"), ("ctrl+d", "accent"), (forgets, "dim"))]
    if row.state in GONE:
        return [(("          ", ""), ("S", "accent"), (" starts it", "dim"))]
    stops, kills = " stops it cleanly, ", " kills it as a crash would"
    return [(("          ", ""), ("t", "accent"), (stops, "dim"), ("K", "accent"), (kills, "dim"))]
