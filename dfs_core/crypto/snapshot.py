"""Catalog snapshots as they lie among the chunks: the sealed root, and the signed pointer that leads to it.

When every full node is lost, only vaults are left, which can read nothing. Each keeps a few *pointers*. A pointer names
one chunk, the *root*; the root, opened with the secret from the recovery sheet, lists the chunks of the snapshot with
what opens each of them.

    root     context = "dfsN1" | epoch u32 | lp(cluster id) | lp(number u64)               (also the associated data)
             seed    = BLAKE3(key = snapshot secret)("seed" | context | plain), its first 16 bytes
             secret  = BLAKE3(key = snapshot secret)("root" | context | seed)
             sealed  = "dfsN1" | epoch u32 | seed 16 | ciphertext | tag 16;  address = BLAKE3(sealed)

    pointer  "dfsP1" | msgpack array [cluster, epoch, generation, number, taken at, root address, root bytes, size,
             public key] | signature 64 of all before

The root's secret is derived from all that decides its ciphertext, as everywhere (`seal.py`): whatever is sealed twice
under one number seals under two secrets. The pointer is signed by the full node that made it, so that a vault keeps
nobody else's; it tells a vault no more than that a snapshot of this size exists. It is authenticated once more when it
is used: a root opens for its own cluster, epoch and number only.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import msgspec
from blake3 import blake3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dfs_core.crypto.identity import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, Identity, node_id_of_public_key, verify
from dfs_core.crypto.seal import SEED_BYTES
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.errors import InvalidInput, SealBroken
from dfs_core.limits import CHUNK_BYTES_MAX, SEAL_OVERHEAD_BYTES
from dfs_core.model.ids import Address, ClusterId, NodeId
from dfs_core.model.manifest import EPOCH_MAX

ROOT_MARKER = b"dfsN1"
POINTER_MARKER = b"dfsP1"
POINTER_BYTES_MAX = 512
_NONCE = bytes(12)
_PREFIX = struct.Struct(">5sI")
ROOT_OVERHEAD_BYTES = _PREFIX.size + SEED_BYTES + SEAL_OVERHEAD_BYTES
ROOT_BYTES_MAX = CHUNK_BYTES_MAX  # of the root before sealing: it must fit one chunk
_PURPOSE = "dfs v1 pointer to a catalog snapshot"
_NUMBER_MAX = 2**63 - 1


def seal_root(plain: bytes, *, secrets: ClusterSecrets, epoch: int, cluster: ClusterId, number: int) -> bytes:
    """Seal a snapshot's root. It opens for this cluster, epoch and number only; SealBroken: the epoch is not held."""
    if not 0 < len(plain) <= ROOT_BYTES_MAX - ROOT_OVERHEAD_BYTES:
        raise ValueError(f"a root has 1 to {ROOT_BYTES_MAX - ROOT_OVERHEAD_BYTES} bytes, not {len(plain)}")
    snapshot, context = secrets.snapshot(epoch), _context(epoch, cluster, number)
    seed = blake3(b"seed" + context + plain, key=snapshot).digest(length=SEED_BYTES)
    data = AESGCM(_secret(snapshot, context, seed)).encrypt(_NONCE, plain, context)
    return _PREFIX.pack(ROOT_MARKER, epoch) + seed + data


def open_root(sealed: bytes | bytearray, *, secrets: ClusterSecrets, cluster: ClusterId, number: int) -> bytes:
    """What `seal_root` sealed. SealBroken when the cluster, the number or any bit is another, or the epoch not held."""
    if len(sealed) < ROOT_OVERHEAD_BYTES:
        raise SealBroken(f"the root of a snapshot has at least {ROOT_OVERHEAD_BYTES} bytes, not {len(sealed)}")
    marker, epoch = _PREFIX.unpack_from(sealed)
    if marker != ROOT_MARKER:
        raise SealBroken("the root of a snapshot has an unknown format; a newer dfs may have written it")
    snapshot, context = secrets.snapshot(epoch), _context(epoch, cluster, number)
    view = memoryview(sealed)[_PREFIX.size :]
    try:
        return AESGCM(_secret(snapshot, context, bytes(view[:SEED_BYTES]))).decrypt(_NONCE, view[SEED_BYTES:], context)
    except InvalidTag:
        raise SealBroken(f"the root of snapshot {number} does not open with these secrets") from None


