"""What a client asks about secret epochs, the recovery sheet and catalog snapshots: a part of `Client`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

from dfs_core.encoding.control_messages import ConfirmRecovery
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.recovery_messages import (
    GetSecretEpochs,
    GetSnapshots,
    LiftForcedHold,
    RotateSecret,
    SecretEpochsListed,
    SecretRotated,
    SnapshotsListed,
    TakeSnapshot,
)
from dfs_core.limits import CLIENT_REPLY_TIMEOUT_S, REQUEST_TIMEOUT_S

SNAPSHOT_TIMEOUT_S = 3600.0  # a large catalog is a large file to store

Reply = TypeVar("Reply", bound=Message)


class RecoveryCalls(ABC):
    """Each call is one question; the errors are those of its answer."""

    @abstractmethod
    async def _call(self, request: Message, kind: type[Reply], *, timeout_s: float = REQUEST_TIMEOUT_S) -> Reply: ...

    async def confirm_recovery(self) -> None:
        """Say that the recovery sheet is in a safe place; `status` stops asking, on every node."""
        await self._call(ConfirmRecovery(), Done, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def lift_hold(self) -> None:
        """Allow collecting and expiry again after a forced recovery."""
        await self._call(LiftForcedHold(), Done, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def secret_epochs(self) -> SecretEpochsListed:
        """The secret epochs, the current one last, by the hashes of their secrets."""
        return await self._call(GetSecretEpochs(), SecretEpochsListed, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def rotate_secret(self) -> SecretRotated:
        """Start a new secret epoch. NoMajority: too few voters could take the secret; nothing has changed."""
        return await self._call(RotateSecret(), SecretRotated, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def snapshots(self) -> SnapshotsListed:
        """The catalog snapshots that are kept as chunks, and how many nodes lead to each."""
        return await self._call(GetSnapshots(), SnapshotsListed, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def take_snapshot(self) -> SnapshotsListed:
        """Seal the catalog and keep it as chunks, now. Returns once the log holds on to them; errors as of a store."""
        return await self._call(TakeSnapshot(), SnapshotsListed, timeout_s=SNAPSHOT_TIMEOUT_S)
