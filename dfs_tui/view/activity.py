"""What this dashboard did, as lines of the command line, with what came of each: to learn from, and to run again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Column, Row, Tone, cell
from dfs_tui.view.events import ActivityBegun, ActivityEnded, ActivityEvent
from dfs_tui.view.glyphs import Glyphs

DEEDS_MAX = 500


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was asked for. `outcome` is empty while it is under way."""

    id: str
    wall_s: float
    line: str
    outcome: str = ""
    failed: bool = False
    took_s: float = 0.0


class Activity:
    """The last DEEDS_MAX deeds, newest first in `ids`."""

    def __init__(self) -> None:
        self.deeds: dict[str, Deed] = {}

    @property
    def ids(self) -> list[str]:
        return list(reversed(self.deeds))

    def came_to(self, line: str, text: str) -> list[ActivityEvent]:
        """What the last deed of this line led to, later on; nothing when it was not done here or did not work."""
        found = next((deed for deed in reversed(self.deeds.values()) if deed.line == line), None)
        if found is None or found.failed or not found.outcome:
            return []
        return [ActivityEnded(found.id, f"{found.outcome.partition(';')[0]}; {text}")]

    def add(self, events: Iterable[ActivityEvent], wall_s: float) -> bool:
        """Take in what happened; True when anything did."""
        changed = False
        for event in events:
            changed = True
            if isinstance(event, ActivityBegun):
                self.deeds[event.id] = Deed(event.id, wall_s, event.line)
                while len(self.deeds) > DEEDS_MAX:
                    del self.deeds[next(iter(self.deeds))]
            elif event.id in self.deeds:
                deed = self.deeds[event.id]
                self.deeds[event.id] = replace(
                    deed, outcome=event.outcome, failed=event.failed, took_s=max(wall_s - deed.wall_s, 0.0)
                )
        return changed


ACTIVITY_COLUMNS = (
    Column("time", "TIME", 8),
    Column("line", "WHAT WAS DONE", 30, flex=3),
    Column("outcome", "WHAT CAME OF IT", 16, flex=2),
)


def activity_cells(deed: Deed, glyphs: Glyphs) -> Row:
    """One row."""
    outcome: Cell = cell(f"{glyphs.starting} under way", "accent")
    if deed.outcome:
        tone: Tone = "bad" if deed.failed else "good"
        sign = glyphs.down if deed.failed else glyphs.done
        outcome = ((f"{sign} ", tone), (fmt.printable(deed.outcome), "bad" if deed.failed else ""))
    return {"time": cell(fmt.clock(deed.wall_s), "dim"), "line": cell(fmt.printable(deed.line)), "outcome": outcome}


def activity_empty() -> list[Cell]:
    """What is said while nothing was done."""
    return [
        cell("Nothing was done here yet.", ""),
        (),
        cell("Whatever you do in the dashboard is listed here,", "dim"),
        cell("as the command line would say it.", "dim"),
    ]
