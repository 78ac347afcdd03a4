"""Every bound, with its reason. Relations between bounds are asserted at import."""

from __future__ import annotations

KIB, MIB, GIB = 1024, 1024**2, 1024**3

# -- files and chunks
CHUNK_BYTES_DEFAULT = MIB  # large enough that per-chunk costs vanish, small enough for a bounded window
CHUNK_BYTES_MIN = 64 * KIB
CHUNK_BYTES_MAX = 8 * MIB
SEAL_OVERHEAD_BYTES = 16  # the GCM tag; the nonce is fixed and not stored
SEALED_BYTES_MAX = CHUNK_BYTES_MAX + SEAL_OVERHEAD_BYTES
TAIL_BYTES_MIN = 4 * KIB  # the last chunk is padded to at least this
INLINE_BYTES_MAX = 4 * KIB  # files up to this live, sealed, in their version
PAGE_CHUNKS_MAX = 1024  # chunk references in one manifest page: 68 KiB, one Refer
PAGE_SEALED_BYTES_MAX = 128 * KIB  # the sealed part of a page: secrets and lengths of its chunks, with room to grow
HEAD_BYTES_MAX = 16 * KIB  # a sealed manifest head: an inlined file and what is known about it
KEY_BYTES_MAX = 4096
FILE_BYTES_MAX = 64 * 1024 * GIB

# -- what one node keeps
RESERVE_BYTES_MIN = 64 * MIB  # disk space no chunk may take, so that the log can grow and deleting always works
RESERVE_PERCENT = 1  # of the node's capacity, where that is more
RESERVE_FILE_BYTES = 16 * MIB  # room that a full disk gives back: some 10,000 stores' worth of log and catalog
FULL_WAIT_S = 1.0  # between tries to write an entry to a full disk
UPTIME_SAVE_PERIOD_S = 10.0  # how often a node saves how long it has been up; each start counts one period more
RESYNC_BACKOFF_S_MIN = 1.0  # after the first failure of one queued item; doubled by each further one
RESYNC_BACKOFF_S_MAX = 900.0
CONTROL_PATH_BYTES_MAX = 100  # a Unix socket's path has room for 103 bytes (macOS) or 107 (Linux)

# -- replication
COPIES_DEFAULT = 3
COPIES_MAX = 10
VOTERS_MAX = 5
STORE_WINDOW_BYTES = 24 * MIB  # sealed chunks of one store in flight; with R sends sharing one buffer
STORES_WINDOW_BYTES = 64 * MIB  # the same for all stores of a node together
RETRIEVE_WINDOW_BYTES = 16 * MIB  # chunks read ahead of one retrieve
RETRIEVES_WINDOW_BYTES = 64 * MIB
PEERS_WINDOW_BYTES = 64 * MIB  # chunks that a node takes in from its peers or hands out to them
PEER_WINDOW_BYTES = 16 * MIB  # the same for one peer: one that is slow leaves room for the others
ASK_CHUNKS_MAX = 1024  # addresses in one AskChunks
CONFIRM_CHUNKS_MAX = 64  # addresses in one ConfirmChunks: each is re-read from the disk before the answer
OWE_CHUNKS_MAX = 1024  # addresses in one OweChunks or ReleaseChunks
BUCKET_PAGE_MAX = 4096  # chunks in one BucketListed: 144 KiB; a bucket of a node with 16 million has as many

# -- the wire
FRAME_BYTES_MAX = 256 * KIB  # one DATA payload: bulk never holds up a heartbeat for longer
MESSAGE_BYTES_MAX = 8 * MIB  # a log entry with its batch fits
HELLO_BYTES_MAX = 16 * KIB
STREAM_CREDIT_BYTES = 2 * MIB  # initial credit of each stream
REQUESTS_PER_LINK_MAX = 1024  # open requests from one peer
HELLO_TIMEOUT_S = 5.0  # from accept to HELLO: a silent or one-byte-a-second stranger is dropped
FRAME_TIMEOUT_S = 20.0  # from a frame's first byte to its last
PING_INTERVAL_S = 1.0
LINK_SILENT_S = 10.0  # nothing heard for so long, pings included: the link is given up (not before DOWN_AFTER_S)
SEND_QUEUE_BYTES_MAX = 16 * MIB  # messages waiting on one link: beyond it one-way ones are dropped, others wait
DIAL_BACKOFF_S_MIN = 0.2  # a peer that restarts is back soon …
DIAL_BACKOFF_S_MAX = 10.0  # … and one that is away costs a packet every so often
STREAM_STALL_S = 60.0  # a peer's stream that stands still while somebody waits; a person's stdin may rest for ever
STRANGER_MESSAGE_BYTES_MAX = 64 * KIB  # from a joiner, whose one message is far smaller
STRANGER_REQUESTS_MAX = 4
REQUEST_TIMEOUT_S = 10.0  # a request that names no other deadline
LINKS_MAX = 512

