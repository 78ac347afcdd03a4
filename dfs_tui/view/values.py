"""What the dashboard knows about nodes, keys and transfers, as it was told.

These mirror what a node reports (`dfs_core.client`'s value types) in the dashboard's own words. They are kept apart so
that drawing, testing and the demo need no client, no sockets and no cryptography: `sources.translate` is the one place
where the two meet, and the first picture is on screen before the client is even imported.
Ids are lower-case hex. Times called `_s` are seconds that passed; `wall` ones are seconds since 1970, for people only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class ProcessState(StrEnum):
    """What this machine knows about the process of a local node."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    KILLED = "killed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NewNode:
    """A node that is to be made on this machine. What is empty or 0 is chosen when it is made.

    `invitation`: the line to join with, a secret. `replaces`: the name of a try that failed and whose row goes.
    """

    name: str = ""
    folder: str = ""
    port: int = 0
    capacity_bytes: int = 0
    invitation: str = field(default="", repr=False)
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class NodeProposal:
    """What would be made of a NewNode: all that it leaves open is `chosen`.

    `troubles`: what is wrong with it, by field, in words; `free_bytes`: of its folder's disk, -1 unknown; `root`: the
    cluster's folder where it is not this user's usual one.
    """

    chosen: NewNode
    troubles: Mapping[str, str] = field(default_factory=dict)
    free_bytes: int = -1
    root: str = ""


@dataclass(frozen=True, slots=True)
class LocalNode:
    """A node of the local cluster. `name` is its own (n1, n2 …); `node` is empty until it has an identity.

    `wish`: it could not be made, and this is what it was to be like.
    """

    name: str
    node: str
    state: ProcessState
    pid: int = 0
    listen: str = ""
    error: str = ""  # or the step it is at while it starts
    control: str = ""
    wish: NewNode | None = None


@dataclass(frozen=True, slots=True)
class PeerReport:
    """One member as the reporting node sees it. `seen_s` and `rtt_ms` are -1 when never and unknown."""

    node: str
    liveness: str  # self | up | suspect | down | unknown
    member_state: str = "joined"  # joined | draining | out | removed
    role: str = "full"
    zone: str = ""
    address: str = ""
    voter: bool = True
    leader: bool = False
    seen_s: float = -1.0
    rtt_ms: float = -1.0
    chunks: int = 0
    size_bytes: int = 0
    capacity_bytes: int = 0
    free_bytes: int = 0
    version: str = ""
    up_s: float = 0.0
    sent_bytes: int = 0
    received_bytes: int = 0
    error: str = ""
    banned_s: float = 0.0  # for how long yet the reporting node refuses it; 0: it does not


@dataclass(frozen=True, slots=True)
class RepairReport:
    """Copies that are being brought to where they belong; all zero when none are. `eta_s` is -1 when unknown."""

    total: int = 0
    left: int = 0
    left_bytes: int = 0
    rate: float = 0.0  # bytes a second
    eta_s: float = -1.0


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """One background worker of a node. `oldest_s` and `last_error_s` are -1 when there is none."""

    name: str
    state: str  # busy | resting | idle | paused | stopped
    paused: bool = False
    pace: float = 0.0
    waiting: int = 0
    oldest_s: float = -1.0
    done: int = 0
    rate: float = 0.0
    rate_bytes: float = 0.0
    last_error: str = ""
    last_error_s: float = -1.0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NodeReport:
    """One node about itself and about the cluster as it sees it."""

    node: str
    name: str = ""
    cluster: str = ""
    state: str = "ready"  # starting | ready | stopping
    role: str = "full"
    version: str = ""
    listen: str = ""
    pid: int = 0
    up_s: float = 0.0
    health: str = ""  # HEALTHY | DEGRADED | AT RISK | LOST
    reasons: tuple[str, ...] = ()
    copies: int = 3
    leader: str = ""
    keys: int = 0
    logical_bytes: int = 0
    chunks: int = 0
    size_bytes: int = 0
    capacity_bytes: int = 0
    free_bytes: int = 0
    stored_bytes: int = 0
    served_bytes: int = 0
    damaged: int = 0
    resync_length: int = 0
    recovery_confirmed: bool = True
    copies_found: tuple[int, ...] = ()  # chunks by their number of copies; empty: not counted yet
    under_chunks: int = 0  # with fewer copies than wanted
    under_bytes: int = 0
    absent_chunks: int = 0  # no copy can be reached now, but a node that is away may have one
    lost_chunks: int = 0  # no copy anywhere
    repair: RepairReport = RepairReport()
    repair_limit: int = -1  # bytes a second that each node may take to heal; 0: all there is; -1: not told
    health_age_s: float = -1.0  # since the leader last counted; -1: it has not
    peers: tuple[PeerReport, ...] = ()


