"""Names that check themselves once, at the edge; inside, the type is the proof.

An id is fixed-size bytes and prints as lower-case hex, so none that came from a peer can be joined into a path and
climb out of it. A key is the path-like name a user stores a file under.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from blake3 import blake3

from dfs_core.errors import InvalidInput
from dfs_core.limits import KEY_BYTES_MAX

BUCKET_COUNT = 4096
SHORT_HEX = 12


@dataclass(frozen=True, slots=True, order=True)
class _Id:
    digest: bytes
    size: ClassVar[int] = 32

    def __post_init__(self) -> None:
        if type(self.digest) is not bytes or len(self.digest) != self.size:
            raise InvalidInput(f"a {type(self).__name__} is {self.size} bytes, got {len(self.digest)}")

    # Written out, since they are asked more often than anything else: those of a dataclass build tuples.
    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if other.__class__ is self.__class__ else NotImplemented

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the hex form, in capitals too. InvalidInput when it is not exactly that."""
        try:
            digest = bytes.fromhex(text)
        except ValueError:
            digest = b""
        if len(digest) != cls.size or len(text) != 2 * cls.size:  # fromhex overlooks spaces and line ends
            raise InvalidInput(f"not a {cls.__name__}: {text!r} (want {2 * cls.size} hex digits)")
        return cls(digest)

    def __str__(self) -> str:
        return self.digest.hex()

    @property
    def short(self) -> str:
        """The first SHORT_HEX digits, as people see it."""
        return self.digest.hex()[:SHORT_HEX]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.short})"


class Address(_Id):
    """The name of a sealed chunk: the BLAKE3 digest of its bytes."""

    __slots__ = ()

    @classmethod
    def of(cls, sealed: bytes | bytearray | memoryview) -> Address:
        return cls(blake3(sealed).digest())

    @property
    def bucket(self) -> int:
        """The first 12 bits: a folder on disk and an inventory digest, 0 … 4095."""
        return int.from_bytes(self.digest[:2], "big") >> 4


class NodeId(_Id):
    """A node's name: the BLAKE3 digest of its public key (DER SubjectPublicKeyInfo)."""

    __slots__ = ()


class ClusterId(_Id):
    """A cluster's name, drawn once at its founding."""

    __slots__ = ()
    size: ClassVar[int] = 16


class VersionId(_Id):
    """A random name of one store attempt: of its upload, its commit command and its manifest's sealing."""

    __slots__ = ()
    size: ClassVar[int] = 16


def check_key(text: str) -> str:
    """Return `text` if it can name a file, else raise InvalidInput.

    A key is 1 … 4096 bytes of UTF-8 without NUL; its parts between slashes are neither empty, "." nor "..", so that
    a tree of keys can always be written out below a folder. Spaces, newlines, leading dashes and any script are fine.
    """
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        raise InvalidInput(f"a key must be valid UTF-8: {text!r}") from None
    if not 0 < size <= KEY_BYTES_MAX:
        raise InvalidInput(f"a key has 1 to {KEY_BYTES_MAX} bytes, this one has {size}")
    if "\0" in text:
        raise InvalidInput("a key cannot contain a NUL character")
    for part in text.split("/"):
        if part in ("", ".", ".."):
            raise InvalidInput(f"a key's parts cannot be empty, '.' or '..': {text!r}")
    return text
