"""How a node is, and the cluster as it sees it: what `status`, `peers` and the dashboard show."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.collect_messages import PendingFree
from dfs_core.encoding.health_messages import Repair
from dfs_core.encoding.message import Message

# -- values


class PeerStatus(msgspec.Struct, frozen=True):
    """One member as the answering node sees it. Ids are hex."""

    node: str
    role: str
    zone: str
    member_state: str  # joined | draining | out | removed
    liveness: str  # self | up | suspect | down | unknown
    addresses: list[str]
    voter: bool
    leader: bool
    seen_s: float  # since anything was heard; -1 never
    rtt_ms: float  # -1 unknown
    chunks: int
    bytes: int
    capacity: int
    free: int
    applied: int
    version: str
    up_s: float
    sent_bytes: int = 0  # on the link, since it opened
    received_bytes: int = 0
    error: str = ""  # why there is no link
    unheard_by: list[str] = []  # nodes that are up and do not hear this one, though it is up
    banned_s: float = 0.0  # for how long yet the answering node refuses it, as somebody asked; 0: it does not


class Transfer(msgspec.Struct, frozen=True):
    """One store or retrieve under way or just ended, on the answering node."""

    id: str
    direction: str  # store | retrieve | repair
    key: str
    state: str  # active | done | failed | cancelled
    bytes_done: int  # of a store: safe, on as many nodes as it takes
    bytes_total: int  # -1 unknown (a stream)
    rate: float  # bytes a second over the last seconds
    elapsed_s: float
    copies: dict[str, int] = {}  # node id → chunks acknowledged
    error: str = ""
    bytes_copied: int = 0  # of a store: with all the copies that are wanted


class NodeStatus(Message, frozen=True, tag="node_status"):
    """The answering node and the cluster as it sees it."""

    node: str
    cluster: str
    name: str
    version: str
    state: str  # starting | ready | stopping
    role: str
    listen: str
    advertise: list[str]
    control: str
    data_dir: str
    pid: int
    up_s: float
    health: str  # HEALTHY | DEGRADED | AT RISK | LOST
    reasons: list[str]
    copies: int
    durable_copies: int
    leader: str
    term: int
    commit_index: int
    applied_index: int
    voters: list[str]
    keys: int
    versions: int
    logical_bytes: int
    chunks: int
    bytes: int
    capacity: int
    free: int
    durability: str
    recovery_confirmed: bool
    peers: list[PeerStatus]
    transfers: list[Transfer]
    stored_bytes: int = 0
    served_bytes: int = 0
    resync_length: int = 0
    damaged: int = 0
    secret_epoch: int = 0
    copies_found: list[int] = msgspec.field(default_factory=list)  # chunks by their number of copies
    under_chunks: int = 0  # with fewer copies than wanted
    under_bytes: int = 0
    absent_chunks: int = 0  # without a copy that can be reached, but a node that is away may have one
    lost_chunks: int = 0  # without a copy anywhere
    repair: Repair = Repair()
    pending_free: PendingFree = PendingFree()
    health_age_s: float = -1.0  # since the leader's last report; -1: none was heard
    gaps: list[str] = msgspec.field(default_factory=list)  # which nodes that are up do not hear which, in words
    alarms: list[str] = msgspec.field(default_factory=list)  # what is wrong with this node itself, in words
    repair_bytes_s: int = -1  # what each node may move to repair in a second; 0: all there is; -1: not told


# -- requests


class GetStatus(Message, frozen=True, tag="get_status"):
    reply: ClassVar[type[msgspec.Struct] | None] = NodeStatus


class PeersListed(Message, frozen=True, tag="peers_listed"):
    peers: list[PeerStatus]


class ListPeers(Message, frozen=True, tag="list_peers"):
    reply: ClassVar[type[msgspec.Struct] | None] = PeersListed


STATUS_MESSAGES: tuple[type[Message], ...] = (GetStatus, NodeStatus, ListPeers, PeersListed)
