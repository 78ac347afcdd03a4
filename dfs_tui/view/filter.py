"""The filter line: which keys a person wants to see; `row_filter.py` reads the same line for all other tables.

Words are all required, anywhere in the key, in any case: `photos 2024`. `!raw` is what must not be in it, `~phtbch` are
letters in this order with anything between. `size>1g`, `copies<3` and `age<1d` compare, `node:n3` are keys with a copy
on that node. Whatever cannot be read as a comparison is a word: typing never makes an error, only fewer rows.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from dfs_tui.view.values import KeyEntry

_COMPARISON = re.compile(r"(size|copies|age)(<=|>=|<|>|=)(\d+(?:\.\d+)?)([a-z]*)")
_ON_NODE = re.compile(r"node:(\S+)")
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
}
_SIZE_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE_UNITS |= {f"{unit}ib": value for unit, value in _SIZE_UNITS.items() if len(unit) == 1 and unit != "b"}
_AGE_UNITS = {"": 86400.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0, "y": 365 * 86400.0}

_SIZE = re.compile(r"(\d+(?:\.\d+)?)([a-z]*)")


def size_of(text: str) -> int | None:
    """80M, 1.5g or 4096 in bytes; None: it is no size."""
    found = _SIZE.fullmatch(text.strip().casefold().removesuffix("/s"))
    if found is None or found[2] not in _SIZE_UNITS:
        return None
    return int(float(found[1]) * _SIZE_UNITS[found[2]])


Test = Callable[[KeyEntry, float], bool]  # the entry, and wall seconds now
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter line. The empty one matches everything."""

    text: str = ""
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    fuzzy: tuple[re.Pattern[str], ...] = ()
    tests: tuple[Test, ...] = ()
    nodes: tuple[str, ...] = ()  # that must have a copy; whoever knows where keys are looks at this

    def fits(self, said: str) -> bool:
        """Do the words let a text through, whatever is compared besides?"""
        said = said.casefold()
        return (
            all(word in said for word in self.words)
            and not any(word in said for word in self.without)
            and all(pattern.search(said) for pattern in self.fuzzy)
        )

    def matches(self, entry: KeyEntry, wall_s: float) -> bool:
        return self.fits(entry.key) and all(test(entry, wall_s) for test in self.tests)

    @property
    def looks_at_values(self) -> bool:
        """Does it depend on more than names, so that a change of an entry may hide or show it?"""
        return bool(self.tests or self.nodes)

    def narrows(self, wider: Filter) -> bool:
        """Can this one match only what `wider` matches? Sure of it when a person goes on typing plain words."""
        plain = not any(each.without or each.fuzzy or each.tests or each.nodes for each in (self, wider))
        return plain and bool(wider.words) and all(any(old in word for word in self.words) for old in wider.words)

    def select(self, names: Sequence[str], entries: Mapping[str, KeyEntry], wall_s: float) -> list[str]:
        """Those of `names` that match, in their order. Plain words, which is what people type, take the short way."""
        if self.without or self.fuzzy or self.tests:
            return [name for name in names if self.matches(entries[name], wall_s)]
        found = list(names)
        for word in sorted(self.words, key=len, reverse=True):
            found = [name for name in found if word in name or word in name.casefold()]
        return found

    def __bool__(self) -> bool:
        return bool(self.words or self.without or self.fuzzy or self.tests or self.nodes)


def parse(text: str) -> Filter:
    """Read a filter line for keys. Total: there is no wrong one."""
    nodes = [part.partition(":")[2] for part in text.casefold().split() if _ON_NODE.fullmatch(part)]
    words, tests = parted(
        " ".join(part for part in text.split() if not _ON_NODE.fullmatch(part.casefold())), _comparison
    )
    return replace(words, text=text.strip(), tests=tests, nodes=tuple(nodes))


def parted(text: str, comparison: Callable[[str], T | None]) -> tuple[Filter, tuple[T, ...]]:
    """A line as its words, and what `comparison` makes of each of the others."""
    words: list[str] = []
    without: list[str] = []
    fuzzy: list[re.Pattern[str]] = []
    tests: list[T] = []
    for part in text.casefold().split():
        test = comparison(part)
        if test is not None:
            tests.append(test)
        elif part.startswith("!"):
            if part[1:]:
                without.append(part[1:])
        elif part.startswith("~"):
            if part[1:]:
                fuzzy.append(re.compile(".*?".join(re.escape(char) for char in part[1:]), re.DOTALL))
        else:
            words.append(part)
    return Filter(text.strip(), tuple(words), tuple(without), tuple(fuzzy)), tuple(tests)


def _comparison(part: str) -> Test | None:
    found = _COMPARISON.fullmatch(part)
    if found is None:
        return None
    what, sign, number, unit = found.groups()
    compare = OPERATORS[sign]
    value = float(number)
    if what == "size" and unit in _SIZE_UNITS:
        size = value * _SIZE_UNITS[unit]
        return lambda entry, _: compare(entry.size_bytes, size)
    if what == "age" and unit in _AGE_UNITS:
        age_s = value * _AGE_UNITS[unit]
        return lambda entry, wall_s: compare(wall_s - entry.stored_s, age_s)
    if what == "copies" and not unit:
        return lambda entry, _: entry.copies >= 0 and compare(entry.copies, value)
    return None
