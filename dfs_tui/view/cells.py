"""Table cells and columns as values: spans of text with a tone, and which columns fit a width.

A tone is a meaning ("good", "bad", "dim"), never a colour: the widgets' style sheet turns tones into colours, so that
themes, NO_COLOR and tests need no other code here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len

from dfs_tui.view.format import clip

Tone = Literal["", "strong", "dim", "good", "warn", "bad", "accent"]
TONES: tuple[Tone, ...] = ("", "strong", "dim", "good", "warn", "bad", "accent")
Span = tuple[str, Tone]
Cell = tuple[Span, ...]

# By column name; a missing name is an empty cell. A name with ">" before it starts at that column and runs on to the
# end of the row: an outcome or a reason is a sentence, and would not fit a column at any width worth having. A name
# with "=" before it is not drawn: it says in full what that column has no room for, to those who filter and sort.
Row = Mapping[str, Cell]

NOTHING: Cell = ()


def cell(text: str, tone: Tone = "") -> Cell:
    """One span."""
    return ((text, tone),)


def text_of(spans: Cell) -> str:
    """What a cell says, without its tones."""
    return "".join(text for text, _ in spans)


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `width` is in cells; with `flex` it is the least, and the column takes what is left over.

    `priority`: 0 is never dropped; the highest goes first when the table gets too narrow.
    """

    name: str
    title: str
    width: int
    align: Literal["left", "right"] = "left"
    flex: int = 0
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """A column with the width it was given."""

    column: Column
    width: int


GAP = 2  # blank cells between columns


def fit(columns: Sequence[Column], width: int) -> tuple[Placed, ...]:
    """The columns that fit into `width` cells, in order, filling it exactly when one of them is flexible.

    Columns are dropped by priority, highest first. A column of priority 0 stays, and may be cut short by the caller.
    """
    kept = list(columns)
    while _needed(kept) > width:
        droppable = [column for column in kept if column.priority > 0]
        if not droppable:
            break
        kept.remove(max(droppable, key=lambda column: column.priority))
    spare = max(width - _needed(kept), 0)
    shares = sum(column.flex for column in kept)
    placed: list[Placed] = []
    for column in kept:
        extra = 0
        if column.flex:
            extra = spare * column.flex // shares
            spare -= extra
            shares -= column.flex
        placed.append(Placed(column, column.width + extra))
    return tuple(placed)


def _needed(columns: Sequence[Column]) -> int:
    return sum(column.width for column in columns) + GAP * max(len(columns) - 1, 0)


def clip_cell(spans: Cell, width: int, ellipsis: str = "…") -> tuple[Cell, int]:
    """`spans` in at most `width` cells, and how many cells they take. A cut is marked by an ellipsis."""
    total = sum(len(text) if text.isascii() else cell_len(text) for text, _ in spans)
    if total <= width:
        return spans, total
    kept: list[Span] = []
    room = width
    for text, tone in spans:
        length = cell_len(text)
        if length <= room - len(ellipsis):
            kept.append((text, tone))
            room -= length
            continue
        cut = clip(text + ellipsis, room, ellipsis)
        kept.append((cut, tone))
        room -= cell_len(cut)
        break
    return tuple(kept), width - room


def wrap_cell(spans: Cell, width: int) -> list[Cell]:
    """`spans` in lines of at most `width` cells, broken at spaces only; what is longer than a line is left as it is."""
    lines: list[list[Span]] = [[]]
    room = width
    for word in _words(spans):
        length = sum(cell_len(text) for text, _ in word)
        last = word[-1][0]
        if lines[-1] and length - (len(last) - len(last.rstrip(" "))) > room:
            lines.append([])
            room = width
        lines[-1] += word
        room -= length
    return [tuple(line) for line in lines]


def _words(spans: Cell) -> Iterator[list[Span]]:
    """What must stay on one line, each with the spaces behind it; a word may have several tones."""
    word: list[Span] = []
    for text, tone in spans:
        for part in re.findall(r"[^ ]* *", text):
            if part:
                word.append((part, tone))
            if part.endswith(" "):
                yield word
                word = []
    if word:
        yield word
