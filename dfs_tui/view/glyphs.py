"""The few signs that are not letters, in two sets: for any terminal with Unicode, and for those without.

Every sign is one cell wide (no emoji: terminals disagree about their width) and always stands beside a word, so that
nothing is told by shape or colour alone. The widths are checked by a test.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set. `box` says which border style the screens use."""

    up: str
    starting: str
    suspect: str
    down: str
    stopped: str
    leaving: str
    remote: str
    attention: str
    leader: str
    cursor: str
    full: str  # one cell of a progress bar that is done
    rest: str  # and one that is not
    safe: str  # one that has as many copies as it takes, not yet all
    sent: str  # one that has left, no more is known
    copy: str  # one copy that exists
    no_copy: str  # and one that is wanted
    store: str
    retrieve: str
    repair: str
    done: str
    mark: str
    chunk: str  # a cell of the chunk map that is whole
    queued: str
    ellipsis: str
    dash: str
    dot: str
    into: str
    crumb: str
    sort_up: str
    sort_down: str
    rose: str  # beside a count that is larger than a moment ago
    fell: str
    sparks: str  # eight heights, lowest first
    box: str

    def way(self, way: int) -> str:
        """The arrow beside a count that moved, or a blank."""
        return self.rose if way > 0 else self.fell if way < 0 else " "

    @property
    def all_signs(self) -> tuple[str, ...]:
        """Every sign that must be one cell wide."""
        names = (name for name in self.__slots__ if name not in ("box", "ellipsis", "into", "sparks"))
        return tuple(getattr(self, name) for name in names) + tuple(self.sparks)


UNICODE = Glyphs(
    up="●", starting="◌", suspect="◌", down="✖", stopped="○", leaving="◐", remote="◇", attention="▲", leader="★",
    cursor="▸", full="▰", rest="▱", safe="▬", sent="▭", copy="●", no_copy="○",
    store="↑", retrieve="↓", repair="⟳", done="✓",
    mark="✔", chunk="▇", queued="·", ellipsis="…", dash="—", dot="·", into="→",
    crumb="▸", sort_up="▲", sort_down="▼", rose="▲", fell="▼", sparks="▁▂▃▄▅▆▇█", box="round",
)  # fmt: skip

ASCII = Glyphs(
    up="*", starting=":", suspect="?", down="X", stopped="o", leaving="%", remote="@", attention="!", leader="L",
    cursor=">", full="#", rest="-", safe="=", sent=">", copy="#", no_copy=".",
    store="^", retrieve="v", repair="~", done="+",
    mark="*", chunk="#", queued=".", ellipsis="..", dash="-", dot="-", into="->",
    crumb=">", sort_up="^", sort_down="v", rose="+", fell="-", sparks="_.:-=+*#", box="ascii",
)  # fmt: skip
