"""What may be put in the log: one class a decision.

An entry's data is one `Batch`: the log time since the last entry and the commands that the leader gathered, so that
many small stores cost one entry. Each command carries a random `id` and is applied once, however often it is proposed.
Applying is total and deterministic: a command that does not hold (its source is gone, its chunks were condemned) yields
an outcome that says so, and changes nothing.

The encoding is canonical (msgspec's msgpack of maps in field order) because it is hashed and compared; vectors pin it.
"""

from __future__ import annotations

import msgspec

from dfs_core.encoding.peer_messages import MemberRecord
from dfs_core.errors import RemoteProtocolError


class Command(msgspec.Struct, frozen=True):
    """Base of all commands. `id`: 16 random bytes, drawn by the proposer."""

    id: bytes


class Found(Command, frozen=True, tag="found"):
    """The first entry of a cluster: its id, its founder, and its settings."""

    cluster: bytes
    founder: MemberRecord
    copies: int
    chunk_bytes: int


class Admit(Command, frozen=True, tag="admit"):
    """A joiner redeemed an invitation. The secret's hash is spent for ever; the same certificate again is no change."""

    secret_hash: bytes
    member: MemberRecord
    invited_by: bytes


class SetMember(Command, frozen=True, tag="set_member"):
    """Change a member's zone, capacity or state ('joined', 'draining', 'out', 'removed'; removed is terminal).

    An empty string or a zero leaves that field as it is; `unzoned` takes the zone away. With `expects`, only a member
    in that state is changed.
    """

    node: bytes
    zone: str = ""
    capacity: int = 0
    state: str = ""
    expects: str = ""
    unzoned: bool = False


class SetSetting(Command, frozen=True, tag="set_setting"):
    """Change one cluster setting (`catalog.settings.SETTINGS` names them and their bounds)."""

    name: str
    value: int


class ManifestPage(msgspec.Struct, frozen=True):
    """Up to `PAGE_CHUNKS_MAX` chunk references: addresses in clear so that they can be counted, the rest sealed.

    `addresses` is 32 bytes each, concatenated. Every chunk is `chunk_bytes` sealed bytes long but the last of the
    page, which has `tail_bytes`.
    """

    number: int  # 1 …
    addresses: bytes
    chunk_bytes: int
    tail_bytes: int
    sealed: bytes


class Refer(Command, frozen=True, tag="refer"):
    """A store under way holds on to these chunks: they count as referenced until Commit adopts or Abandon drops them.

    `as_of`: the log index up to which the holders' answers were given; a chunk condemned after it is refused.
    """

    upload: bytes  # the version id of the store
    page: ManifestPage
    as_of: int


class Abandon(Command, frozen=True, tag="abandon"):
    """The store under way will not be committed; its references are dropped."""

    upload: bytes


class Commit(Command, frozen=True, tag="commit"):
    """A new version of `key`, current from this entry on.

    Its manifest is the pages that `Refer` brought under the same version id and, last, `pages` (usually the only
    ones). `head` is the sealed head, which for a small file holds the file itself. `source` (key, version number),
    when given, must exist, as for cp and restore; with `moves` the source key's current version must be that one
    and is ended by a tombstone in the same step. `expects`: when not negative, the key's current version number must
    be this (0: none).
    """

    version_id: bytes
    key: str
    size: int
    mtime_ns: int
    mode: int
    content_token: bytes
    head: bytes
    pages: list[ManifestPage]
    page_count: int
    as_of: int
    stored_by: bytes
    wall_ms: int  # the proposer's clock, shown to people; orders nothing
    source_key: str = ""
    source_version: int = 0
    moves: bool = False
    expects: int = -1


class Remove(Command, frozen=True, tag="remove"):
    """A tombstone: the key has no current version from here on, its history stays for the retention time."""

    key: str
    wall_ms: int
    purge: bool = False


class Expire(Command, frozen=True, tag="expire"):
    """These versions of `key` are not kept any more; applying drops those of them that the policy does not keep then.

    `numbers`: 1 to `EXPIRE_VERSIONS_MAX` version numbers, ascending, tombstones among them.
    """

    key: str
    numbers: list[int]


class Condemn(Command, frozen=True, tag="condemn"):
    """These chunks may be deleted by whoever holds them; applying leaves out those that something refers to then.

    `addresses`: 1 to `CONDEMN_CHUNKS_MAX` of 32 bytes each, ascending, concatenated. `sizes`: of each, in sealed bytes,
    as its holders tell; used for a chunk that the catalog does not know.
    """

    addresses: bytes
    sizes: list[int]


