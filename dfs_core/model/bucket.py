"""What is in a bucket, in twenty bytes: two parties whose sums are equal hold the same chunks.

The digest is the sum, modulo 2^128, of the last half of each address. An address is a BLAKE3 already, so its half is as
random as any hash of it, and a sum does not ask in which order chunks came or went: one that goes is taken off again.
Nobody gains by chunks whose sum collides: who can choose chunks can delete them as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dfs_core.model.ids import BUCKET_COUNT, Address

DIGEST_BYTES = 16
_MODULUS = 2 ** (8 * DIGEST_BYTES)
_BITS = 8 * Address.size - (BUCKET_COUNT - 1).bit_length()  # of an address behind its bucket


class BucketSum(NamedTuple):
    """The chunks of one bucket that somebody holds, or should hold."""

    digest: int = 0
    chunks: int = 0

    def plus(self, address: bytes) -> BucketSum:
        """With one chunk more."""
        return BucketSum((self.digest + half_of(address)) % _MODULUS, self.chunks + 1)

    def minus(self, address: bytes) -> BucketSum:
        """With one chunk less, which was in it."""
        return BucketSum((self.digest - half_of(address)) % _MODULUS, self.chunks - 1)


EMPTY = BucketSum()


def half_of(address: bytes) -> int:
    """What an address adds to a digest."""
    return int.from_bytes(address[-DIGEST_BYTES:], "big")


def sum_of(addresses: Iterable[bytes]) -> BucketSum:
    """Of these, each once."""
    digest = chunks = 0
    for address in addresses:
        digest += half_of(address)
        chunks += 1
    return BucketSum(digest % _MODULUS, chunks)


def bucket_of(address: bytes) -> int:
    """The first 12 bits."""
    return int.from_bytes(address[:2], "big") >> 4


def bucket_bounds(bucket: int) -> tuple[bytes, bytes]:
    """The smallest and the greatest address that belong to it."""
    first = bucket << _BITS
    return first.to_bytes(Address.size, "big"), (first + (1 << _BITS) - 1).to_bytes(Address.size, "big")


def before_bucket(bucket: int) -> Address | None:
    """The last address before it, so that a walk `after` it begins with the bucket; None before the first one."""
    return None if bucket == 0 else Address(bucket_bounds(bucket - 1)[1])
