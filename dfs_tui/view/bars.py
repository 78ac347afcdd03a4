"""Bars, dots and sparks: a number drawn in a few cells."""

from __future__ import annotations

from collections.abc import Sequence

from dfs_tui.view.cells import Cell, Span, Tone
from dfs_tui.view.glyphs import Glyphs


def bar(share: float, width: int, glyphs: Glyphs, tone: Tone = "accent") -> Cell:
    """`share` of `width` cells filled. Something begun shows at least one cell, something unfinished leaves one."""
    share = min(max(share, 0.0), 1.0)
    filled = round(share * width)
    if share > 0:
        filled = max(filled, 1)
    if share < 1:
        filled = min(filled, width - 1)
    return (glyphs.full * filled, tone), (glyphs.rest * (width - filled), "dim")


def layers(shares: Sequence[tuple[float, str, Tone]], width: int, glyphs: Glyphs) -> Cell:
    """Several shares of the same whole over one another, the smallest first; what is drawn is never rounded up.

    Only the last one, as in `bar`, shows a cell as soon as it has begun, and leaves one while it is unfinished.
    """
    outer, sign, tone = shares[-1]
    (filled, _), rest = bar(outer, width, glyphs, tone)
    drawn: list[Span] = []
    at = 0
    for share, mark, its_tone in shares[:-1]:
        upto = min(max(int(share * width), at), len(filled))
        drawn.append((mark * (upto - at), its_tone))
        at = upto
    return (*(span for span in drawn if span[0]), (sign * (len(filled) - at), tone), rest)


def copies(found: int, wanted: int, glyphs: Glyphs) -> Cell:
    """One dot a copy, hollow where one is missing; beyond five it is said in digits. -1 is unknown."""
    if found < 0:
        return ((f"? of {wanted}", "dim"),)
    tone: Tone = "good" if found >= wanted else "bad" if found == 0 else "warn"
    if wanted > 5:
        return ((f"{found}/{wanted}", tone),)
    spans: list[Span] = [(glyphs.copy * min(found, wanted), tone)]
    if found < wanted:
        spans.append((glyphs.no_copy * (wanted - found), tone))
    if found > wanted:
        spans.append((f"+{found - wanted}", "dim"))
    return tuple(spans)


def sparks(values: Sequence[float], width: int, glyphs: Glyphs) -> str:
    """The last `width` values as heights below their own maximum; shorter histories are filled up on the left."""
    shown = list(values)[-width:]
    top = max(shown, default=0.0)
    steps = len(glyphs.sparks)
    drawn = "".join(
        glyphs.sparks[min(int(value / top * steps), steps - 1)] if top > 0 else glyphs.sparks[0] for value in shown
    )
    return glyphs.sparks[0] * (width - len(shown)) + drawn
