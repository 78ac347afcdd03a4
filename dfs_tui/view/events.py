"""Everything that can change what is on screen. Past participles; `reduce` in `cluster.py` says what each one does.

Key lists and log lines are not in here: they are long, so the bridge hands them to `KeyIndex` and `EventLog` directly.
"""

from __future__ import annotations

from dataclasses import dataclass

from dfs_tui.view.values import (
    Direction,
    DrainReport,
    KeyEntry,
    Level,
    LocalNode,
    NodeReport,
    TransferReport,
    TransferState,
    WorkerReport,
)


@dataclass(frozen=True, slots=True)
class SourceOpened:
    """The dashboard knows what it looks at. `watching`: names of the links it is going to open."""

    label: str
    can_run_nodes: bool  # start, stop, kill and add are possible here
    generated: bool = False  # a demo: nothing here is real
    attached: str = ""  # by which address, socket or folder it is looked at; empty: it is this dashboard's own


@dataclass(frozen=True, slots=True)
class SourceFailed:
    """The source cannot go on by itself. `text` says what to do."""

    text: str


@dataclass(frozen=True, slots=True)
class LocalNodesListed:
    """All nodes of the local cluster, each with the state of its process."""

    nodes: tuple[LocalNode, ...]


@dataclass(frozen=True, slots=True)
class LinkOpened:
    """A control connection was made; a report follows."""

    link: str


@dataclass(frozen=True, slots=True)
class LinkLost:
    """A control connection ended or could not be made; the next try is at `retry_at` (monotonic), below 0: none is.

    `denied`: somebody answers there, and lets this dashboard not in.
    """

    link: str
    reason: str
    retry_at: float
    denied: bool = False


@dataclass(frozen=True, slots=True)
class LinkDropped:
    """This link is no longer wanted: its node was stopped on purpose or taken away."""

    link: str


@dataclass(frozen=True, slots=True)
class NodeReported:
    """A node said how it and its peers are."""

    link: str
    report: NodeReport


@dataclass(frozen=True, slots=True)
class WorkersReported:
    """A node said how its background workers are; those that are not named are as before."""

    link: str
    workers: tuple[WorkerReport, ...]


@dataclass(frozen=True, slots=True)
class DrainsReported:
    """These nodes are being emptied, and no others."""

    drains: tuple[DrainReport, ...]


@dataclass(frozen=True, slots=True)
class RepairLimitAsked:
    """The user wants healing to take so many bytes a second; -1: that did not work, or is not so any more."""

    bytes_s: int


@dataclass(frozen=True, slots=True)
class TransferReported:
    """A node said how a transfer it carries out is going."""

    link: str
    transfer: TransferReport


@dataclass(frozen=True, slots=True)
class TransferQueued:
    """The dashboard was asked to move something."""

    id: str
    direction: Direction
    name: str  # the key, or the common prefix of several
    size_bytes: int
    files: int
    keys: frozenset[str] = frozenset()  # what a node will call parts of it
    place: str = ""  # where it comes from or goes to on this machine


@dataclass(frozen=True, slots=True)
class TransferAdvanced:
    """So many bytes and files of it are through; `stored_bytes` are those of the files that are stored whole."""

    id: str
    done_bytes: int
    files_done: int
    stored_bytes: int = 0


@dataclass(frozen=True, slots=True)
class TransferEnded:
    """It is over. `text` is the reason of a failure; `place` the path that was written."""

    id: str
    state: TransferState
    text: str = ""
    place: str = ""
    path: str = ""  # the same, whole, for programs


@dataclass(frozen=True, slots=True)
class TransferHeld:
    """It was paused, or goes on."""

    id: str
    paused: bool


@dataclass(frozen=True, slots=True)
class TransferPrioritised:
    """It goes before those with a lower priority, and after those with a higher one; 0 is what all begin with."""

    id: str
    priority: int


@dataclass(frozen=True, slots=True)
class FinishedCleared:
    """The user does not want to see ended transfers any more."""


Event = (
    SourceOpened
    | SourceFailed
    | LocalNodesListed
    | LinkOpened
    | LinkLost
    | LinkDropped
    | NodeReported
    | WorkersReported
    | DrainsReported
    | RepairLimitAsked
    | TransferReported
    | TransferQueued
    | TransferAdvanced
    | TransferEnded
    | TransferHeld
    | TransferPrioritised
    | FinishedCleared
)


@dataclass(frozen=True, slots=True)
class KeysRestarted:
    """The list of keys is being read from its beginning."""


@dataclass(frozen=True, slots=True)
class KeysListed:
    """More of the list of keys; `complete` with the last part."""

    entries: tuple[KeyEntry, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class KeyStored:
    """A key has a new current version."""

    entry: KeyEntry


@dataclass(frozen=True, slots=True)
class KeyRemoved:
    """A key has no current version any more. `version` is the tombstone's; 0: whatever it was."""

    key: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class Noted:
    """A line for the log. `node` may be empty: the dashboard itself. `wall_s` 0 means now."""

    level: Level
    text: str
    node: str = ""
    wall_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ActivityBegun:
    """The user asked for something; `line` is what it would be on the command line."""

    id: str
    line: str


@dataclass(frozen=True, slots=True)
class ActivityEnded:
    """This came of it."""

    id: str
    outcome: str
    failed: bool = False


KeyEvent = KeysRestarted | KeysListed | KeyStored | KeyRemoved
ActivityEvent = ActivityBegun | ActivityEnded
SourceEvent = Event | KeyEvent | ActivityEvent | Noted
