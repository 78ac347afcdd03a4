"""The log: what nodes and the dashboard said happened, newest last, bounded.

Lines are numbered; the number is a line's identity, so that a cursor stays on its line while older ones fall off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Column, Row, Tone, cell
from dfs_tui.view.events import Noted
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.values import Level

LINES_MAX = 5000  # a busy hour; more belongs in the node's own log file
_RANK = {Level.INFO: 0, Level.WARNING: 1, Level.ERROR: 2}
LEVELS = (Level.INFO, Level.WARNING, Level.ERROR)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line. `node` is a display name, empty for the dashboard itself."""

    id: str
    wall_s: float
    level: Level
    node: str
    text: str


class EventLog:
    """The last LINES_MAX lines. `revision` grows whenever what is visible changed."""

    def __init__(self) -> None:
        self.lines: dict[str, LogLine] = {}
        self.visible: list[str] = []
        self.words: tuple[str, ...] = ()
        self.node = ""  # only lines of this one; empty: of all
        self.level = Level.INFO
        self.revision = 0
        self._next = 0

    def add(self, notes: Iterable[Noted], wall_s: float) -> bool:
        """Append; True when anything was added."""
        before = self._next
        for note in notes:
            self._next += 1
            line = LogLine(f"{self._next:09}", note.wall_s or wall_s, note.level, note.node, note.text)
            self.lines[line.id] = line
            if self._matches(line):
                self.visible.append(line.id)
        if self._next == before:
            return False
        over = len(self.lines) - LINES_MAX
        if over > 0:
            for name in list(self.lines)[:over]:
                del self.lines[name]
            oldest = next(iter(self.lines))
            self.visible = [name for name in self.visible if name >= oldest]
        self.revision += 1
        return True

    def show(self, text: str, level: Level) -> None:
        """Show lines that have all words of `text`, none of those behind a `!`, and matter as much as `level`."""
        self.words, self.level = tuple(text.casefold().split()), level
        self.visible = [line.id for line in self.lines.values() if self._matches(line)]
        self.revision += 1

    def show_node(self, node: str) -> None:
        """Show only lines of this node; empty: of all."""
        self.node = node
        self.show(" ".join(self.words), self.level)

    @property
    def nodes(self) -> list[str]:
        """Those that have said something, in order."""
        return sorted({line.node for line in self.lines.values()} - {""})

    def latest(self, count: int) -> list[LogLine]:
        """The newest lines whatever the filter is, newest first."""
        return [self.lines[name] for name in reversed(list(self.lines)[-count:])] if count > 0 else []

    def _matches(self, line: LogLine) -> bool:
        if _RANK[line.level] < _RANK[self.level]:
            return False
        if self.node and line.node != self.node:
            return False
        said = f"{line.node} {line.text}".casefold()
        return all((word[1:] not in said) if word[0] == "!" and len(word) > 1 else word in said for word in self.words)


LOG_COLUMNS = (
    Column("time", "TIME", 8),
    Column("level", "LEVEL", 7, priority=2),
    Column("node", "NODE", 8, priority=1),
    Column("text", "WHAT HAPPENED", 20, flex=1),
)
HOME_LOG_COLUMNS = (Column("time", "TIME", 8), Column("text", "WHAT HAPPENED", 16, flex=1))

LEVEL_TONES: dict[Level, Tone] = {Level.INFO: "dim", Level.WARNING: "warn", Level.ERROR: "bad"}


def log_cells(line: LogLine, glyphs: Glyphs) -> Row:
    """One row of the log."""
    tone: Tone = "" if line.level is Level.INFO else LEVEL_TONES[line.level]
    return {
        "time": cell(fmt.clock(line.wall_s), "dim"),
        "level": cell(line.level, LEVEL_TONES[line.level]),
        "node": cell(fmt.printable(line.node) or glyphs.dot, "dim"),
        "text": cell(fmt.printable(line.text), tone),
    }


def home_log_cells(line: LogLine, glyphs: Glyphs) -> Row:
    """One row of the short log on the home screen: who and what in one column."""
    row = log_cells(line, glyphs)
    who = f"{fmt.printable(line.node)} " if line.node else ""
    return {"time": row["time"], "text": ((who, "dim"), *row["text"])}
