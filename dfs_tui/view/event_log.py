"""The log: what nodes and the dashboard said happened, newest last, bounded.

Lines are numbered; the number is a line's identity, so that a cursor stays on its line while older ones fall off. What
of it is looked at is chosen by words, level, node and age, and these go together. A mark is a line that somebody put
there to find the place again; nothing but its age hides it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from dfs_tui.view import format as fmt
from dfs_tui.view.events import Noted
from dfs_tui.view.filter import Filter, parted
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
    mark: bool = False


class EventLog:
    """The last LINES_MAX lines. `revision` grows whenever what is visible changed."""

    def __init__(self) -> None:
        self.lines: dict[str, LogLine] = {}
        self.visible: list[str] = []
        self.filter = Filter()
        self.node = ""  # only lines of this one; empty: of all
        self.level = Level.INFO
        self.window_s = 0.0  # only lines that are not older; 0: all
        self.revision = 0
        self._next = 0

    def add(self, notes: Iterable[Noted], wall_s: float) -> bool:
        """Append; True when anything was added."""
        before = self._next
        for note in notes:
            self._append(LogLine(self._number(), note.wall_s or wall_s, note.level, note.node, note.text))
        if self._next == before:
            return False
        self._shorten()
        return True

    def mark(self, wall_s: float) -> None:
        """Put a mark behind the newest line."""
        self._append(LogLine(self._number(), wall_s, Level.INFO, "", f"mark {fmt.clock(wall_s)}", mark=True))
        self._shorten()

    def _number(self) -> str:
        self._next += 1
        return f"{self._next:09}"

    def _append(self, line: LogLine) -> None:
        self.lines[line.id] = line
        if self._matches(line):
            self.visible.append(line.id)

    def _shorten(self) -> None:
        over = len(self.lines) - LINES_MAX
        if over > 0:
            for name in list(self.lines)[:over]:
                del self.lines[name]
            oldest = next(iter(self.lines))
            self.visible = [name for name in self.visible if name >= oldest]
        self.revision += 1

    def show(self, text: str, level: Level) -> None:
        """Show lines that the words of a filter line let through, and that matter as much as `level`."""
        self.filter, self.level = parted(text, _no_comparison)[0], level
        self.visible = [line.id for line in self.lines.values() if self._matches(line)]
        self.revision += 1

    def show_node(self, node: str) -> None:
        """Show only lines of this node; empty: of all."""
        self.node = node
        self.show(self.filter.text, self.level)

    def show_since(self, window_s: float, wall_s: float) -> None:
        """Show only lines of the last `window_s` seconds; 0: all."""
        self.window_s = window_s
        self.show(self.filter.text, self.level)
        self.pass_time(wall_s)

    def pass_time(self, wall_s: float) -> None:
        """Lines that have become too old are not shown any more."""
        if not self.window_s:
            return
        oldest = wall_s - self.window_s
        young = [name for name in self.visible if self.lines[name].wall_s >= oldest]  # clocks differ: any may be old
        if len(young) < len(self.visible):
            self.visible = young
            self.revision += 1

    def line_at(self, wall_s: float) -> str:
        """The number of the first visible line that is not older; else of the last one."""
        later = (name for name in self.visible if self.lines[name].wall_s >= wall_s)
        return next(later, self.visible[-1] if self.visible else "")

    @property
    def text(self) -> str:
        """What is looked at, as lines of a file."""
        return "".join(f"{file_line(self.lines[name])}\n" for name in self.visible)

    @property
    def nodes(self) -> list[str]:
        """Those that have said something, in order."""
        return sorted({line.node for line in self.lines.values()} - {""})

    def latest(self, count: int) -> list[LogLine]:
        """The newest lines whatever the filter is, newest first."""
        return list(islice((line for line in reversed(self.lines.values()) if not line.mark), max(count, 0)))

    def _matches(self, line: LogLine) -> bool:
        if line.mark:
            return True
        if _RANK[line.level] < _RANK[self.level]:
            return False
        if self.node and line.node != self.node:
            return False
        return self.filter.fits(f"{line.node} {line.text}")


def _no_comparison(_: str) -> None:
    """A line of the log is words; its node, level and age are chosen by keys of their own."""


def file_line(line: LogLine) -> str:
    """A line as it is written to a file: everything that is known of it, and nothing a terminal would act upon."""
    if line.mark:
        return f"---- {line.text} ----"
    node = fmt.printable(line.node) or "-"
    return f"{fmt.exact_time(line.wall_s)} {line.level.upper():<7} {node} {fmt.printable(line.text)}"
