"""Sealing: what leaves a full node is unreadable without the cluster secret, and cannot be changed unnoticed.

**One secret, one byte string.** AES-256-GCM breaks when one secret and nonce ever encrypt two different texts. Here the
nonce is always zero, and everything that changes the ciphertext (plain bytes and associated data) goes into the
derivation of the secret, so no caller's mistake, retry or restored disk image can seal two texts under one secret.

    chunk          secret = BLAKE3(key = convergence secret)(header | padded bytes)
                   header = "dfsC1" | epoch u32 | cluster id 16                      (also the associated data)
                   sealed = ciphertext | tag 16;  address = BLAKE3(sealed)

    manifest part  context = "dfsS1" | epoch u32 | lp(cluster id) | lp(key) | lp(version id) | lp(part u32)
                   seed    = BLAKE3(key = manifest secret)("seed" | context | plain), its first 16 bytes
                   secret  = BLAKE3(key = manifest secret)("part" | context | seed)   (context is the associated data)
                   sealed  = "dfsS1" | epoch u32 | seed 16 | ciphertext | tag 16

    content token  BLAKE3(key = token secret)(content hash)

lp(x) is x after its length as u32; integers are big-endian. Equal chunks seal equally inside one cluster and epoch
(so they are stored once) and nowhere else. Equal manifest parts do not: the version id is random.

A chunk's secret is in its manifest page; a part's secret is derived again from its seed. Whatever does not open raises
SealBroken, with no hint at which byte was wrong. The functions hold no state, allocate one result each and release
the interpreter lock while they work on large buffers: call them in threads. docs/crypto.md has the threat model.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from blake3 import blake3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.errors import SealBroken
from dfs_core.limits import CHUNK_BYTES_MAX, SEAL_OVERHEAD_BYTES
from dfs_core.model.chunking import padded_size
from dfs_core.model.ids import Address, ClusterId, VersionId
from dfs_core.model.manifest import SECRET_BYTES

CHUNK_MARKER = b"dfsC1"
PART_MARKER = b"dfsS1"
SEED_BYTES = 16
_NONCE = bytes(12)
_PREFIX = struct.Struct(">5sI")
PART_OVERHEAD_BYTES = _PREFIX.size + SEED_BYTES + SEAL_OVERHEAD_BYTES


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed chunk: its name, what opens it, and the bytes to store and send."""

    address: Address
    secret: bytes
    data: bytes

    def __repr__(self) -> str:
        return f"Sealed({self.address.short}, {len(self.data)} bytes)"


def seal(
    plain: bytes | bytearray | memoryview, *, secrets: ClusterSecrets, epoch: int, cluster_id: ClusterId
) -> Sealed:
    """Seal one padded chunk. Same bytes, epoch and cluster: same result.

    `plain` is only read, and may be reused once this returned. SealBroken when the epoch's secret is not held.
    """
    if not 0 < len(plain) <= CHUNK_BYTES_MAX:
        raise ValueError(f"a padded chunk has 1 to {CHUNK_BYTES_MAX} bytes, not {len(plain)}")
    header = _chunk_header(epoch, cluster_id)
    hasher = blake3(header, key=secrets.convergence(epoch))
    hasher.update(plain)
    secret = hasher.digest()
    data = AESGCM(secret).encrypt(_NONCE, plain, header)
    return Sealed(Address.of(data), secret, data)


def open_chunk(
    data: bytes | bytearray | memoryview, *, secret: bytes, epoch: int, cluster_id: ClusterId, length: int
) -> memoryview:
    """The `length` true bytes of a sealed chunk, as a view of a buffer that belongs to the caller.

    Needs only the chunk's own secret, not the cluster's. SealBroken when the secret, epoch, cluster or length is not
    the one it was sealed with, or any bit differs. Whether `data` hashes to its address is checked before, not here.
    """
    if len(secret) != SECRET_BYTES or not 0 < length <= CHUNK_BYTES_MAX:
        raise SealBroken("a chunk's secret or length is malformed")
    size = padded_size(length)
    if len(data) != size + SEAL_OVERHEAD_BYTES:
        raise SealBroken(f"a chunk of {length} bytes is sealed in {size + SEAL_OVERHEAD_BYTES}, not in {len(data)}")
    try:
        plain = AESGCM(secret).decrypt(_NONCE, data, _chunk_header(epoch, cluster_id))
    except InvalidTag:
        raise SealBroken("a chunk does not open with its secret") from None
    if plain.count(0, length) != size - length:
        raise SealBroken("a chunk's padding is not empty")
    return memoryview(plain)[:length]


