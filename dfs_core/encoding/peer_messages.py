"""What one node may say to another.

Raft's own messages are defined with the state machine that speaks them (`model.raft_messages`) and join the union in
`messages.py`. Who may send what is the role table of `server/roles.py`.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Done, Message

# -- chunks


class Stored(Message, frozen=True, tag="stored"):
    """The chunk is on this holder's disk. `had`: it was there already."""

    had: bool
    durable: bool = True


class StoreChunk(Message, frozen=True, tag="store_chunk"):
    """Keep a sealed chunk of `size` bytes, which follow on the request's stream.

    `as_of` is a log index: the holder answers only after it has carried out every condemnation up to it (the fence).
    """

    address: bytes
    size: int
    as_of: int = 0
    reply: ClassVar[type[msgspec.Struct] | None] = Stored


class ChunkFollows(Message, frozen=True, tag="chunk_follows"):
    """The chunk's `size` bytes follow on the request's stream."""

    size: int


class FetchChunk(Message, frozen=True, tag="fetch_chunk"):
    """Send me this chunk. Answered by ChunkFollows and its bytes, or Failed(chunk_not_found | chunk_corrupt)."""

    address: bytes
    reply: ClassVar[type[msgspec.Struct] | None] = ChunkFollows


class ChunksHeld(Message, frozen=True, tag="chunks_held"):
    """One byte an asked address, in order: 1 held, 0 not."""

    held: bytes


class AskChunks(Message, frozen=True, tag="ask_chunks"):
    """Which of these chunks do you hold? `addresses` is 32 bytes each, concatenated. `as_of` as in StoreChunk."""

    addresses: bytes
    as_of: int = 0
    reply: ClassVar[type[msgspec.Struct] | None] = ChunksHeld


class ChunkChecked(Message, frozen=True, tag="chunk_checked"):
    """`held`: a good copy is here after the check. `damaged`: a bad one was found and set aside."""

    held: bool
    damaged: bool


class CheckChunk(Message, frozen=True, tag="check_chunk"):
    """A reader got bad bytes or none from you: re-read your copy, set it aside if it is bad, and get a good one."""

    address: bytes
    reply: ClassVar[type[msgspec.Struct] | None] = ChunkChecked


# -- the log


class Proposed(Message, frozen=True, tag="proposed"):
    """The leader has appended the commands at `index` of `term`; they are not committed yet."""

    term: int
    index: int


class Propose(Message, frozen=True, tag="propose"):
    """Append these encoded commands to the log. Failed(not_leader) names the leader, if one is known."""

    commands: list[bytes]
    reply: ClassVar[type[msgspec.Struct] | None] = Proposed


class CommitIndex(Message, frozen=True, tag="commit_index"):
    """All that was acknowledged before the question is at or below `index`."""

    index: int


class ReadIndex(Message, frozen=True, tag="read_index"):
    """How far must I have applied to see every acknowledged write? The leader proves itself before it answers."""

    reply: ClassVar[type[msgspec.Struct] | None] = CommitIndex


# -- members


class MemberRecord(msgspec.Struct, frozen=True):
    """One member as it travels and as the catalog keeps it. `certificate` is DER; `capacity` bytes."""

    node: bytes
    certificate: bytes
    role: str
    zone: str
    capacity: int
    state: str
    addresses: list[str]
    joined_at: int = 0


class MembersKnown(Message, frozen=True, tag="members_known"):
    """The member list as of log index `revision`, with the wanted copies, and who votes as the answerer knows it."""

    revision: int
    copies: int
    members: list[MemberRecord]
    voters: list[bytes] = msgspec.field(default_factory=list)
    generation: int = 0  # of the log, and its id
    generation_id: bytes = b""


class AskMembers(Message, frozen=True, tag="ask_members"):
    """Send the member list if yours is newer than `revision` (else an empty one with your revision)."""

    revision: int
    reply: ClassVar[type[msgspec.Struct] | None] = MembersKnown


class Admitted(Message, frozen=True, tag="admitted"):
    """Welcome. `secrets` is the encoded secret tree for a full node and empty for every other role."""

    cluster: bytes
    role: str
    revision: int
    copies: int
    members: list[MemberRecord]
    secrets: bytes
    generation: int = 0  # of the log, and its id
    generation_id: bytes = b""


class Redeem(Message, frozen=True, tag="redeem"):
    """A joiner hands in an invitation: the one message a stranger may send, over a link pinned to the inviter's key.

    `proof` signs the transcript with the joiner's key (`crypto.invitation`). The same key asking again gets the same
    answer; another key never does.
    """

    secret: bytes
    certificate: bytes
    proof: bytes
    zone: str
    capacity: int
    addresses: list[str]
    reply: ClassVar[type[msgspec.Struct] | None] = Admitted


class ShareAddresses(Message, frozen=True, tag="share_addresses"):
    """Signed address records (`crypto.identity.AddressRecord`), each believed by its own signature alone. One-way."""

    records: list[bytes]


# -- what a node tells about itself

RawId = bytes  # a class with a field called `bytes` must name the type otherwise


class Silence(msgspec.Struct, frozen=True):
    """The reporting node has heard nothing of `node` for so many seconds, or has lost its link to it."""

    node: RawId
    silent_s: float


class Met(msgspec.Struct, frozen=True):
    """Which start of a voter the reporting node has met last."""

    node: RawId
    boot: int
    nonce: bytes


class NodeReport(msgspec.Struct, frozen=True):
    """A node's own figures, told by `server/heartbeat.py` and shown by `status`, `peers` and the dashboard."""

    node: RawId
    boot: int  # raised at every start
    version: str
    started_s: float  # seconds since this process became ready
    role: str
    state: str  # starting | ready | stopping
    applied: int  # log index
    leader: RawId  # empty when none is known
    term: int
    chunks: int
    bytes: int
    capacity: int
    free: int
    stored_bytes: int = 0  # received for storing, since the start
    served_bytes: int = 0  # sent to readers and peers, since the start
    durable: bool = True
    resync_length: int = 0
    damaged: int = 0  # bad copies found since the start
    silences: list[Silence] = []  # members that are not up as the reporting node sees it; the others are
    fence: int = 0  # everything that was condemned up to this log index is carried out here, durably
    snapshot: int = 0  # number of the newest catalog snapshot that it durably keeps a pointer to
    secret_epoch: int = 0  # whose recovery authority it durably knows
    repair_bytes_s: int = 0  # the cluster's settings, as far as a full node has read: vaults keep to them, too
    scrub_ms: int = 0
    log_term: int = 0  # the highest that is durable in its log; 0: it has none
    met: list[Met] = []


class ReportNode(Message, frozen=True, tag="report_node"):
    """One-way heartbeat with the sender's figures."""

    report: NodeReport


PEER_MESSAGES: tuple[type[Message], ...] = (
    Done,
    StoreChunk,
    Stored,
    FetchChunk,
    ChunkFollows,
    AskChunks,
    ChunksHeld,
    CheckChunk,
    ChunkChecked,
    Propose,
    Proposed,
    ReadIndex,
    CommitIndex,
    AskMembers,
    MembersKnown,
    Redeem,
    Admitted,
    ShareAddresses,
    ReportNode,
)
