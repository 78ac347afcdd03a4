"""What nodes and clients say about secrets, sheets and catalog snapshots.

A secret travels between listed full nodes only, and in two messages only; their reprs do not show it.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.peer_messages import MembersKnown

# -- between nodes


class HoldSecret(Message, frozen=True, tag="hold_secret"):
    """Keep this secret durably: it is to be that of the next epoch. From one full node to another, Done once kept."""

    number: int
    secret: bytes
    reply: ClassVar[type[msgspec.Struct] | None] = Done

    def __repr__(self) -> str:
        return f"HoldSecret(number={self.number})"


class SecretTold(Message, frozen=True, tag="secret_told"):
    """The secret that was asked for."""

    secret: bytes

    def __repr__(self) -> str:
        return "SecretTold()"


class AskSecret(Message, frozen=True, tag="ask_secret"):
    """A full node that was away when the epoch began asks another for its secret. Failed: it is not held there."""

    number: int
    hash: bytes
    reply: ClassVar[type[msgspec.Struct] | None] = SecretTold


class ShareRecovery(Message, frozen=True, tag="share_recovery"):
    """What every node keeps for the day when no full node is left. One-way, from a full node to whoever lacks it.

    `authority`: the certificate of secret epoch `epoch`'s recovery authority. `pointers`: signed, newest last
    (`crypto.snapshot.SnapshotPointer`).
    """

    epoch: int
    authority: bytes
    pointers: list[bytes]


class RecoveryKept(Message, frozen=True, tag="recovery_kept"):
    """The pointers that this node keeps, newest last."""

    pointers: list[bytes]


class AskRecovery(Message, frozen=True, tag="ask_recovery"):
    """Which snapshots do you know of? Asked under the recovery authority."""

    reply: ClassVar[type[msgspec.Struct] | None] = RecoveryKept


class Introduce(Message, frozen=True, tag="introduce"):
    """Under the recovery authority: these are the members now. A node that followed the lost ones follows them.

    `epoch` and `authority` as in ShareRecovery.
    """

    members: MembersKnown
    epoch: int
    authority: bytes
    reply: ClassVar[type[msgspec.Struct] | None] = Done


# -- what clients ask


class SecretEpochEntry(msgspec.Struct, frozen=True):
    """A secret epoch: `hash` names its secret (hex). `confirmed`: its sheet is safe; `held`: its secret is here."""

    number: int
    hash: str
    confirmed: bool
    held: bool


class SecretEpochsListed(Message, frozen=True, tag="secret_epochs_listed"):
    """All epochs, the current one last. `stale`: no leader confirmed them."""

    epochs: list[SecretEpochEntry]
    stale: bool


class GetSecretEpochs(Message, frozen=True, tag="get_secret_epochs"):
    """Which secret epochs are there, and is the sheet of each in a safe place?"""

    reply: ClassVar[type[msgspec.Struct] | None] = SecretEpochsListed


class SecretRotated(Message, frozen=True, tag="secret_rotated"):
    """Secret epoch `epoch` is in force. `holding` full nodes have its secret, `waiting` fetch it when they are back."""

    epoch: int
    holding: list[str]
    waiting: list[str]


class RotateSecret(Message, frozen=True, tag="rotate_secret"):
    """Start a new secret epoch: what is stored from then on is out of reach for whoever had only the older secrets."""

    reply: ClassVar[type[msgspec.Struct] | None] = SecretRotated


class SnapshotEntry(msgspec.Struct, frozen=True):
    """A catalog snapshot that is kept as chunks. `age_s` in log time; `known` counts the nodes with a pointer to it."""

    number: int
    taken_at: int
    epoch: int
    size: int
    age_s: float
    known: int


class SnapshotsListed(Message, frozen=True, tag="snapshots_listed"):
    """The snapshots, the newest last, and how many nodes should know of each. `stale`: no leader confirmed them."""

    snapshots: list[SnapshotEntry]
    nodes: int
    stale: bool


class GetSnapshots(Message, frozen=True, tag="get_snapshots"):
    """From when are the catalog snapshots that are kept?"""

    reply: ClassVar[type[msgspec.Struct] | None] = SnapshotsListed


class TakeSnapshot(Message, frozen=True, tag="take_snapshot"):
    """Seal a snapshot of the catalog and keep it as chunks, now. Answered once the log holds on to it."""

    reply: ClassVar[type[msgspec.Struct] | None] = SnapshotsListed


class LiftForcedHold(Message, frozen=True, tag="lift_forced_hold"):
    """Allow collecting and expiry again after a forced recovery. Invalid where nothing is held."""

    reply: ClassVar[type[msgspec.Struct] | None] = Done


RECOVERY_MESSAGES: tuple[type[Message], ...] = (
    LiftForcedHold,
    HoldSecret,
    AskSecret,
    SecretTold,
    ShareRecovery,
    AskRecovery,
    RecoveryKept,
    Introduce,
    GetSecretEpochs,
    SecretEpochsListed,
    RotateSecret,
    SecretRotated,
    TakeSnapshot,
    GetSnapshots,
    SnapshotsListed,
)
