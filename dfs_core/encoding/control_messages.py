"""What a client may ask a node, and the events it may watch.

A client is a person's program: it comes through the Unix socket (role `local`, same user) or, as an operator, over
TLS. Times in these messages are `wall_ms` (milliseconds since 1970, for people) or seconds that passed.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.status_messages import GetStatus as GetStatus
from dfs_core.encoding.status_messages import ListPeers as ListPeers
from dfs_core.encoding.status_messages import NodeStatus as NodeStatus
from dfs_core.encoding.status_messages import PeersListed as PeersListed
from dfs_core.encoding.status_messages import PeerStatus as PeerStatus
from dfs_core.encoding.status_messages import Transfer as Transfer

# -- values


class KeyEntry(msgspec.Struct, frozen=True):
    """One key's version as listings show it. `hash` is the file's plain BLAKE3 in hex, only where a detail is asked."""

    key: str
    version: int
    size: int
    mtime_ns: int
    mode: int
    stored_ms: int
    chunks: int
    removed: bool = False
    hash: str = ""
    stored_by: str = ""  # node id, hex
    copies: int = 0  # of its least replicated chunk, as far as known to the answering node; -1 unknown


# -- requests


class FileStored(Message, frozen=True, tag="file_stored"):
    """The version is committed and applied here. `sent_bytes`: sealed bytes that had to be sent or written anew."""

    key: str
    version: int
    size: int
    hash: str
    chunks: int
    new_chunks: int
    sent_bytes: int
    copies: int  # durable copies of its least replicated chunk at the commit


class StoreFile(Message, frozen=True, tag="store_file"):
    """Store the bytes that follow on the stream under `key`. The stream's end says that the file is whole.

    `id`: 16 random bytes drawn by the client; the version id and the command id, so that the outcome can be settled.
    `size` is -1 for a stream of unknown length. `min_copies` 0 means the cluster's W. A reset stream stores nothing.
    """

    key: str
    id: bytes
    size: int
    mtime_ns: int
    mode: int
    min_copies: int = 0
    reply: ClassVar[type[msgspec.Struct] | None] = FileStored


class StoreSettled(Message, frozen=True, tag="store_settled"):
    """`stored` false: it was not and never will be."""

    stored: bool
    version: int = 0


class SettleStore(Message, frozen=True, tag="settle_store"):
    """What became of the store with this id? The answer is for ever."""

    id: bytes
    reply: ClassVar[type[msgspec.Struct] | None] = StoreSettled


class FileFollows(Message, frozen=True, tag="file_follows"):
    """Bytes `start` … `start + length` follow on the stream. `stale`: no leader confirmed the catalog."""

    entry: KeyEntry
    start: int
    length: int
    stale: bool


class RetrieveFile(Message, frozen=True, tag="retrieve_file"):
    """Send a file: by `key` (with `version`, 0 = current) or by `hash` (64 hex digits of its BLAKE3).

    `start`/`end`: a byte range, end exclusive, -1 = to the end.
    """

    key: str = ""
    hash: str = ""
    version: int = 0
    start: int = 0
    end: int = -1
    reply: ClassVar[type[msgspec.Struct] | None] = FileFollows


class KeyPage(Message, frozen=True, tag="key_page"):
    """`entries` sorted by key (by UTF-8 bytes); `after` is where to go on, empty at the end."""

    entries: list[KeyEntry]
    after: str
    stale: bool


class ListKeys(Message, frozen=True, tag="list_keys"):
    """Current keys that start with `prefix`, after `after`, at most `limit`. With `copies`, counts replicas too.

    With `removed`: instead of them those that were removed and are still remembered, each as its tombstone.
    """

    prefix: str = ""
    after: str = ""
    limit: int = 1000
    copies: bool = False
    removed: bool = False
    reply: ClassVar[type[msgspec.Struct] | None] = KeyPage


class ChunkHolders(msgspec.Struct, frozen=True):
    """One chunk of a version and who holds it (hex ids), as each holder just said."""

    address: str
    length: int
    holders: list[str]
    placed: list[str]


class KeyDetail(Message, frozen=True, tag="key_detail"):
    """`holders`: node id → how many of the version's chunks it holds now. `chunks` only when asked for."""

    entry: KeyEntry
    holders: dict[str, int]
    placed: dict[str, int]
    chunks: list[ChunkHolders]
    history: list[KeyEntry]
    stale: bool