class Forget(Command, frozen=True, tag="forget"):
    """Every node that counts has carried out the condemnations up to log index `horizon`: they are forgotten.

    From then on an `as_of` below the horizon proves nothing.
    """

    horizon: int


class SecretEpoch(Command, frozen=True, tag="secret_epoch"):
    """The cluster's next secret is in force from here on, the first one with the founding.

    `hash` names the secret without telling it; `authority` is the certificate (DER) of the key pair that whoever has
    the epoch's recovery sheet can prove (`crypto.recovery`). Proposed once a majority of the voters hold the secret.
    """

    number: int
    hash: bytes
    authority: bytes


class ConfirmSheet(Command, frozen=True, tag="confirm_sheet"):
    """Somebody has the recovery sheet of this secret epoch in a safe place."""

    epoch: int


class KeepSnapshot(Command, frozen=True, tag="keep_snapshot"):
    """A sealed snapshot of the catalog, as of log index `taken_at`, is stored as chunks, which count as referenced.

    Its chunks are named by pages under `snapshot_id`, as those of a version are: earlier ones came by `Refer`, the
    last ones are `pages`, and the very last names the root alone, which opens the rest (`crypto.snapshot`). `number`
    is the next one; `size` the snapshot's bytes before sealing.
    """

    number: int
    taken_at: int
    epoch: int
    snapshot_id: bytes
    size: int
    pages: list[ManifestPage]
    page_count: int
    as_of: int


class DropSnapshot(Command, frozen=True, tag="drop_snapshot"):
    """The chunks of this snapshot count as referenced no longer. Refused for one of the newest `SNAPSHOTS_KEPT`."""

    number: int


class BeginGeneration(Command, frozen=True, tag="begin_generation"):
    """The log is of this generation from here on: an operator has given up a majority of the voters.

    `generation_id` is drawn, so that two that were begun apart under one number are told apart. Nothing is condemned
    and nothing expires until `LiftHold`.
    """

    number: int
    generation_id: bytes


class LiftHold(Command, frozen=True, tag="lift_hold"):
    """An operator has looked at what generation `number` still has: deleting is allowed again."""

    number: int


class Settle(Command, frozen=True, tag="settle"):
    """What became of command `target`? Applied already: its outcome. Not yet: it is void for ever."""

    target: bytes


class Tick(Command, frozen=True, tag="tick"):
    """Nothing but log time; an idle leader proposes one a minute."""


AnyCommand = (
    Found
    | Admit
    | SetMember
    | SetSetting
    | Refer
    | Abandon
    | Commit
    | Remove
    | Expire
    | Condemn
    | Forget
    | SecretEpoch
    | ConfirmSheet
    | KeepSnapshot
    | DropSnapshot
    | BeginGeneration
    | LiftHold
    | Settle
    | Tick
)


class Batch(msgspec.Struct, frozen=True):
    """The data of one log entry. `elapsed_ms`: by the leader's monotonic clock since its last entry, 0 … 60,000."""

    elapsed_ms: int
    commands: list[msgspec.Raw]


class Outcome(msgspec.Struct, frozen=True):
    """What became of one command. `reason` is empty when it was applied, else a stable word; `text` says it in full.

    `version` is the number of the version it made (Commit, Remove), or 0. `revision` is its log index. `addresses`:
    the chunks that a Refer or Commit was refused for, concatenated.
    """

    reason: str = ""
    text: str = ""
    version: int = 0
    revision: int = 0
    addresses: bytes = b""


_decoder: msgspec.msgpack.Decoder[AnyCommand] = msgspec.msgpack.Decoder(AnyCommand)
_batches: msgspec.msgpack.Decoder[Batch] = msgspec.msgpack.Decoder(Batch)
_encoder = msgspec.msgpack.Encoder()


def encode_command(command: AnyCommand) -> bytes:
    return _encoder.encode(command)


def decode_command(data: bytes | msgspec.Raw) -> AnyCommand:
    """RemoteProtocolError for anything that is not a known command: a proposer's mistake, refused before the log."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RemoteProtocolError(f"not a command: {error}") from error


def encode_batch(elapsed_ms: int, commands: list[bytes]) -> bytes:
    return _encoder.encode(Batch(elapsed_ms, [msgspec.Raw(command) for command in commands]))


def decode_batch(data: bytes) -> Batch:
    try:
        return _batches.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RemoteProtocolError(f"not an entry: {error}") from error
