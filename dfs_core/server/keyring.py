"""The cluster's secrets as one node holds them: files that are only ever added to, read under what the log decided.

    secrets/cluster             what the node was founded or welcomed with: all epochs of that moment
    secrets/epoch-NNNNNN-HASH   one later epoch's secret, written before the epoch can come into force

No file is ever overwritten or removed. A rotation that came to nothing leaves a file whose hash the log never named; it
is not used. Which epoch is current is the log's word: a secret that is held early seals nothing, and one that is in
force and not held yet keeps this node from sealing, not from reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dfs_core.catalog.facts import SecretEpochFacts
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.errors import Refused, StoreError
from dfs_core.server.names import SECRETS_NAME
from dfs_core.store.folder import SecretKind

_EPOCH_PREFIX = "epoch-"


class SecretFolder(Protocol):
    """Where the files are."""

    def secret_names(self, kind: SecretKind) -> list[str]: ...
    def read_secret(self, kind: SecretKind, name: str) -> bytes: ...
    def write_secret(self, kind: SecretKind, name: str, content: bytes) -> None: ...


class Keyring:
    """The secrets of one full node. Construction and `hold` block; everything else is quick."""

    def __init__(self, folder: SecretFolder) -> None:
        """Read all files. StoreError, InvalidInput: one is missing, damaged, or readable by others."""
        self._folder = folder
        self._base = ClusterSecrets.decode(folder.read_secret("secrets", SECRETS_NAME))
        self._held: dict[tuple[int, bytes], bytes] = {}
        self._keep(self._base)
        for name in folder.secret_names("secrets"):
            if name.startswith(_EPOCH_PREFIX):
                self._keep(ClusterSecrets.decode(folder.read_secret("secrets", name)))
        self._secrets, self._lacking = self._base, 0
        self._epochs: tuple[SecretEpochFacts, ...] = ()

    def _keep(self, secrets: ClusterSecrets) -> None:
        for number, secret in secrets.epochs.items():
            self._held[number, secrets.hash(number)] = secret

    @property
    def secrets(self) -> ClusterSecrets:
        """All that is held and decided, for reading. Its current epoch is the newest of them."""
        return self._secrets

    @property
    def lacking(self) -> SecretEpochFacts | None:
        """The epoch in force, while its secret is not held here."""
        return self._epochs[-1] if self._lacking else None

    @property
    def current(self) -> int:
        """The epoch in force, held or not."""
        return self._lacking or self._secrets.current

    @property
    def confirmed(self) -> bool:
        """The sheet of the current epoch is in a safe place."""
        return bool(self._epochs) and self._epochs[-1].number == self.current and self._epochs[-1].confirmed

    @property
    def authority(self) -> tuple[int, bytes]:
        """The current epoch and its recovery authority's certificate; (0, b"") before the log has told one."""
        return (self._epochs[-1].number, self._epochs[-1].authority) if self._epochs else (0, b"")

    def for_sealing(self) -> ClusterSecrets:
        """The same as `secrets`. Refused while the secret that new chunks are sealed under is not held here."""
        if self._lacking:
            raise Refused(
                "epoch",
                f"this node does not hold the secret of epoch {self._lacking} yet and must not store under an older"
                " one; it fetches it from another full node: try again soon, or store through that one",
            )
        return self._secrets

    def follow(self, epochs: Sequence[SecretEpochFacts]) -> bool:
        """Take over what the log says of the epochs, the current one last. True: something is different now."""
        if tuple(epochs) == self._epochs and not self._lacking:
            return False
        known = dict(self._base.epochs)
        for epoch in epochs:
            secret = self._held.get((epoch.number, epoch.hash))
            if secret is None:
                known.pop(epoch.number, None)
            else:
                known[epoch.number] = secret
        if not known:
            raise StoreError(
                "none of this folder's secrets is one of this cluster: restore them from the recovery sheet"
            )
        newest = epochs[-1].number if epochs else 0
        self._epochs = tuple(epochs)
        self._secrets = ClusterSecrets(known, max(known))
        self._lacking = newest if newest and newest not in known else 0
        return True

    def held(self, number: int, secret_hash: bytes) -> bytes | None:
        """The secret that the log or a proposer names so."""
        return self._held.get((number, secret_hash))

    def hold(self, number: int, secret: bytes) -> None:
        """Keep a secret that is or may become that of epoch `number`. Durable on return; keeping it again is no change.

        InvalidInput: no secret. StoreFull, StoreError: it could not be kept.
        """
        one = ClusterSecrets({number: secret}, number)
        name = f"{_EPOCH_PREFIX}{number:06d}-{one.hash(number)[:8].hex()}"
        if (number, one.hash(number)) not in self._held:
            self._folder.write_secret("secrets", name, one.encode())
            self._keep(one)
