"""The first lines of a small file: as text where it is one, else its bytes in hexadecimal."""

from __future__ import annotations

from collections.abc import Sequence

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell

BYTES_MAX = 16 << 10  # larger ones are not read for a look
LINES_MAX = 12
_PER_LINE = 8


def preview(data: bytes, width: int) -> list[Cell]:
    """At most LINES_MAX lines; what is left out is counted."""
    if not data:
        return [(("PREVIEW ", "accent"), ("the file is empty", "dim"))]
    text = _text(data)
    lines = text.splitlines() if text is not None else _hexadecimal(data)
    shown = [cell(f"  {fmt.clip(fmt.printable(line.expandtabs(4)), max(width - 2, 8))}") for line in lines[:LINES_MAX]]
    more = f"{fmt.plural(len(lines), 'line')}" if len(lines) > LINES_MAX else ""
    said = f"first {LINES_MAX} of {more}" if more else "all of it" if text is not None else "in hexadecimal"
    return [(("PREVIEW ", "accent"), (said, "dim")), *shown]


def _text(data: bytes) -> str | None:
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _hexadecimal(data: bytes) -> Sequence[str]:
    lines = []
    for start in range(0, len(data), _PER_LINE):
        part = data[start : start + _PER_LINE]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(f"{start:04x}  {part.hex(' '):<{_PER_LINE * 3}} {letters}")
    return lines
