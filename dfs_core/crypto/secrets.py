"""The cluster's secrets: one per epoch, and what is derived from each.

    cluster secret (32 random bytes, one per epoch)
    ├── convergence secret   keys the hash from which each chunk's own secret comes (seal.py)
    ├── manifest secret      keys the derivation of the secret of each head and page (seal.py)
    ├── token secret         keys the content tokens by which `b3:<hash>` finds a version (seal.py)
    ├── snapshot secret      keys the derivation of the secret of each catalog snapshot's root (snapshot.py)
    ├── authority seed       the private key by which whoever has the recovery sheet proves it (recovery.py)
    └── hash                 by which the log names the secret without telling it

Derivation is BLAKE3's derive_key with the contexts below; they are part of the format and never change. A rotation
adds an epoch and makes it current; older epochs stay, since what they sealed must still open.

At rest this is one document: the marker "dfsK1", then msgpack. It carries a check value, so that a damaged file is
refused instead of sealing new chunks under a secret nobody else has. Reprs show epoch numbers, never a secret. Reading
and writing files (0600, never overwriting) is not done here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import msgspec
from blake3 import blake3

from dfs_core.errors import InvalidInput, SealBroken
from dfs_core.model.manifest import EPOCH_MAX, SECRET_BYTES

MARKER = b"dfsK1"
EPOCHS_MAX = 1024  # one rotation a week for twenty years
FIRST_EPOCH = 1

_CONVERGENCE = "dfs v1 convergence secret from cluster secret"
_MANIFEST = "dfs v1 manifest secret from cluster secret"
_TOKEN = "dfs v1 content token secret from cluster secret"
_SNAPSHOT = "dfs v1 snapshot secret from cluster secret"
_AUTHORITY = "dfs v1 seed of the recovery authority from cluster secret"
_HASH = "dfs v1 hash of a cluster secret"
_CHECK = "dfs v1 check value of a secrets document"
_CHECK_BYTES = 8


class _Document(msgspec.Struct, frozen=True):
    current: int
    epochs: list[tuple[int, bytes]]  # ascending
    check: bytes

    def __repr__(self) -> str:  # an error text or a debugger must not print the secrets
        return f"_Document(current={self.current})"


_decoder = msgspec.msgpack.Decoder(_Document)


@dataclass(frozen=True, slots=True, repr=False)
class ClusterSecrets:
    """The cluster secret of every epoch, and the epoch that new chunks are sealed under."""

    epochs: Mapping[int, bytes]
    current: int

    def __post_init__(self) -> None:
        if not 0 < len(self.epochs) <= EPOCHS_MAX:
            raise InvalidInput(f"a cluster has 1 to {EPOCHS_MAX} secret epochs, not {len(self.epochs)}")
        for number, secret in self.epochs.items():
            if not FIRST_EPOCH <= number <= EPOCH_MAX or type(secret) is not bytes or len(secret) != SECRET_BYTES:
                raise InvalidInput(f"a cluster secret is {SECRET_BYTES} bytes under an epoch from {FIRST_EPOCH} on")
        if self.current not in self.epochs:
            raise InvalidInput(f"the current epoch {self.current} has no secret")
        object.__setattr__(self, "epochs", MappingProxyType(dict(sorted(self.epochs.items()))))

    def __repr__(self) -> str:
        return f"ClusterSecrets(epochs={list(self.epochs)}, current={self.current})"

    @classmethod
    def generate(cls, random_bytes: Callable[[int], bytes]) -> ClusterSecrets:
        """The secrets of a new cluster. `random_bytes` is the system's source, or a seeded one in simulation."""
        return cls({FIRST_EPOCH: random_bytes(SECRET_BYTES)}, FIRST_EPOCH)

    def with_epoch(self, number: int, secret: bytes) -> ClusterSecrets:
        """These and one more, not yet current. InvalidInput when the number is taken by another secret."""
        if self.epochs.get(number, secret) != secret:
            raise InvalidInput(f"epoch {number} has another secret already; a secret is never replaced")
        return ClusterSecrets({**self.epochs, number: secret}, self.current)

    def with_current(self, number: int) -> ClusterSecrets:
        """The same with another current epoch. InvalidInput when its secret is not held."""
        return ClusterSecrets(self.epochs, number)

    def convergence(self, epoch: int) -> bytes:
        """The convergence secret. SealBroken when this node does not hold the epoch."""
        return self._derived(_CONVERGENCE, epoch)

    def manifest(self, epoch: int) -> bytes:
        """The manifest secret. SealBroken when this node does not hold the epoch."""
        return self._derived(_MANIFEST, epoch)

    def token(self, epoch: int) -> bytes:
        """The content token secret. SealBroken when this node does not hold the epoch."""
        return self._derived(_TOKEN, epoch)

    def snapshot(self, epoch: int) -> bytes:
        """The snapshot secret. SealBroken when this node does not hold the epoch."""
        return self._derived(_SNAPSHOT, epoch)

    def authority_seed(self, epoch: int) -> bytes:
        """The private key of the epoch's recovery authority. SealBroken when this node does not hold the epoch."""
        return self._derived(_AUTHORITY, epoch)

    def hash(self, epoch: int) -> bytes:
        """What the log knows the epoch's secret by: 32 bytes that tell nothing of it. SealBroken as above."""
        return self._derived(_HASH, epoch)

    def _derived(self, context: str, epoch: int) -> bytes:
        secret = self.epochs.get(epoch)
        if secret is None:
            raise SealBroken(f"sealed under secret epoch {epoch}, which this node does not hold")
        return blake3(secret, derive_key_context=context).digest()

    def encode(self) -> bytes:
        """The document to keep. Contains the secrets in clear."""
        epochs = list(self.epochs.items())
        return MARKER + msgspec.msgpack.encode(_Document(self.current, epochs, _check_value(self.current, epochs)))

    @classmethod
    def decode(cls, document: bytes) -> ClusterSecrets:
        """Read what `encode` wrote. InvalidInput when it is not that, or is damaged; the text shows none of it."""
        if not document.startswith(MARKER):
            raise InvalidInput(
                f"a secrets document starts with {MARKER.decode()}; a newer dfs may have written this one"
            )
        try:
            found = _decoder.decode(memoryview(document)[len(MARKER) :])
        except msgspec.DecodeError:
            raise InvalidInput("the secrets document is damaged: restore it from the recovery sheet") from None
        if found.check != _check_value(found.current, found.epochs) or len(dict(found.epochs)) != len(found.epochs):
            raise InvalidInput("the secrets document is damaged: restore it from the recovery sheet")
        return cls(dict(found.epochs), found.current)


def _check_value(current: int, epochs: list[tuple[int, bytes]]) -> bytes:
    body = msgspec.msgpack.encode([current, epochs])
    return blake3(body, derive_key_context=_CHECK).digest(length=_CHECK_BYTES)
