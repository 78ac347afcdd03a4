"""Every error a caller of dfs may meet, as one tree.

    DfsError                    code          who can act, and when
    ├── ConfigError             config        the operator, in the file; the message names file and key
    ├── InvalidInput            invalid       the caller: a malformed key, range, address or option
    ├── NotFound                not_found     the caller
    │   ├── KeyNotFound
    │   ├── VersionNotFound
    │   └── ChunkNotFound                     every holder answered "no": the data is lost or not yet written
    ├── IntegrityError          integrity     never retry the same bytes; another replica may do
    │   ├── ChunkCorrupt                      bytes do not hash to their address
    │   ├── SealBroken                        right address, wrong secret or tag
    │   └── FileChanged                       the file was changed while it was read
    ├── ProtocolError           protocol
    │   ├── LocalProtocolError                we broke it: a bug
    │   ├── RemoteProtocolError               the peer broke it: the link is dropped
    │   └── HelloRefused        hello_refused the two ends cannot talk: versions, codecs, clusters, limits
    ├── PeerError               peer          elsewhere, now; carries node and reason
    │   ├── PeerUnreachable
    │   │   └── NotAdmitted     not_admitted  whoever runs that cluster: it answered, and does not know who asks
    │   ├── PeerTimeout
    │   └── PeerRefused                       it answered Failed(code, text)
    ├── NotAllowed              not_allowed   the role table says no
    ├── NotEnoughCopies         copies        later, or elsewhere; carries needed, reached, failures by node
    ├── NoMajority              majority      later: the log cannot decide; carries who is missing
    ├── NotLeader               not_leader    ask the named leader
    ├── OutcomeUnknown          unknown       settle it: an entry answers for ever
    ├── Refused                 refused       applying the command said no, with the reason
    │   └── ChunksCondemned     condemned     store again: what holders had may be gone by now; carries addresses
    ├── FenceBehind             behind        later, or elsewhere: what was condemned is not carried out here yet
    ├── StaleLayout             stale_layout  read the log further, then again
    ├── StoreError              store         the operator: disk full, locked, not writable, wrong format
    │   ├── StoreFull           full          the operator: free space, or another node takes the chunk
    │   └── CatalogHalted       halted        the operator: upgrade, or rebuild this node's catalog; it must not go on
    ├── FileUnusable            file          the caller: a file of theirs cannot be read or written
    │   └── FileThere           file_there    the caller: it would have been replaced; it was left as it is
    ├── Cancelled               cancelled     nobody: the user asked for it
    ├── Expelled                expelled      the operator: join anew; the cluster refuses this node for good
    ├── NodeNotRunning          not_running   the user: start the node
    └── NodeFailed              node_failed   the user: a node process did not start; its log says why

An error carries facts as fields and says them in its text; callers branch on type and field, never on text. `code` is
the error's name on the wire and picks the exit code of the command line. `facts()` and `from_wire` carry an error
across a link; an unknown code comes as `PeerRefused`. Programming mistakes stay ValueError, TypeError, AssertionError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class DfsError(Exception):
    """Base of every error a caller may meet. `code` is its name on the wire and picks the exit code."""

    code: ClassVar[str] = "error"
    fields: ClassVar[tuple[str, ...]] = ()  # the facts that travel: text, numbers, lists and maps of text only

    def facts(self) -> dict[str, Any]:
        """What a caller elsewhere needs to rebuild this error."""
        return {name: getattr(self, name) for name in self.fields}


class ConfigError(DfsError):
    """A setting is missing, malformed or unknown. The text names the file and the key."""

    code = "config"


class InvalidInput(DfsError):
    """The caller handed in something malformed; the text says what would be right."""

    code = "invalid"


class NotFound(DfsError):
    """What was asked for is not there."""

    code = "not_found"


class KeyNotFound(NotFound):
    """No version of this key is current."""

    code = "key_not_found"
    fields = ("key",)

    def __init__(self, key: str) -> None:
        super().__init__(f"no such key: {key!r}; 'dfs-core ls' lists what is stored")
        self.key = key


class VersionNotFound(NotFound):
    """The key is known, this version of it is not (never was, or was pruned)."""

    code = "version_not_found"
    fields = ("key", "version")

    def __init__(self, key: str, version: int) -> None:
        super().__init__(f"{key!r} has no version {version}; 'dfs-core stat' shows the current one")
        self.key, self.version = key, version


class ChunkNotFound(NotFound):
    """Every node that could hold the chunk answered that it has none."""

    code = "chunk_not_found"
    fields = ("address",)

    def __init__(self, address: str, detail: str = "") -> None:
        super().__init__(f"chunk {address} is held by no node that could be asked{': ' + detail if detail else ''}")
        self.address = address


class IntegrityError(DfsError):
    """Bytes are not what they must be. Never retry the same bytes; another replica may do."""

    code = "integrity"


class ChunkCorrupt(IntegrityError):
    """The bytes do not hash to their address."""

    code = "chunk_corrupt"
    fields = ("address",)

    def __init__(self, address: str, where: str = "") -> None:
        super().__init__(f"chunk {address} is damaged{' on ' + where if where else ''}")
        self.address = address


class SealBroken(IntegrityError):
    """The bytes are the right ones but the secret, the tag or the associated data is not."""

    code = "seal_broken"


class FileChanged(IntegrityError):
    """The file was changed while it was read; nothing was stored."""

    code = "file_changed"


class ProtocolError(DfsError):
    """A link's rules were broken."""

    code = "protocol"


