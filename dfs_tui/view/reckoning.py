"""What an incident came to: how many chunks were short, what healing them took, and which healed for free.

All of it is read off what nodes report. A chunk healed *for free* when it has its copies again because a node came
back, and nobody had to make one: by how much fewer chunks are short since then, less the copies that other nodes have
got since then and the chunks that are gone. What clients store meanwhile counts as made, so it is rather too few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dfs_tui.view import format as fmt
from dfs_tui.view.values import NodeReport

SETTLED_S = 3.0  # a count that has not moved for so long can be said


@dataclass(slots=True)
class _Before:
    """The last that was told while a node was away: chunks short, chunks there are, and what each other node held."""

    under: int
    chunks: int
    held: dict[str, int]
    made: int = 0  # copies that the others got since

    def take(self, held: Mapping[str, int]) -> None:
        for node, count in held.items():
            self.made += max(count - self.held.get(node, count), 0)
            self.held[node] = count


@dataclass(slots=True)
class Reckoning:
    """One incident's. `free` counts all nodes that came back so far."""

    worst_under: int = 0
    worst_bytes: int = 0  # that copies to make had, at most; of what is short one copy each at least
    unreadable: int = 0  # chunks at once, at most
    blind: bool = False  # for a while nobody told anything
    slowest: str = ""  # the node that was last to have something to bring
    free: int = 0
    _away: dict[str, _Before] = field(default_factory=dict)  # by node id
    _back: _Before | None = None
    _back_name: str = ""
    _back_free: int = 0
    _free_since: float = 0.0
    _free_said: bool = True

    def observe(self, report: NodeReport, held: Mapping[str, int], away: Iterable[str], now: float) -> None:
        """What the freshest report says, how many chunks each node that is up holds, and which nodes are away."""
        self.worst_under = max(self.worst_under, report.under_chunks)
        # What is left is counted now and then, and most may be made by the first count: what is short is no less.
        self.worst_bytes = max(self.worst_bytes, report.repair.left_bytes, report.under_bytes)
        self.unreadable = max(self.unreadable, report.absent_chunks + report.lost_chunks)
        chunks = sum(report.copies_found)
        for node in away:
            self._away[node] = _Before(report.under_chunks, chunks, dict(held))
        if self._back is None:
            return
        self._back.take(held)
        gone = max(self._back.chunks - chunks, 0)
        found = max(self._back.under - report.under_chunks - gone - self._back.made, 0)
        if found != self._back_free:
            self.free += found - self._back_free
            self._back_free, self._free_since, self._free_said = found, now, False

    def returned(self, node: str, name: str, now: float) -> None:
        """A node is there again: what it holds counts at once."""
        self._back = self._away.pop(node, None)
        if self._back is not None:
            self._back.held.pop(node, None)
        self._back_name, self._back_free, self._free_since, self._free_said = name, 0, now, True

    def bringing(self, waiting: Sequence[tuple[int, str]]) -> None:
        """How much each node still has to bring, by its name."""
        longest = max(waiting, default=(0, ""))
        if longest[0] > 0:
            self.slowest = longest[1]

    def take_free(self, now: float, *, over: bool = False) -> str:
        """What healed for free since a node came back: once, when the count rests or all is over; else nothing."""
        if self._free_said or not self._back_free or (now - self._free_since < SETTLED_S and not over):
            return ""
        self._free_said = True
        return f"{fmt.plural(self._back_free, 'chunk')} healed for free: {self._back_name} still has them"

    def in_the_end(self, took_s: float) -> str:
        """The incident in one line."""
        if not self.worst_under:
            return f"healthy again after {fmt.duration(took_s)}: nothing was short of copies"
        said = [fmt.plural(self.worst_under, "chunk")]
        said += [fmt.size(self.worst_bytes)] if self.worst_bytes else []
        said += [f"{fmt.count(self.free)} for free"] if self.free else []
        said += [f"slowest {self.slowest}"] if self.slowest else []
        if self.unreadable:
            said.append(f"{fmt.count(self.unreadable)} unreadable at worst")
        else:
            said.append("0 seen unreadable" if self.blind else "0 unreadable at any time")
        return f"healed in {fmt.duration(took_s)}: {', '.join(said)}"
