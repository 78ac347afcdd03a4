"""Rows in the order of one column, read off what the column says.

A table is sorted by what is seen: sizes, rates, durations and counts as numbers whatever their unit, words as people
sort them (n2 before n10). What says nothing comes last, both ways round. Ties stay in the order they had.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dfs_tui.view.cells import NOTHING, Row, text_of

_NUMBER = re.compile(r"([0-9][0-9 ]*(?:\.[0-9]+)?) ?([A-Za-z%]*)(?:/s)?")
_NUMBERS = re.compile(rf"(?:{_NUMBER.pattern}\s*)+")
_SIGNS = re.compile(r"^[^\w+-]+")
_DIGITS = re.compile(r"(\d+)")
_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "K": 1 << 10, "M": 1 << 20}
_UNITS |= {"G": 1 << 30, "T": 1 << 40}
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "y": 365 * 86400.0}

Rank = tuple[int, float, tuple[tuple[int, int, str], ...]]


@dataclass(frozen=True, slots=True)
class Ordering:
    """By which column, and whether the other way round; no column: the table's own order."""

    column: str = ""
    reverse: bool = False

    def clicked(self, column: str, *, numbers: bool) -> Ordering:
        """After a click on a heading: by it, then the other way round, then as before all that. Numbers begin large."""
        if column != self.column:
            return Ordering(column, numbers)
        return Ordering(column, not self.reverse) if self.reverse is numbers else Ordering()

    def turned(self) -> Ordering:
        """The other way round."""
        return Ordering(self.column, not self.reverse) if self.column else self

    def arranged(self, ids: Sequence[str], cells: Callable[[str], Row]) -> Sequence[str]:
        """`ids` in this order."""
        if not self.column:
            return ids
        ranks = {name: rank(said_by(cells(name), self.column)) for name in ids}
        known = [name for name in ids if ranks[name][0] < _UNKNOWN]
        blank = [name for name in ids if ranks[name][0] == _UNKNOWN]
        return [*sorted(known, key=ranks.__getitem__, reverse=self.reverse), *blank]


_UNKNOWN = 2


def said_by(row: Row, column: str) -> str:
    """What a row says in a column, in full where the cell is short of room or is a sentence about something else."""
    return text_of(row.get(f"={column}") or row.get(column) or row.get(f">{column}") or NOTHING)


def amount(text: str) -> tuple[float, str] | None:
    """A text that is a number, and the unit of its first part: bytes, seconds, or as it stands; None: it is none."""
    said = _SIGNS.sub("", text.strip())
    if not _NUMBERS.fullmatch(said):
        return None
    found = _NUMBER.findall(said)
    return sum(_value(number, unit) for number, unit in found), found[0][1]


def is_time(unit: str) -> bool:
    """Is it a unit of time?"""
    return unit in _SECONDS


def rank(text: str) -> Rank:
    """What a text is compared by: numbers before words, nothing after both."""
    said = _SIGNS.sub("", text.strip())
    if not said or said == "-":
        return (_UNKNOWN, 0.0, ())
    number = amount(said)
    if number is not None:
        return (0, number[0], ())
    parts = (part for part in _DIGITS.split(said.casefold()) if part)
    return (1, 0.0, tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts))


def _value(number: str, unit: str) -> float:
    return float(number.replace(" ", "")) * (_SECONDS.get(unit) or _UNITS.get(unit) or 1.0)