class LocalProtocolError(ProtocolError):
    """This side broke the rules: a bug."""


class RemoteProtocolError(ProtocolError):
    """The other side broke the rules: the link is dropped."""


class HelloRefused(ProtocolError):
    """The two ends of a link cannot talk; the text is the reason that GOODBYE carries."""

    code = "hello_refused"


class PeerError(DfsError):
    """One peer cannot serve us now; another replica may. `node` is its id or address as text."""

    code = "peer"
    fields: ClassVar[tuple[str, ...]] = ("node", "reason")

    def __init__(self, node: str, reason: str) -> None:
        super().__init__(f"{node[:12] if len(node) == 64 else node}: {reason}")  # ids are shortened, addresses not
        self.node, self.reason = node, reason


class PeerUnreachable(PeerError):
    """No link to the peer, or the link broke before the answer."""

    code = "peer_unreachable"


class NotAdmitted(PeerUnreachable):
    """The peer is there and lets us not in, or is none that we know: trying again does not help by itself."""

    code = "not_admitted"


class PeerTimeout(PeerError):
    """The peer did not answer before the deadline."""

    code = "peer_timeout"


class PeerRefused(PeerError):
    """The peer answered with a failure; `peer_code` is its code."""

    code = "peer_refused"
    fields = ("node", "reason", "peer_code")

    def __init__(self, node: str, reason: str, peer_code: str = "error") -> None:
        super().__init__(node, reason)
        self.peer_code = peer_code


class NotAllowed(DfsError):
    """The asker's role may not send this message."""

    code = "not_allowed"


class NotEnoughCopies(DfsError):
    """Too few holders have a chunk durably. What did succeed stays, and running the store again sends only the rest."""

    code = "copies"
    fields = ("needed", "reached", "failures")

    def __init__(self, needed: int, reached: int, failures: Mapping[str, str]) -> None:
        why = "; ".join(f"{node[:12]}: {reason}" for node, reason in failures.items()) or "no other node is known"
        super().__init__(f"{reached} of {needed} needed copies could be made: {why}")
        self.needed, self.reached, self.failures = needed, reached, dict(failures)


class NoMajority(DfsError):
    """The log cannot decide now: too few voters answer. `missing` names them."""

    code = "majority"
    fields = ("missing",)

    def __init__(self, missing: Sequence[str], detail: str = "") -> None:
        names = ", ".join(node[:12] for node in missing) or "a leader is being elected"
        super().__init__(f"no majority of the voters answers{detail}; unreachable: {names}. Start them, then try again")
        self.missing = list(missing)


class NotLeader(DfsError):
    """This node does not lead the log; `leader` (hex, may be empty) does as far as it knows."""

    code = "not_leader"
    fields = ("leader",)

    def __init__(self, leader: str = "") -> None:
        super().__init__(f"not the leader{'; ask ' + leader[:12] if leader else ''}")
        self.leader = leader