class StatKey(Message, frozen=True, tag="stat_key"):
    """Everything about one key. `chunk_list`: name each chunk with its holders."""

    key: str
    version: int = 0
    chunk_list: bool = False
    reply: ClassVar[type[msgspec.Struct] | None] = KeyDetail


class KeysRemoved(Message, frozen=True, tag="keys_removed"):
    removed: list[str]
    missing: list[str]


class RemoveKeys(Message, frozen=True, tag="remove_keys"):
    """Put a tombstone on each key; with `prefix`, each names a folder and everything below it goes.

    With `purge`, nothing of them is kept: neither tombstone nor history, also of keys that were removed before.
    """

    keys: list[str]
    prefix: bool = False
    purge: bool = False
    reply: ClassVar[type[msgspec.Struct] | None] = KeysRemoved


class CopyKey(Message, frozen=True, tag="copy_key"):
    """A new version of `target` with the content of `source`; with `move`, `source` ends in the same step."""

    source: str
    target: str
    move: bool = False
    version: int = 0
    id: bytes = b""
    reply: ClassVar[type[msgspec.Struct] | None] = FileStored


class Invited(Message, frozen=True, tag="invited"):
    line: str
    role: str
    expires_s: float


class Invite(Message, frozen=True, tag="invite"):
    role: str = "full"
    expires_s: float = 3600.0
    addresses: bool = True  # False: a shorter line, for a joiner on the same local network
    reply: ClassVar[type[msgspec.Struct] | None] = Invited


class RemoveMember(Message, frozen=True, tag="remove_member"):
    """Take a node off the member list for ever. Without `force` it is refused while it would lose the last copies."""

    node: str
    force: bool = False
    reply: ClassVar[type[msgspec.Struct] | None] = Done


class CancelTransfer(Message, frozen=True, tag="cancel_transfer"):
    id: str
    reply: ClassVar[type[msgspec.Struct] | None] = Done


class ConfirmRecovery(Message, frozen=True, tag="confirm_recovery"):
    """The user has the recovery sheet in a safe place: `status` stops nagging."""

    reply: ClassVar[type[msgspec.Struct] | None] = Done


# -- watching


class WatchStarted(Message, frozen=True, tag="watch_started"):
    """Events follow as interim messages under the same id, until the client cancels the request."""


class Watch(Message, frozen=True, tag="watch"):
    """Tell me what happens. `interval_s`: how often a StatusReported comes at least (0.1 … 60).

    `quiet_s`: one that would say nothing new is left out until so long after the last; 0: none is left out.
    """

    interval_s: float = 1.0
    quiet_s: float = 0.0
    reply: ClassVar[type[msgspec.Struct] | None] = WatchStarted


class StatusReported(Message, frozen=True, tag="status_reported"):
    status: NodeStatus


class TransferReported(Message, frozen=True, tag="transfer_reported"):
    transfer: Transfer


class KeyChanged(Message, frozen=True, tag="key_changed"):
    """A key got a new current version, or (`entry.removed`) a tombstone."""

    entry: KeyEntry


class PeerConnected(Message, frozen=True, tag="peer_connected"):
    node: str
    address: str


class PeerLost(Message, frozen=True, tag="peer_lost"):
    node: str
    reason: str


class ChunkDamaged(Message, frozen=True, tag="chunk_damaged"):
    """A bad copy was found on `node`; it was set aside and will be replaced."""

    node: str
    address: str
    text: str


class EventRecorded(Message, frozen=True, tag="event_recorded"):
    """A line for the event log. `level`: info, warning or error."""

    wall_ms: int
    level: str
    text: str


class EventsDropped(Message, frozen=True, tag="events_dropped"):
    """This watcher was too slow; so many events were left out. The next StatusReported is whole again."""

    count: int


CONTROL_MESSAGES: tuple[type[Message], ...] = (
    GetStatus,
    NodeStatus,
    StoreFile,
    FileStored,
    SettleStore,
    StoreSettled,
    RetrieveFile,
    FileFollows,
    ListKeys,
    KeyPage,
    StatKey,
    KeyDetail,
    RemoveKeys,
    KeysRemoved,
    CopyKey,
    Invite,
    Invited,
    RemoveMember,
    CancelTransfer,
    ConfirmRecovery,
    ListPeers,
    PeersListed,
    Watch,
    WatchStarted,
    StatusReported,
    TransferReported,
    KeyChanged,
    PeerConnected,
    PeerLost,
    ChunkDamaged,
    EventRecorded,
    EventsDropped,
)