def seal_manifest_part(
    plain: bytes,
    *,
    secrets: ClusterSecrets,
    epoch: int,
    cluster_id: ClusterId,
    key: str,
    version_id: VersionId,
    part: int,
) -> bytes:
    """Seal a version's head (part 0) or its page n (part n + 1). PART_OVERHEAD_BYTES longer than `plain`.

    It opens for this key, version and part only. SealBroken when the epoch's secret is not held.
    """
    manifest = secrets.manifest(epoch)
    context = _part_context(epoch, cluster_id, key, version_id, part)
    seed = _seed(manifest, context, plain)
    data = AESGCM(_part_secret(manifest, context, seed)).encrypt(_NONCE, plain, context)
    return _PREFIX.pack(PART_MARKER, epoch) + seed + data


def open_manifest_part(
    sealed: bytes | bytearray | memoryview,
    *,
    secrets: ClusterSecrets,
    cluster_id: ClusterId,
    key: str,
    version_id: VersionId,
    part: int,
) -> bytes:
    """What `seal_manifest_part` sealed for this cluster, key, version and part; the epoch is read from the bytes.

    SealBroken when any of these is another one, any bit differs, or the epoch's secret is not held.
    """
    if len(sealed) < PART_OVERHEAD_BYTES:
        raise SealBroken(f"a sealed part of a manifest has at least {PART_OVERHEAD_BYTES} bytes, not {len(sealed)}")
    view = memoryview(sealed)
    marker, epoch = _PREFIX.unpack_from(view)
    if marker != PART_MARKER:
        raise SealBroken("a sealed part of a manifest has an unknown format; a newer dfs may have written it")
    manifest = secrets.manifest(epoch)
    context = _part_context(epoch, cluster_id, key, version_id, part)
    seed = bytes(view[_PREFIX.size : _PREFIX.size + SEED_BYTES])
    try:
        return AESGCM(_part_secret(manifest, context, seed)).decrypt(_NONCE, view[_PREFIX.size + SEED_BYTES :], context)
    except InvalidTag:
        raise SealBroken(f"part {part} of a manifest of {key!r} does not open") from None


def content_token(content_hash: bytes, secrets: ClusterSecrets, epoch: int) -> bytes:
    """By what the catalog finds a version's content: 32 bytes that confirm nothing to whoever lacks the secret.

    Store it under the epoch that is current; look up `content_tokens`.
    """
    return blake3(content_hash, key=secrets.token(epoch)).digest()


def content_tokens(content_hash: bytes, secrets: ClusterSecrets) -> tuple[bytes, ...]:
    """Every token the content may be stored under: one for each epoch held, the newest first."""
    return tuple(content_token(content_hash, secrets, epoch) for epoch in sorted(secrets.epochs, reverse=True))


def _chunk_header(epoch: int, cluster_id: ClusterId) -> bytes:
    return _PREFIX.pack(CHUNK_MARKER, epoch) + cluster_id.digest


def _part_context(epoch: int, cluster_id: ClusterId, key: str, version_id: VersionId, part: int) -> bytes:
    fields = (cluster_id.digest, key.encode(), version_id.digest, part.to_bytes(4, "big"))
    return _PREFIX.pack(PART_MARKER, epoch) + b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def _seed(manifest: bytes, context: bytes, plain: bytes) -> bytes:
    return blake3(b"seed" + context + plain, key=manifest).digest(length=SEED_BYTES)


def _part_secret(manifest: bytes, context: bytes, seed: bytes) -> bytes:
    return blake3(b"part" + context + seed, key=manifest).digest()