class OutcomeUnknown(DfsError):
    """A command was proposed and its fate could not be learnt. `command` (hex) can be settled later."""

    code = "unknown"
    fields = ("command",)

    def __init__(self, command: str) -> None:
        super().__init__(f"the outcome of {command} is not known yet; run the same command again to learn it")
        self.command = command


class Refused(DfsError):
    """The log took the command and applying it said no; `reason` is a stable word, the text says it in full."""

    code = "refused"
    fields: ClassVar[tuple[str, ...]] = ("reason",)

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class ChunksCondemned(Refused):
    """Chunks that a store counted on may be gone: they were condemned after their holders answered.

    `addresses` (hex) names them; empty with reason 'stale', when no answer of that age counts. Nothing was stored, and
    storing again sends them again.
    """

    code = "condemned"
    fields = ("reason", "addresses")

    def __init__(self, reason: str, text: str, addresses: Sequence[str] = ()) -> None:
        super().__init__(reason, text)
        self.addresses = list(addresses)


class FenceBehind(DfsError):
    """The holder has not carried out yet everything that was condemned up to `as_of`, so its copies do not count."""

    code = "behind"
    fields = ("as_of", "up_to")

    def __init__(self, as_of: int, up_to: int) -> None:
        super().__init__(f"it has carried out what was condemned up to log index {up_to}, not yet up to {as_of}")
        self.as_of, self.up_to = as_of, up_to


class StaleLayout(DfsError):
    """The asker decided under another layout revision; read the log further, then ask again."""

    code = "stale_layout"


class StoreError(DfsError):
    """The node's folder cannot be used: locked, not mounted, not writable, or of another format."""

    code = "store"


class StoreFull(StoreError):
    """No room for another chunk (a reserve is kept so that deleting always works)."""

    code = "full"


class FileUnusable(DfsError):
    """A file of the caller's own cannot be read or written: missing, no permission, not a regular file, no room."""

    code = "file"
    fields = ("path",)

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


class FileThere(FileUnusable):
    """A file has the name that a retrieved one was to get, and nobody said that it may be replaced. It is as it was."""

    code = "file_there"

    def __init__(self, path: str) -> None:
        super().__init__(path, "is there already and was left as it is")


class CatalogHalted(StoreError):
    """The log has an entry that this node cannot apply; going on without it would make the node disagree for ever."""

    code = "halted"
    fields = ("index", "reason")

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(
            f"cannot apply log entry {index}: {reason}. This node stops here; upgrade it to the cluster's version"
        )
        self.index, self.reason = index, reason


class Cancelled(DfsError):
    """The transfer was cancelled by its owner."""

    code = "cancelled"


class Expelled(DfsError):
    """The cluster refuses this node for good: it was removed, or its folder is not the one it was."""

    code = "expelled"


class NodeNotRunning(DfsError):
    """No node answers at this control socket."""

    code = "not_running"
    fields = ("socket",)

    def __init__(self, socket: str) -> None:
        super().__init__(f"no node is running at {socket}; start one with 'dfs-core node' or 'dfs-core local up'")
        self.socket = socket


class NodeFailed(DfsError):
    """A node process that was started here ended, or did not become ready in time. `node` is its name."""

    code = "node_failed"
    fields = ("node", "reason")

    def __init__(self, node: str, reason: str) -> None:
        super().__init__(f"{node}: {reason}")
        self.node, self.reason = node, reason


def _all_types(base: type[DfsError]) -> list[type[DfsError]]:
    return [base] + [kind for child in base.__subclasses__() for kind in _all_types(child)]


_BY_CODE: dict[str, type[DfsError]] = {}
for _kind in _all_types(DfsError):
    _BY_CODE.setdefault(_kind.code, _kind)


def from_wire(code: str, text: str, facts: Mapping[str, Any], *, node: str = "the node") -> DfsError:
    """Rebuild an error that another process described. Total: anything odd becomes `PeerRefused`.

    The text is the sender's, so that it reads the same on both sides.
    """
    kind = _BY_CODE.get(code)
    if kind is None or not all(name in facts for name in kind.fields):
        return PeerRefused(node, text, code)
    error = kind.__new__(kind)
    Exception.__init__(error, text)
    for name in kind.fields:
        setattr(error, name, facts[name])
    return error
