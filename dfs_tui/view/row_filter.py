"""The filter line in every table but the keys: what a row says on screen is what is looked at.

The grammar is that of `filter.py`: words, `!without`, `~fuzzy`. What compares names a column by heading or name:
`chunks>3000`, `bytes>=1g`, `up<5m` and `node=n3` compare all of it, `state:down` is a word in that column only. A
column that is dropped on a narrow screen still counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Column, Row, cell
from dfs_tui.view.filter import OPERATORS, Filter, parted, size_of
from dfs_tui.view.ordering import amount, is_time, said_by

Test = Callable[[Row], bool]

_NAMED = re.compile(r"(!?)([a-z]+)(:|<=|>=|<|>|=)(.+)")
_EDGES = re.compile(r"^\W+|\W+$")  # signs beside a word
_TIME = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0, "y": 365 * 86400.0}


_ALL = Filter()


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A parsed line for the rows of one table. The empty one lets everything through."""

    text: str = ""
    words: Filter = _ALL
    tests: tuple[Test, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.tests)

    def passes(self, row: Row) -> bool:
        columns = dict.fromkeys(name.lstrip(">=") for name in row)
        return self.words.fits(" ".join(said_by(row, name) for name in columns)) and all(t(row) for t in self.tests)

    def select(self, ids: Sequence[str], cells: Callable[[str], Row]) -> list[str]:
        """Those rows that are let through, in their order."""
        return [name for name in ids if self.passes(cells(name))]


def parse_rows(text: str, columns: Sequence[Column]) -> RowFilter:
    """Read a filter line for a table with these columns. Total: there is no wrong one."""
    names = {_short(column.title): column.name for column in columns} | {column.name: column.name for column in columns}
    words, tests = parted(text, lambda part: _test(part, names))
    return RowFilter(text.strip(), words, tests)


def example(columns: Sequence[Column]) -> str:
    """What a person may type into the filter line of such a table."""
    numbers = [_short(column.title) for column in columns if column.align == "right"]
    said = "words   !without   ~fzy"
    said += f"   {_short(columns[0].title)}:word" if columns else ""
    return said + (f"   {numbers[0]}>10" if numbers else "")


def nothing_found(noun: str, text: str) -> list[Cell]:
    """What is said when no row is let through."""
    return [
        ((f"No {noun} matches ", ""), (fmt.printable(text), "strong"), (".", "")),
        (),
        cell("esc clears the filter", "dim"),
    ]


def _short(title: str) -> str:
    """The first word of a heading."""
    return next(iter(re.findall(r"[a-z]+", title.casefold())), "")


def _test(part: str, names: dict[str, str]) -> Test | None:
    found = _NAMED.fullmatch(part)
    if found is None or found[2] not in names:
        return None
    column, sign, value = names[found[2]], found[3], found[4]
    inverted = bool(found[1])
    if sign == ":":
        return lambda row: (value not in said_by(row, column).casefold()) is inverted
    if sign == "=" and _bytes(value) is None and not _TIME.fullmatch(value):
        return lambda row: (_EDGES.sub("", said_by(row, column).casefold()) != value) is inverted
    if _bytes(value) is None and not _TIME.fullmatch(value):
        return None
    return lambda row: _compares(said_by(row, column), sign, value) is not inverted


def _compares(said: str, sign: str, value: str) -> bool:
    """Compare in the unit the row has: 5m is minutes beside a duration, and MiB beside a size."""
    found = amount(said)
    if found is None:
        return False
    number, unit = found
    time = _TIME.fullmatch(value)
    if is_time(unit):
        bare = _SECONDS[unit] if unit == "ms" else 1.0
        wanted = float(time[1]) * _SECONDS[time[2]] if time is not None else float(_bytes(value) or 0) * bare
        return OPERATORS[sign](number, wanted)
    size = _bytes(value)
    return size is not None and OPERATORS[sign](number, size)


def _bytes(value: str) -> float | None:
    """A number, or a size in bytes; 0.5 stays a half."""
    try:
        return float(value)
    except ValueError:
        return size_of(value)
