"""Two versions of a key side by side: size, time, content; and what changed in it, where it is a short text."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Tone, cell
from dfs_tui.view.values import Version

TEXT_BYTES_MAX = 256 << 10  # longer files are not read for their differences
LINES_MAX = 2000


@dataclass(frozen=True, slots=True)
class Comparison:
    """`text` is None where there was nothing to compare line by line; `why` says what kept it."""

    key: str
    old: Version
    new: Version
    text: tuple[str, ...] | None
    why: str = ""

    @property
    def same(self) -> bool:
        """Do both have the same content? Unknown counts as no."""
        return bool(self.old.hash) and self.old.hash == self.new.hash


def compare(key: str, old: Version, before: bytes | None, new: Version, after: bytes | None) -> Comparison:
    """`before` and `after` are None where the bytes were not read."""
    if old.removed or new.removed:
        return Comparison(key, old, new, None, "one of them is a removal: there is nothing to compare")
    if before is None or after is None:
        return Comparison(key, old, new, None, f"longer than {fmt.size(TEXT_BYTES_MAX)}: not compared line by line")
    try:
        old_lines, new_lines = (data.decode("utf-8").splitlines() for data in (before, after))
    except UnicodeDecodeError:
        return Comparison(key, old, new, None, "not text: not compared line by line")
    if any("\0" in line for line in (*old_lines, *new_lines)):
        return Comparison(key, old, new, None, "not text: not compared line by line")
    found = list(difflib.unified_diff(old_lines, new_lines, n=3, lineterm=""))[2:]
    return Comparison(key, old, new, tuple(found[:LINES_MAX]), "" if len(found) <= LINES_MAX else "cut off here")


def comparison_lines(found: Comparison, glyphs_into: str) -> list[Cell]:
    """What a person reads: the facts of both, then the lines that differ."""
    old, new = found.old, found.new
    lines: list[Cell] = [
        _pair("version", [str(old.version), str(new.version)], glyphs_into),
        _pair("stored", [fmt.when(old.stored_s), fmt.when(new.stored_s)], glyphs_into),
        _pair("size", [_size(old), _size(new)], glyphs_into),
        _pair("content", [old.hash[:16], new.hash[:16]], glyphs_into),
        (),
    ]
    if found.same:
        return [*lines, cell("The same content, to the last byte.", "good")]
    change = new.size_bytes - old.size_bytes
    if not (old.removed or new.removed):
        said = f"{fmt.size(abs(change))} {'more' if change > 0 else 'less'}" if change else "the same size"
        lines.append(cell(f"The content differs; {said}.", "warn"))
    if found.why:
        lines.append(cell(found.why, "dim"))
    return [*lines, (), *(_changed(line) for line in found.text)] if found.text is not None else lines


def _pair(name: str, both: Sequence[str], into: str) -> Cell:
    old, new = both
    return ((f"{name:<9}", "dim"), (old, ""), (f"  {into}  ", "dim"), (new, "strong" if old != new else ""))


def _size(version: Version) -> str:
    return "removed" if version.removed else fmt.size(version.size_bytes)


def _changed(line: str) -> Cell:
    tones: dict[str, Tone] = {"+": "good", "-": "bad", "@": "accent"}
    return cell(fmt.printable(line), tones.get(line[:1], ""))
