"""Throughput over time as a mirrored graph: one curve grows upwards from the middle, the other downwards.

Each cell holds two samples side by side, four steps high (Braille); the ASCII set draws one sample a cell.
"""

from __future__ import annotations

from collections.abc import Sequence

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Tone
from dfs_tui.view.glyphs import Glyphs

_LEFT = (0x40, 0x04, 0x02, 0x01)  # dots of the left column from the bottom up
_RIGHT = (0x80, 0x20, 0x10, 0x08)
_STEPS = 4
_LABEL = 9


def _braille(left: tuple[int, ...], right: tuple[int, ...]) -> list[list[str]]:
    """Each cell by how many steps its left and its right column fill."""
    codes = [[sum(left[:first]) + sum(right[:second]) for second in range(_STEPS + 1)] for first in range(_STEPS + 1)]
    return [[chr(0x2800 + code) if code else " " for code in line] for line in codes]


_UP, _DOWN = _braille(_LEFT, _RIGHT), _braille(_LEFT[::-1], _RIGHT[::-1])


def graph_lines(
    up: Sequence[float], down: Sequence[float], width: int, height: int, glyphs: Glyphs, tones: tuple[Tone, Tone]
) -> list[Cell]:
    """`height` lines of `width` cells. Both halves have the same scale: the larger of their maxima."""
    room = max(width - _LABEL, 4)
    upper = max((height + 1) // 2, 1)
    lower = max(height - upper, 0)
    top = _nice(max(max(up, default=0.0), max(down, default=0.0)))
    lines: list[Cell] = []
    for row in range(upper):
        label = f"{fmt.size_short(int(top))}/s" if row == 0 else ""
        drawn = _row(up, room, upper, upper - 1 - row, top, glyphs, flipped=False)
        lines.append(((f"{label:>{_LABEL - 1}} ", "dim"), (drawn, tones[0])))
    for row in range(lower):
        label = f"{fmt.size_short(int(top))}/s" if row == lower - 1 and lower > 1 else ""
        drawn = _row(down, room, lower, row, top, glyphs, flipped=True)
        lines.append(((f"{label:>{_LABEL - 1}} ", "dim"), (drawn, tones[1])))
    return lines


def _nice(top: float) -> float:
    """The next of 1, 2, 5, 10 … KiB, MiB or GiB: a scale that does not move with every sample."""
    if top <= 0:
        return 1 << 20
    scale = 1.0
    while scale * 1024 <= top:
        scale *= 1024
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1024):
        if step * scale >= top:
            return step * scale
    return top


def _row(values: Sequence[float], room: int, rows: int, row: int, top: float, glyphs: Glyphs, *, flipped: bool) -> str:
    """One line of one half; row 0 is next to the middle."""
    plain = glyphs.box == "ascii"
    per = 1 if plain else 2
    shown = list(values)[-room * per :]
    if not any(shown):
        return " " * room
    shown = [0.0] * (room * per - len(shown)) + shown
    steps = [_filled(value, top, rows, row) for value in shown]
    if plain:
        return "".join(glyphs.full if step * 2 >= _STEPS else " " for step in steps)
    cells = _DOWN if flipped else _UP
    return "".join([cells[steps[at]][steps[at + 1]] for at in range(0, len(steps), 2)])


def _filled(value: float, top: float, rows: int, row: int) -> int:
    """How many of the four steps of this row the value fills. Something that moves shows at least one."""
    if value <= 0:
        return 0
    filled = min(max(round(value / top * rows * _STEPS) - row * _STEPS, 0), _STEPS)
    return max(filled, 1) if row == 0 else filled