# -- the log
ENTRY_BYTES_MAX = 4 * MIB  # one batch of commands
ENTRY_COMMANDS_MAX = 1024
LOG_KEPT_BYTES = 64 * MIB  # of entries behind a cut; a log has twice that at most, and what is not applied
SNAPSHOT_PAGE_BYTES = 2 * MIB  # of a catalog that is sent: a heartbeat never waits long for it
PROPOSALS_PENDING_MAX = 4096  # beyond that a proposer waits
EXPIRE_VERSIONS_MAX = 64  # in one command: each may drop many manifest pages, and applying them holds everything up
CONDEMN_CHUNKS_MAX = 1024  # in one command: every holder deletes them before it says that it has
COMMIT_TIMEOUT_S = 8.0  # a store without a majority fails before the 10 s that a person waits

# -- the control API
LIST_PAGE_MAX = 10_000
EVENTS_PENDING_MAX = 2048  # per watcher; the oldest go first, and the watcher is told how many

# -- the client
CLIENT_BLOCK_BYTES = MIB  # read from or written to a file at once; two blocks a transfer
FILES_IN_FLIGHT = 16  # of one tree: hides the commit's latency without crowding out other clients
CLIENT_REPLY_TIMEOUT_S = 60.0  # from the last byte sent to the answer: the node gives up long before
SETTLE_TIMEOUT_S = 20.0  # how long a client looks for its node again to learn what became of a store

# -- clusters on this machine
NODE_START_TIMEOUT_S = 30.0  # from spawning a node to its readiness line; a loaded machine needs a few seconds
NODE_STOP_TIMEOUT_S = 10.0  # from SIGTERM to SIGKILL
LOCAL_LOCK_TIMEOUT_S = 60.0  # another `up` may take as long as its slowest node
NODE_LOG_BYTES_MAX = 16 * MIB  # then the log begins anew, and the one before is kept

# -- members
ADDRESSES_MAX = 8  # host:port under which one node says it can be reached
HOST_BYTES_MAX = 253  # a DNS name
ZONE_BYTES_MAX = 64
CAPACITY_BYTES_MAX = 2**60  # an exbibyte: a typing mistake, not a disk
CERTIFICATE_BYTES_MAX = 2 * KIB  # ours has about 400 bytes; more is somebody else's
SUSPECT_AFTER_S = 3.0  # three missed pings: reads prefer others
DOWN_AFTER_S = 10.0  # counted as absent; deciding that it is out is the log's business
BAN_S_DEFAULT = 600.0
BAN_S_MAX = 86400.0  # a ban is for trouble that somebody looks at; who is to stay away is removed

# -- invitations
INVITATION_EXPIRES_S_DEFAULT = 3600.0
INVITATION_EXPIRES_S_MAX = 30 * 86400.0
SNAPSHOTS_KEPT = 7  # catalog snapshots whose chunks stay, and pointers to them on each node: a week of days
INVITATIONS_OPEN_MAX = 1000

assert CHUNK_BYTES_MIN <= CHUNK_BYTES_DEFAULT <= CHUNK_BYTES_MAX
assert INLINE_BYTES_MAX <= TAIL_BYTES_MIN, "what is not inlined always makes at least one padded chunk"
assert ENTRY_BYTES_MAX + 64 * KIB <= MESSAGE_BYTES_MAX, "an AppendEntries with one full entry fits a message"
assert HEAD_BYTES_MAX >= 2 * INLINE_BYTES_MAX, "an inlined file fits its head"
assert STREAM_CREDIT_BYTES >= 2 * FRAME_BYTES_MAX, "a sender can fill one frame while another is acknowledged"
assert RESERVE_BYTES_MIN >= 2 * SEALED_BYTES_MAX, "a few chunks written at once cannot eat the reserve"
assert SEND_QUEUE_BYTES_MAX >= 2 * MESSAGE_BYTES_MAX, "one large message does not fill the queue"
assert LINK_SILENT_S >= DOWN_AFTER_S, "a link is not given up before its peer counts as down"
assert STORE_WINDOW_BYTES >= 2 * SEALED_BYTES_MAX, "a store of the largest chunks still overlaps two"
assert PING_INTERVAL_S < SUSPECT_AFTER_S < DOWN_AFTER_S, "one late ping alone makes nobody suspect"
