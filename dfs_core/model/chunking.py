"""Where a file's bytes are cut, and how the last chunk hides its length.

Chunks have a fixed size, recorded in each version's head; only the last one is shorter. It is zero-padded before it is
sealed, by Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PETS 2019): only so many leading
bits of the length may be set that at most O(log log length) bits of it leak: one of 193 sizes up to 1 MiB, at a cost
below 1/16 (1/32 from 64 KiB on). The floor of TAIL_BYTES_MIN makes all short tails look alike. True lengths live,
sealed, in the manifest.

Chunk sizes are powers of two, and Padmé leaves a power of two alone: so a full chunk is never padded, and no padded
tail exceeds a full chunk.

This is arithmetic and one in-place clearing of a buffer. Reading and cutting streams is replication/files.py's work.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dfs_core.errors import InvalidInput
from dfs_core.limits import CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, FILE_BYTES_MAX, TAIL_BYTES_MIN


class ChunkSpan(NamedTuple):
    """The bytes `start` … `end` (exclusive, counted from the chunk's first byte) of the file's chunk number `chunk`."""

    chunk: int
    start: int
    end: int


def check_chunk_bytes(chunk_bytes: int) -> int:
    """Return `chunk_bytes` if a cluster may cut by it: a power of two from CHUNK_BYTES_MIN to CHUNK_BYTES_MAX."""
    if not CHUNK_BYTES_MIN <= chunk_bytes <= CHUNK_BYTES_MAX or chunk_bytes & (chunk_bytes - 1):
        raise InvalidInput(
            f"a chunk size is a power of two from {CHUNK_BYTES_MIN} to {CHUNK_BYTES_MAX} bytes, not {chunk_bytes}"
        )
    return chunk_bytes


def padded_size(length: int) -> int:
    """How many bytes of a chunk with `length` true bytes (1 … CHUNK_BYTES_MAX) are sealed."""
    if not 0 < length <= CHUNK_BYTES_MAX:
        raise ValueError(f"a chunk has 1 to {CHUNK_BYTES_MAX} bytes, not {length}")
    if length <= TAIL_BYTES_MIN:
        return TAIL_BYTES_MIN
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def pad(buffer: bytes | bytearray | memoryview, length: int) -> memoryview:
    """A view of the first `length` bytes of `buffer` followed by zeros up to `padded_size(length)`.

    When `buffer` is writable and has the room, the zeros are written into it and nothing is copied: what a reused
    buffer held behind `length` is gone. Otherwise the bytes are copied.
    """
    size = padded_size(length)
    view = memoryview(buffer).cast("B")
    if len(view) < length:
        raise ValueError(f"{length} bytes were announced, the buffer has {len(view)}")
    if size == length:
        return view[:length]
    if view.readonly or len(view) < size:
        copy = bytearray(size)
        copy[:length] = view[:length]
        return memoryview(copy)
    view[length:size] = bytes(size - length)
    return view[:size]


def chunk_count(size: int, chunk_bytes: int) -> int:
    """How many chunks a file of `size` bytes has; none when it is empty."""
    return -(-size // chunk_bytes)


def chunk_length(index: int, size: int, chunk_bytes: int) -> int:
    """The true length of chunk `index` of a file of `size` bytes."""
    if not 0 <= index < chunk_count(size, chunk_bytes):
        raise ValueError(f"no chunk {index} in {size} bytes cut by {chunk_bytes}")
    return min(chunk_bytes, size - index * chunk_bytes)


def check_range(start: int, end: int | None, size: int) -> tuple[int, int]:
    """The byte range `start` … `end` (exclusive; None: to the end of the file) cut to a file of `size` bytes.

    InvalidInput when it starts behind the end of the file or ends before it starts. An `end` past the end of the file
    means the end of the file.
    """
    stop = size if end is None else min(end, size)
    if start < 0 or start > size or stop < start:
        wanted = f"{start}-{'' if end is None else end}"
        raise InvalidInput(f"the range {wanted} lies outside the file's {size} bytes")
    return start, stop


def chunk_spans(size: int, chunk_bytes: int, start: int = 0, end: int | None = None) -> Iterator[ChunkSpan]:
    """The parts of chunks that make up the bytes `start` … `end` of a file of `size` bytes, in order.

    Lazily, since a large file has millions. Raises like `check_range`, at the first step.
    """
    if size > FILE_BYTES_MAX:
        raise InvalidInput(f"a file has at most {FILE_BYTES_MAX} bytes")
    start, stop = check_range(start, end, size)
    while start < stop:
        index, offset = divmod(start, chunk_bytes)
        length = min(chunk_bytes - offset, stop - start)
        yield ChunkSpan(index, offset, offset + length)
        start += length
