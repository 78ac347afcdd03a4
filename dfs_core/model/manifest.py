"""A file version as an ordered list of chunks: one head and as many pages as it needs.

The log carries, in clear, each chunk's address (so that applying can count references) and, sealed, what this module
encodes: the head (part 0) and the pages (parts 1, 2, …; PAGE_CHUNKS_MAX chunks each, the last one fewer). A page can
be sealed and referred to while the file is still being read; the head comes last, since it names size and hash.

Both encodings are canonical: one value has one byte string, and a decoder accepts no other. Integers are big-endian.

    head   "dfsM1" | kind u8 = 0 | chunk_bytes u32 | size u64 | content_hash 32 | inlined u8 | size bytes if inlined
    page   "dfsM1" | kind u8 = 1 | epoch u32 | count u16 | count × (secret 32 | length u32)

Decoders are total: hostile bytes give InvalidInput and allocate no more than they received. Both reprs name sizes,
never content or secrets. Sealing is crypto/seal.py's work.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dfs_core.errors import InvalidInput
from dfs_core.limits import CHUNK_BYTES_MAX, FILE_BYTES_MAX, INLINE_BYTES_MAX, PAGE_CHUNKS_MAX
from dfs_core.model.chunking import ChunkSpan, check_chunk_bytes, chunk_count, chunk_length, chunk_spans

MARKER = b"dfsM1"
SECRET_BYTES = 32
ADDRESS_BYTES = 32
HASH_BYTES = 32
EPOCH_MAX = 2**32 - 1
_KIND_HEAD, _KIND_PAGE = 0, 1
_HEAD = struct.Struct(">5sBIQ32sB")
_PAGE = struct.Struct(">5sBIH")
_REF = struct.Struct(">32sI")


@dataclass(frozen=True, slots=True)
class ChunkRef:
    """One chunk of a file: where its sealed bytes are, what opens them, how many of them are true."""

    address: bytes
    secret: bytes
    length: int

    def __post_init__(self) -> None:
        if len(self.address) != ADDRESS_BYTES or len(self.secret) != SECRET_BYTES:
            raise InvalidInput(f"a chunk's address and secret have {ADDRESS_BYTES} bytes each")
        if not 0 < self.length <= CHUNK_BYTES_MAX:
            raise InvalidInput(f"a chunk has 1 to {CHUNK_BYTES_MAX} bytes, not {self.length}")

    def __repr__(self) -> str:
        return f"ChunkRef({self.address.hex()[:12]}, length={self.length})"


@dataclass(frozen=True, slots=True)
class Page:
    """Up to PAGE_CHUNKS_MAX consecutive chunks of a version, all sealed under one secret epoch."""

    epoch: int
    refs: tuple[ChunkRef, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.refs) <= PAGE_CHUNKS_MAX:
            raise InvalidInput(f"a manifest page has 1 to {PAGE_CHUNKS_MAX} chunks, not {len(self.refs)}")
        if not 0 <= self.epoch <= EPOCH_MAX:
            raise InvalidInput(f"{self.epoch} is no secret epoch")

    def __repr__(self) -> str:
        return f"Page(epoch={self.epoch}, {len(self.refs)} chunks)"

    @property
    def addresses(self) -> list[bytes]:
        """What goes into the log in clear, in order."""
        return [ref.address for ref in self.refs]


@dataclass(frozen=True, slots=True)
class Head:
    """What a version says about the whole file.

    `content_hash` is the plain BLAKE3 of the file. `inline` is the file itself when it has at most INLINE_BYTES_MAX
    bytes and therefore no chunks, else None.
    """

    chunk_bytes: int
    size: int
    content_hash: bytes
    inline: bytes | None = None

    def __post_init__(self) -> None:
        check_chunk_bytes(self.chunk_bytes)
        if not 0 <= self.size <= FILE_BYTES_MAX:
            raise InvalidInput(f"a file has at most {FILE_BYTES_MAX} bytes, not {self.size}")
        if len(self.content_hash) != HASH_BYTES:
            raise InvalidInput(f"a content hash has {HASH_BYTES} bytes, not {len(self.content_hash)}")
        if self.inline is None:
            if self.size == 0:
                raise InvalidInput("an empty file has no chunks: it is inlined")
        elif len(self.inline) != self.size or self.size > INLINE_BYTES_MAX:
            raise InvalidInput(f"{len(self.inline)} inlined bytes do not make a file of {self.size}")

    def __repr__(self) -> str:
        inlined = ", inlined" if self.inline is not None else ""
        return f"Head(size={self.size}, chunk_bytes={self.chunk_bytes}{inlined})"

    @property
    def chunks(self) -> int:
        """How many chunks the version refers to."""
        return 0 if self.inline is not None else chunk_count(self.size, self.chunk_bytes)

    @property
    def pages(self) -> int:
        """How many manifest pages hold them."""
        return -(-self.chunks // PAGE_CHUNKS_MAX)

    def spans(self, start: int = 0, end: int | None = None) -> Iterator[ChunkSpan]:
        """Which parts of which chunks make up the bytes `start` … `end` (exclusive); see `chunk_spans`."""
        return chunk_spans(self.size, self.chunk_bytes, start, end)


def page_of(index: int) -> tuple[int, int]:
    """Where chunk `index` is described: (page number from 0, place in the page). Page n is sealed as part n + 1."""
    return divmod(index, PAGE_CHUNKS_MAX)


def encode_head(head: Head) -> bytes:
    """The one byte string of `head`, to be sealed as part 0."""
    inlined = head.inline is not None
    fixed = _HEAD.pack(MARKER, _KIND_HEAD, head.chunk_bytes, head.size, head.content_hash, inlined)
    return fixed + (head.inline or b"")


def decode_head(plain: bytes | bytearray | memoryview) -> Head:
    """Read an opened head. InvalidInput for anything `encode_head` would not have written."""
    view = memoryview(plain)
    if len(view) < _HEAD.size:
        raise InvalidInput(f"a manifest head has at least {_HEAD.size} bytes, not {len(view)}")
    marker, kind, chunk_bytes, size, content_hash, inlined = _HEAD.unpack_from(view)
    _check_marker(marker, kind, _KIND_HEAD)
    rest = view[_HEAD.size :]
    if inlined not in (0, 1):
        raise InvalidInput("a manifest head says neither inlined nor chunked")
    if len(rest) != (size if inlined else 0):
        raise InvalidInput(f"{len(rest)} bytes follow a manifest head that announced {size if inlined else 0}")
    return Head(chunk_bytes, size, content_hash, bytes(rest) if inlined else None)


def encode_page(page: Page) -> bytes:
    """The one byte string of a page's secrets and true lengths, to be sealed as part n + 1. No addresses."""
    fixed = _PAGE.pack(MARKER, _KIND_PAGE, page.epoch, len(page.refs))
    return fixed + b"".join(_REF.pack(ref.secret, ref.length) for ref in page.refs)


