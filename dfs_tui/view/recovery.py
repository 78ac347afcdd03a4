"""How far the cluster is from healthy: chunks by their copies, what is being made, how long it will still take."""

from __future__ import annotations

from dfs_tui.view import bars
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Tone
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.values import NodeReport

_BAR = 14


def histogram(report: NodeReport, glyphs: Glyphs, quiet: Tone) -> list[Cell]:
    """How many chunks have so many copies; nothing when the leader has not counted yet."""
    found = report.copies_found
    if not found:
        return []
    total = max(sum(found), 1)
    lines: list[Cell] = []
    for number in range(report.copies, -1, -1):
        count = sum(found[number:]) if number == report.copies else found[number] if number < len(found) else 0
        name = "no copy" if number == 0 else f"{number} {'copy' if number == 1 else 'copies'}"
        tone: Tone = quiet or ("good" if number == report.copies else "bad" if number < 2 else "warn")
        drawn: Cell = bars.bar(count / total, _BAR, glyphs, tone) if count else ((f"{glyphs.dot:<{_BAR}}", "dim"),)
        lines.append(((f"{name:<10}", "dim"), *drawn, (f" {fmt.count(count)}", quiet if count else "dim")))
    return lines


def repair_lines(report: NodeReport, glyphs: Glyphs) -> list[Cell]:
    """The heal bar with its rate and time left; nothing when there is nothing to heal."""
    repair = report.repair
    if not repair.left:
        return []
    total = max(repair.total, repair.left)
    done = total - repair.left
    bar = bars.bar(min(done / total, 0.999), _BAR, glyphs)
    share = fmt.percent(done, total)
    counts = f"{share:>4}  {fmt.count(repair.left)} left"
    return [(("healing   ", "accent"), *bar, (f" {counts}", "")), (("          ", ""), (_pace(report), ""))]


def heal_line(report: NodeReport, glyphs: Glyphs) -> Cell:
    """The same in one line, for screens with no room for more."""
    if not report.under_chunks and not report.repair.left:
        return ()
    said: Cell = ((f"{glyphs.attention} {fmt.plural(report.under_chunks, 'chunk')} short of copies", "warn"),)
    if not report.repair.left:
        return said
    total = max(report.repair.total, report.repair.left)
    bar = bars.bar(min((total - report.repair.left) / total, 0.999), _BAR, glyphs)
    return (*said, ("  ", ""), *bar, (f"  {_pace(report)}", ""))


def _pace(report: NodeReport) -> str:
    repair = report.repair
    parts = [fmt.size(repair.left_bytes)]
    if repair.rate > 0:
        parts.append(fmt.rate(repair.rate))
    if repair.eta_s >= 0:
        parts.append(f"{fmt.duration(repair.eta_s)} to go")
    return ", ".join(parts)
