"""How far the cluster is from healthy: chunks by their copies, what is being made, how long it will still take."""

from __future__ import annotations

from collections.abc import Callable

from dfs_tui.view import bars
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Span, Tone
from dfs_tui.view.counts import of_copies
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.values import NodeReport

_BAR = 14
_BAR_SHORT = 8  # where all is said in one line of 80 cells
LIMIT_MIN, LIMIT_MAX = 1 << 20, 1 << 30  # of the steps; slower or faster limits can be set, and are shown


def _stands(_: str) -> int:
    return 0


def histogram(report: NodeReport, glyphs: Glyphs, quiet: Tone, way: Callable[[str], int] = _stands) -> list[Cell]:
    """How many chunks have so many copies; nothing when the leader has not counted yet. `way`: which counts moved."""
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
        arrow: Span = (f" {glyphs.way(way(of_copies(number)))}".rstrip(), "accent")
        lines.append(((f"{name:<10}", "dim"), *drawn, (f" {fmt.count(count)}", quiet if count else "dim"), arrow))
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
    bar = bars.bar(min((total - report.repair.left) / total, 0.999), _BAR_SHORT, glyphs)
    return (*said, ("  ", ""), *bar, (f"  {_pace(report)}", ""))


def _pace(report: NodeReport) -> str:
    repair = report.repair
    parts = [fmt.size(repair.left_bytes)]
    if repair.rate > 0:
        parts.append(fmt.rate(repair.rate))
    if repair.eta_s >= 0:
        parts.append(f"{fmt.duration(repair.eta_s)} to go")
    return ", ".join(parts)


def next_limit(limit: int, step: int, rate: float) -> int:
    """The limit one step slower (-1) or faster (1): powers of two, and above the last of them 0, no limit at all.

    Without a limit, the first step down is below what healing takes now (`rate`), so that it is felt.
    """
    steps = [LIMIT_MIN << number for number in range((LIMIT_MAX // LIMIT_MIN).bit_length())]
    if step > 0:
        return next((each for each in steps if limit > 0 and each > limit), 0)
    bound = limit if limit > 0 else rate if rate > 0 else LIMIT_MAX + 1
    lower = [each for each in steps if each < bound]
    return lower[-1] if lower else limit or LIMIT_MIN


def limit_words(limit: int) -> str:
    """A limit for people."""
    return f"{fmt.rate(limit)} a node" if limit else "none"


def limit_line(limit: int, *, changeable: bool) -> list[Cell]:
    """How fast healing may go, and what changes it; nothing while that is not known."""
    if limit < 0:
        return []
    keys: Cell = (("  [ ]", "accent"), (" change", "dim")) if changeable else ()
    return [(("limit     ", "dim"), (limit_words(limit), ""), *keys)]
