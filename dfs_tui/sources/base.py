"""What the dashboard asks of whatever it looks at, real or generated.

A source tells everything that happens through one function and carries out what the user asks. Its calls end, one way
or another: every call to a node has a deadline. They raise `SourceError` with a text for people, and nothing else that
is expected; the errors of `dfs_core` become `SourceError` inside the sources.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from dfs_tui.view.events import SourceEvent
from dfs_tui.view.plan import ToStore
from dfs_tui.view.values import Collected, KeyFacts, LayoutPreview, NewNode, NodeProposal, Taken, Verified, Version

Emit = Callable[[SourceEvent], None]
Moved = Callable[[int], None]  # bytes of one file that went through so far


class SourceError(Exception):
    """It did not work; the text says why and what to do. `everything`: nor would the next file of the same run."""

    def __init__(self, text: str, *, everything: bool = False) -> None:
        super().__init__(text)
        self.everything = everything


class Clock(Protocol):
    """Where the dashboard's time comes from; tests hand in one that they turn by hand."""

    def now(self) -> float:
        """Monotonic seconds."""
        ...

    def wall(self) -> float:
        """Seconds since 1970."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of `now`."""
        ...


class Source(Protocol):
    """One cluster, as the dashboard sees it."""

    async def watch(self, emit: Emit) -> None:
        """Bring the cluster up if that is this source's business, then tell what happens. Ends only by being cancelled.

        Never raises for a node that is gone: that is an event.
        """
        ...

    def refresh(self) -> None:
        """Ask for everything again, and try at once to reach whoever is not reached."""
        ...

    def stop_trying(self) -> None:
        """Leave whoever is not reached alone until `refresh`."""
        ...

    async def store(self, item: ToStore, moved: Moved) -> None:
        """Store one file. When this returns it is durable on enough nodes. Cancelled: nothing is listed."""
        ...

    async def same_content(self, item: ToStore, version: int, moved: Moved) -> bool:
        """Is the file what this version of its key is? Reads it, unless size and times say so as well.

        False as well when nobody can confirm that the version is stored.
        """
        ...

    async def retrieve(
        self, key: str, path: str, moved: Moved, *, version: int = 0, taken: Taken = Taken.NUMBER
    ) -> str:
        """Write a version of `key` (0: the current one) to `path`; returned is where it is, whole and checked.

        What is there, or comes to be there meanwhile, is numbered around, left (empty: nothing written) or replaced.
        """
        ...

    async def read(self, key: str, version: int) -> bytes:
        """The bytes of a version that is known to be small."""
        ...

    async def inspect(self, key: str, version: int = 0) -> KeyFacts:
        """Everything about a version of `key` (0: the current one), its holders asked just now."""
        ...

    async def history(self, key: str) -> tuple[Version, ...]:
        """The versions of `key` that are kept, newest first, removals among them; also of a key that is removed."""
        ...

    async def restore(self, key: str, version: int) -> int:
        """Make an older version current again, as a new one whose number is returned. 0 undoes a removal."""
        ...

    async def remove(self, keys: Sequence[str]) -> int:
        """Remove these keys; how many there were."""
        ...

    async def verify(self, key: str) -> Verified:
        """Have every copy of each chunk of `key` re-read; what is bad or missing is being replaced afterwards."""
        ...

    async def repair_now(self) -> int:
        """Have the nodes bring copies where they belong at once; how many of them do."""
        ...

    async def limit_repair(self, bytes_s: int) -> None:
        """Let healing move so many bytes a second, 0 as many as it can; it holds for the whole cluster."""
        ...

    async def set_worker(self, link: str, worker: str, deed: str, pace: float = 0.0) -> None:
        """`pause` a worker of the node behind this link, `resume` it or set its `pace`; that holds over restarts."""
        ...

    async def start_scrub(self, link: str) -> None:
        """Have the node behind this link re-read all of its chunks now."""
        ...

    async def collect(self) -> Collected:
        """Free what nothing refers to any more, in the whole cluster."""
        ...

    async def disconnect_peer(self, link: str, node: str) -> None:
        """Have the node behind this link drop its links to `node` (its id); both dial again at once."""
        ...

    async def ban_peer(self, link: str, node: str, for_s: float) -> None:
        """Have the node behind this link refuse `node` and not dial it for so long, or until it starts anew."""
        ...

    async def allow_peer(self, link: str, node: str) -> None:
        """Have the node behind this link let `node` in again."""
        ...

    async def slow_link(self, link: str, node: str, for_s: float) -> None:
        """Have the link from one node to `node` (its id) take long for a while; only a generated cluster can."""
        ...

    async def start_node(self, name: str) -> None:
        """Start a local node that is stopped. Returns when its process runs; reports follow."""
        ...

    async def stop_node(self, name: str) -> None:
        """Stop a local node cleanly."""
        ...

    async def kill_node(self, name: str) -> None:
        """End a local node's process as a crash would (SIGKILL)."""
        ...

    async def freeze_node(self, name: str, for_s: float) -> None:
        """Have a local node stand still for so long (SIGSTOP); returns when it goes on, which it does if cancelled."""
        ...

    async def restart_node(self, name: str) -> None:
        """Stop a local node if it runs, and start it."""
        ...

    async def remove_node(self, name: str, *, force: bool = False) -> None:
        """Take a node off the cluster for ever. Refused if that loses the last copies.

        A local one by its name: its process ends, its folder is deleted; one that was never made is just forgotten.
        Any other one by its id.
        """
        ...

    async def preview_node(self, node: str, state: str) -> LayoutPreview:
        """What it would move and risk if this node (its id) became joined, draining or removed. Nothing is changed."""
        ...

    async def drain_node(self, node: str, *, undo: bool = False) -> None:
        """Move everything off a node, wherever it runs (`node` is its id), or let it be a usual one again."""
        ...

    async def node_log(self, name: str, lines: int) -> tuple[str, ...]:
        """The last lines of a local node's own log."""
        ...

    async def propose_node(self, new: NewNode) -> NodeProposal:
        """What `add_node` would make of it now, and what keeps it from that. Nothing is changed."""
        ...

    async def add_node(self, new: NewNode) -> str:
        """Make, join and start one more local node; its name. One that cannot be made stays in the list, with why."""
        ...

    def nodes_to_stop(self) -> tuple[str, ...]:
        """Names of running nodes that would go on after the dashboard ends and that it may stop."""
        ...

    async def close(self, *, stop_nodes: bool) -> None:
        """Let go of every connection; with `stop_nodes`, stop `nodes_to_stop()` first. May be called twice."""
        ...
