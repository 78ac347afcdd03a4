"""What applying a command changed, as facts that the node reacts to after the transaction is over.

A change says that something is different now and where to look, not what to do about it. It is not part of the
catalog: a node that was down while entries were applied elsewhere reads the catalog instead of a list of changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from dfs_core.encoding.commands import Outcome


@dataclass(frozen=True, slots=True)
class MembersChanged:
    """The member list, or the number of copies that goes with it, is a new one as of log index `revision`."""

    revision: int
    node: bytes  # the member it is about; empty when the copies changed


@dataclass(frozen=True, slots=True)
class SettingChanged:
    """A cluster setting has a new value."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class KeyChanged:
    """The key has a new current version `number`, or with `removed` none any more (`number` is the tombstone's)."""

    key: str
    number: int
    removed: bool


@dataclass(frozen=True, slots=True)
class UploadEnded:
    """A store under way became a version (`committed`) or was given up."""

    upload: bytes
    committed: bool


@dataclass(frozen=True, slots=True)
class ChunksUnreferenced:
    """Nothing refers to these chunks any more; they may be condemned once the grace time has passed."""

    addresses: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Condemned:
    """So many chunks, of so many bytes, may be deleted; the verdict is that of log index `index`."""

    index: int
    chunks: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class RecoveryChanged:
    """A secret epoch, what is known of its sheet, or the snapshots that are kept are others now."""


Change = MembersChanged | SettingChanged | KeyChanged | UploadEnded | ChunksUnreferenced | Condemned | RecoveryChanged


@dataclass(frozen=True, slots=True)
class Applied:
    """One command of the log and what became of it.

    A command that was applied before (the same id came again) has its first outcome and no changes.
    """

    index: int
    command_id: bytes
    outcome: Outcome
    changes: tuple[Change, ...] = ()