def settled(report: NodeReport) -> NodeReport:
    """The report without what is different each time although nothing happened: two that are equal say the same."""
    peers = tuple(
        replace(
            peer,
            seen_s=0.0,
            rtt_ms=0.0,
            up_s=0.0,
            sent_bytes=0,
            received_bytes=0,
            free_bytes=0,
            banned_s=bool(peer.banned_s),
        )
        for peer in report.peers
    )
    return replace(report, up_s=0.0, health_age_s=0.0, free_bytes=0, peers=peers)


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One stored key at its current version. `copies` are its least replicated chunk's; -1 is unknown."""

    key: str
    version: int
    size_bytes: int
    stored_s: float  # wall
    copies: int = -1
    stored_by: str = ""


class Direction(StrEnum):
    """Which way a transfer goes."""

    STORE = "store"
    RETRIEVE = "retrieve"
    REPAIR = "repair"


class TransferState(StrEnum):
    """How far a transfer got. QUEUED, ACTIVE and PAUSED are under way, the rest is over."""

    QUEUED = "queued"
    ACTIVE = "active"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"  # there was a file already, which was to stay


ENDED = frozenset((TransferState.DONE, TransferState.FAILED, TransferState.CANCELLED, TransferState.SKIPPED))


class Taken(StrEnum):
    """What is done about a name that a retrieved file cannot have because there is one already."""

    NUMBER = "number"
    SKIP = "skip"
    OVERWRITE = "overwrite"


@dataclass(frozen=True, slots=True)
class TransferReport:
    """One transfer as the node that carries it out reports it."""

    id: str
    direction: Direction
    key: str
    state: TransferState
    done_bytes: int  # of a store: safe, on as many nodes as it takes
    size_bytes: int  # -1 unknown
    rate: float = 0.0
    elapsed_s: float = 0.0
    copies: Mapping[str, int] = field(default_factory=dict)  # node → chunks acknowledged
    error: str = ""
    copied_bytes: int = 0  # of a store: with all the copies that are wanted


class Level(StrEnum):
    """How much a line of the log matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class DrainReport:
    """A node that everything is being moved off. `left`: chunks that somebody needs and it still has; -1 unknown."""

    node: str
    left: int


@dataclass(frozen=True, slots=True)
class LayoutPreview:
    """What a change of the layout would do; figures are estimates unless `exact`. `refused`: why it cannot be made.

    `shares`: node id, bytes placed on it before and after. `limit_bytes_s`: how fast copies may be moved, 0 as can be.
    `storing_after`: how many nodes store afterwards; -1: not told, so it is worked out from the shares.
    """

    moved_chunks: int
    moved_bytes: int
    usable_before: int
    usable_after: int
    at_risk_chunks: int = 0
    lost_chunks: int = 0
    copies_before: int = 3
    copies_after: int = 3
    shares: tuple[tuple[str, int, int], ...] = ()
    exact: bool = True
    refused: str = ""
    limit_bytes_s: int = 0
    storing_after: int = -1


@dataclass(frozen=True, slots=True)
class Verified:
    """What re-reading every copy of a key's chunks found, in copies; `lost` in chunks that have no good one."""

    chunks: int
    good: int = 0
    damaged: int = 0
    missing: int = 0
    unreachable: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Collected:
    """What is being freed because nothing refers to it; `waiting` chunks may not go yet. `off`: why none may now."""

    chunks: int = 0
    size_bytes: int = 0
    waiting: int = 0
    off: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a key, or its removal."""

    version: int
    size_bytes: int
    stored_s: float  # wall
    stored_by: str = ""  # node id
    removed: bool = False
    hash: str = ""  # of the file, only where it was asked for


@dataclass(frozen=True, slots=True)
class Holding:
    """How many of a version's chunks one node has, and how many the layout wants it to have."""

    node: str
    held: int
    placed: int


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """Everything about one version of a key, its holders asked just now.

    `chunk_copies` is how many copies each chunk has, in the file's order; empty when there are too many to ask for.
    """

    key: str
    current: Version
    chunks: int
    holders: tuple[Holding, ...] = ()
    chunk_copies: tuple[int, ...] = ()
    history: tuple[Version, ...] = ()  # newest first, tombstones included
    stale: bool = False  # told without a majority: there may be a newer version