def _context(epoch: int, cluster: ClusterId, number: int) -> bytes:
    fields = (cluster.digest, number.to_bytes(8, "big"))
    return _PREFIX.pack(ROOT_MARKER, epoch) + b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def _secret(snapshot: bytes, context: bytes, seed: bytes) -> bytes:
    return blake3(b"root" + context + seed, key=snapshot).digest()


@dataclass(frozen=True, slots=True)
class SnapshotPointer:
    """Where a catalog snapshot begins, in the hand of a full node. Made by `signed` or `decode`, which check it."""

    cluster: ClusterId
    epoch: int
    generation: int  # of the log
    number: int
    taken_at: int  # log index
    root: Address
    root_bytes: int
    size: int  # of the snapshot before sealing
    public_key: bytes
    signature: bytes = b""

    @property
    def node(self) -> NodeId:
        """Who signed it."""
        return node_id_of_public_key(self.public_key)

    @property
    def rank(self) -> tuple[int, int, int]:
        """The higher, the newer: a later generation was decided by an operator, whatever the older one still did."""
        return (self.generation, self.epoch, self.number)

    def signed(self, identity: Identity) -> SnapshotPointer:
        """The same, signed by `identity`."""
        mine = replace(self, public_key=identity.public_key)
        return replace(mine, signature=identity.sign(_PURPOSE, mine._unsigned()))

    def encode(self) -> bytes:
        """The pointer's bytes: self-contained, to be passed on by anybody."""
        return self._unsigned() + self.signature

    @classmethod
    def decode(cls, data: bytes) -> SnapshotPointer:
        """Read and verify a pointer. InvalidInput when it is malformed, forged or changed."""
        if not len(POINTER_MARKER) + SIGNATURE_BYTES < len(data) <= POINTER_BYTES_MAX:
            raise InvalidInput("not a pointer to a snapshot")
        unsigned, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
        if not unsigned.startswith(POINTER_MARKER):
            raise InvalidInput("not a pointer to a snapshot, or one of a newer dfs")
        try:
            found = msgspec.msgpack.decode(unsigned[len(POINTER_MARKER) :], type=_Fields)
        except msgspec.DecodeError:
            raise InvalidInput("a malformed pointer to a snapshot") from None
        cluster, epoch, generation, number, taken_at, root, root_bytes, size, public_key = found
        if len(public_key) != PUBLIC_KEY_BYTES or not 0 < epoch <= EPOCH_MAX:
            raise InvalidInput("a malformed pointer to a snapshot")
        if not all(0 <= value <= _NUMBER_MAX for value in (generation, number, taken_at, root_bytes, size)):
            raise InvalidInput("a malformed pointer to a snapshot")
        verify(public_key, _PURPOSE, unsigned, signature)
        pointer = cls(
            ClusterId(cluster),
            epoch,
            generation,
            number,
            taken_at,
            Address(root),
            root_bytes,
            size,
            public_key,
            signature,
        )
        if pointer._unsigned() != unsigned:
            raise InvalidInput("a pointer to a snapshot in another than its one encoding")
        return pointer

    def _unsigned(self) -> bytes:
        fields = (
            self.cluster.digest,
            self.epoch,
            self.generation,
            self.number,
            self.taken_at,
            self.root.digest,
            self.root_bytes,
            self.size,
            self.public_key,
        )
        return POINTER_MARKER + msgspec.msgpack.encode(fields)


_Fields = tuple[bytes, int, int, int, int, bytes, int, int, bytes]
