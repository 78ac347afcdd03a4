"""What can be told to background workers, by a key, from a menu or as a command, and how that is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dfs_tui.view import format as fmt
from dfs_tui.view.menu import Item

EVERY = "all"
DEEDS = ("pause", "resume", "pace")
PACE_MAX = 1000.0

# Without these, chunks do not come to where they belong.
HEALING = frozenset(("resync", "audit", "rebalance"))

_PACES = (
    ("0", "n", "never rests"),
    ("1", "h", "works half of the time"),
    ("4", "f", "works a fifth of the time"),
    ("20", "t", "works a twentieth of the time"),
    ("100", "u", "works a hundredth of the time"),
)


@dataclass(frozen=True, slots=True)
class WorkerAt:
    """One worker of one node: the link it is told through, what the node is called, and its own name."""

    link: str
    node: str
    worker: str


@dataclass(frozen=True, slots=True)
class WorkerWish:
    """What a command line wants: this of the workers of this name (or all), on this node (empty: on all)."""

    deed: str
    worker: str
    node: str = ""
    pace: float = 0.0


def worker_wish(words: Sequence[str]) -> WorkerWish | str:
    """Read `pause scrub [n3]`, `resume all`, `pace scrub 4 [n3]`; or what is wrong with it."""
    deed, *rest = words
    if deed not in DEEDS:
        return f"Workers can be told to {', '.join(DEEDS)}; not to '{deed}'."
    if not rest:
        return f"{deed} which worker? 'all' is each of them."
    worker, *rest = rest
    pace = 0.0
    if deed == "pace":
        said = rest.pop(0) if rest else ""
        try:
            pace = float(said)
        except ValueError:
            pace = -1.0
        if not 0.0 <= pace <= PACE_MAX:
            return f"A pace is rest divided by work, 0 to {PACE_MAX:g}: 'workers pace {worker} 4'."
    if len(rest) > 1:
        return "Name one node, or none for all of them."
    return WorkerWish(deed, worker, rest[0] if rest else "", pace)


def line_of(wish: WorkerWish) -> str:
    """The command line that wants the same."""
    pace = f" {wish.pace:g}" if wish.deed == "pace" else ""
    return f":workers {wish.deed} {wish.worker}{pace} {wish.node}".rstrip()


def done_words(wish: WorkerWish, chosen: Sequence[WorkerAt]) -> str:
    """What came of it with these workers."""
    names = sorted({at.worker for at in chosen})
    many = len(names) > 1
    who = f"{fmt.listed(names, 'workers')} on {fmt.listed(sorted({at.node for at in chosen}), 'nodes')}"
    if wish.deed == "pace":
        verb, work = ("rest", "they work") if many else ("rests", "it works")
        return f"{who} now {verb} {wish.pace:g} times as long as {work}"
    if wish.deed == "resume":
        return f"{who} {'go' if many else 'goes'} on"
    healing = [name for name in names if name in HEALING]
    said = f"{who} {'are' if many else 'is'} paused, over restarts too"
    return f"{said}; healing needs {'them' if len(healing) > 1 else 'it'}" if healing else said


def worker_items(at: WorkerAt, *, paused: bool, nodes: int) -> list[Item]:
    """All that can be done with the worker of a row, on its node and on all nodes."""
    every = "" if nodes > 1 else "no other node is reached from here"
    return [
        Item("resume" if paused else "pause", "P", "Resume" if paused else "Pause", f"{at.worker} on {at.node}"),
        Item("pace", "W", "Pace", f"how much {at.worker} on {at.node} rests"),
        Item("pause_every", "a", "Pause on all", f"{at.worker}, on {nodes} nodes", every),
        Item("resume_every", "u", "Resume on all", f"{at.worker}, on {nodes} nodes", every),
        Item("pace_every", "e", "Pace on all", f"how much {at.worker} rests, on {nodes} nodes", every),
        Item("scrub", "s", "Scrub now", f"{at.node} re-reads all of its chunks at once"),
        Item("scrub_every", "S", "Scrub on all", f"{nodes} nodes re-read all of their chunks at once", every),
        Item("collect", "c", "Collect now", "free what nothing refers to any more"),
    ]


def pace_items() -> list[Item]:
    """Paces to choose from; `:workers pace` takes any."""
    return [Item(pace, key, pace, text) for pace, key, text in _PACES]