def decode_page(plain: bytes | bytearray | memoryview, addresses: Sequence[bytes]) -> Page:
    """Read an opened page together with its chunks' addresses, which the log carries in clear.

    InvalidInput for anything `encode_page` would not have written, or when the number of addresses differs. Addresses
    in a wrong order are noticed when a chunk does not open.
    """
    view = memoryview(plain)
    if len(view) < _PAGE.size:
        raise InvalidInput(f"a manifest page has at least {_PAGE.size} bytes, not {len(view)}")
    marker, kind, epoch, count = _PAGE.unpack_from(view)
    _check_marker(marker, kind, _KIND_PAGE)
    rest = view[_PAGE.size :]
    if count > PAGE_CHUNKS_MAX or len(rest) != count * _REF.size:
        raise InvalidInput(f"{len(rest)} bytes follow a manifest page that announced {count} chunks")
    if len(addresses) != count:
        raise InvalidInput(f"a manifest page of {count} chunks came with {len(addresses)} addresses")
    pairs = zip(addresses, _REF.iter_unpack(rest), strict=True)
    return Page(epoch, tuple(ChunkRef(bytes(address), secret, length) for address, (secret, length) in pairs))


def check_lengths(head: Head, page_number: int, page: Page) -> None:
    """Raise InvalidInput unless `page` has the number of chunks, and each the length, that `head` calls for."""
    first = page_number * PAGE_CHUNKS_MAX
    if page_number < 0 or len(page.refs) != min(PAGE_CHUNKS_MAX, head.chunks - first):
        raise InvalidInput(f"manifest page {page_number} has {len(page.refs)} chunks, its head counts {head.chunks}")
    for index, ref in enumerate(page.refs, start=first):
        if ref.length != chunk_length(index, head.size, head.chunk_bytes):
            raise InvalidInput(f"chunk {index} of {head.size} bytes cannot have {ref.length}")


def _check_marker(marker: bytes, kind: int, wanted: int) -> None:
    if marker != MARKER:
        raise InvalidInput(f"a manifest starts with {MARKER.decode()}, not {marker!r}; a newer dfs may have written it")
    if kind != wanted:
        raise InvalidInput(f"this part of a manifest is of kind {kind}, not {wanted}")
