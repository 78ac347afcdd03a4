"""The log as rows of a table: how times are told, and a line that is too long on as many rows as it takes.

The first row of a line has the line's number as its id, each further one a `+` and its own number behind it, so that a
cursor on any of them is on that line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Column, Row, Tone, cell
from dfs_tui.view.event_log import LogLine
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.values import Level

Times = Literal["clock", "exact", "ago", "none"]
TIMES: tuple[Times, ...] = ("clock", "exact", "ago", "none")
_TIME_COLUMNS: Mapping[Times, tuple[Column, ...]] = {
    "clock": (Column("time", "TIME", 8),),
    "exact": (Column("time", "TIME", 23),),
    "ago": (Column("time", "AGO", 4, align="right"),),
    "none": (),
}
_COLUMNS = (
    Column("level", "LEVEL", 7, priority=2),
    Column("node", "NODE", 8, priority=1),
    Column("text", "WHAT HAPPENED", 20, flex=1),
)
HOME_LOG_COLUMNS = (Column("time", "TIME", 8), Column("text", "WHAT HAPPENED", 16, flex=1))
# What of the log is looked at by its age: the key of the menu, seconds (0: all), words.
WINDOWS: tuple[tuple[str, float, str], ...] = (
    ("0", 0.0, "everything"),
    ("1", 60.0, "1 minute"),
    ("2", 300.0, "5 minutes"),
    ("3", 900.0, "15 minutes"),
    ("4", 3600.0, "1 hour"),
    ("5", 6 * 3600.0, "6 hours"),
    ("6", 86400.0, "1 day"),
)

LEVEL_TONES: dict[Level, Tone] = {Level.INFO: "dim", Level.WARNING: "warn", Level.ERROR: "bad"}


@dataclass(frozen=True, slots=True)
class LogLook:
    """How lines are shown."""

    times: Times = "clock"
    wrapped: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        return (*_TIME_COLUMNS[self.times], *_COLUMNS)


def window_words(window_s: float) -> str:
    """How far back one looks, in words; nothing when it is all the way."""
    return next((f"last {words}" for _, seconds, words in WINDOWS if seconds == window_s and seconds), "")


class LogRows:
    """The rows of what is visible; the pieces of a line are worked out once a width."""

    def __init__(self) -> None:
        self.ids: Sequence[str] = ()
        self._pieces: dict[str, list[str]] = {}
        self._made_for: tuple[object, ...] = ()
        self._width = 0

    def lay_out(self, lines: Mapping[str, LogLine], visible: Sequence[str], revision: int, width: int) -> None:
        """Rows for texts of `width` cells; 0: one row a line, cut off where it ends."""
        made_for = (id(lines), revision, width)
        if made_for == self._made_for:
            return
        self._made_for = made_for
        if width != self._width or len(self._pieces) > 2 * len(lines):
            self._pieces.clear()
        self._width = width
        if not width:
            self.ids = visible
            return
        ids: list[str] = []
        for name in visible:
            ids.append(name)
            ids += [f"{name}+{number}" for number in range(1, len(self._pieces_of(lines[name])))]
        self.ids = ids

    def cells(self, line: LogLine, row: str, look: LogLook, wall_s: float, glyphs: Glyphs) -> Row:
        """The cells of one row of `line`."""
        if not look.wrapped or line.mark:
            return log_cells(line, glyphs, look.times, wall_s)
        _, further, number = row.partition("+")
        pieces = self._pieces_of(line)
        piece = pieces[int(number)] if further and int(number) < len(pieces) else pieces[0]
        tone = _text_tone(line)
        if further:
            return {"text": cell(piece, tone)}
        return {**log_cells(line, glyphs, look.times, wall_s), "text": cell(piece, tone)}

    def _pieces_of(self, line: LogLine) -> list[str]:
        found = self._pieces.get(line.id)
        if found is None:
            text = fmt.printable(line.text)
            found = self._pieces[line.id] = [text] if line.mark else fold(text, self._width)
        return found


def line_of(row: str) -> str:
    """The number of the line that a row belongs to."""
    return row.partition("+")[0]


def fold(text: str, width: int) -> list[str]:
    """`text` in pieces of at most `width` cells: between words where there is a blank in time, else where it must."""
    width = max(width, 2)
    pieces: list[str] = []
    rest = text
    while cell_len(rest) > width:
        head = set_cell_size(rest, width)
        if not rest.startswith(head):  # half of a wide character: a blank stands for it
            head = head[:-1]
        if rest[len(head)] != " ":
            head = head[: head.rfind(" ")] if head.rfind(" ") > width // 2 else head
        pieces.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return [*pieces, rest] if rest or not pieces else pieces


def log_cells(line: LogLine, glyphs: Glyphs, times: Times = "clock", wall_s: float = 0.0) -> Row:
    """One row of the log."""
    if line.mark:
        rule = glyphs.dash * 3
        first = "level" if times == "none" else "time"
        return {f">{first}": cell(f"{rule} {fmt.printable(line.text)} {glyphs.dash * 40}", "accent")}
    return {
        "time": cell(time_text(line.wall_s, times, wall_s), "dim"),
        "level": cell(line.level, LEVEL_TONES[line.level]),
        "node": cell(fmt.printable(line.node) or glyphs.dot, "dim"),
        "text": cell(fmt.printable(line.text), _text_tone(line)),
    }


def time_text(at_s: float, times: Times, wall_s: float) -> str:
    """When a line was said."""
    match times:
        case "clock":
            return fmt.clock(at_s)
        case "exact":
            return fmt.exact_time(at_s)
        case "ago":
            return fmt.age(wall_s - at_s)
        case "none":
            return ""


def _text_tone(line: LogLine) -> Tone:
    return "" if line.level is Level.INFO else LEVEL_TONES[line.level]


def home_log_cells(line: LogLine, glyphs: Glyphs) -> Row:
    """One row of the short log on the home screen: who and what in one column."""
    row = log_cells(line, glyphs)
    who = f"{fmt.printable(line.node)} " if line.node else ""
    return {"time": row["time"], "text": ((who, "dim"), *row["text"])}
