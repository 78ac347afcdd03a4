"""What the catalog answers beside versions and members: small values, true at one log index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """The cluster as the log founded it, and its settings as of now (`settings` holds all, defaults included)."""

    id: bytes
    founder: bytes  # node id
    founded_at: int  # log index
    copies: int
    chunk_bytes: int
    settings: Mapping[str, int]
    log_ms: int  # log time since the founding


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the catalog knows of. Kept while applying, so that asking costs the same however much it is."""

    keys: int  # with a current version
    versions: int  # kept, tombstones included
    logical_bytes: int  # of the current versions' files
    chunks: int  # that something refers to, each once
    chunk_bytes: int  # those chunks sealed, one copy of each
    history_bytes: int  # of all kept versions' files
    uploads: int  # stores under way
    unreferenced: int  # chunks that nothing refers to any more
    unreferenced_bytes: int
    condemned: int  # chunks that may be deleted and are not known to be gone everywhere
    condemned_bytes: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one entry condemned and is in force still, in the order of addresses; `index` says which entry.

    The last there is has no addresses when none of them is in force any more; then `index` is the newest verdict's.
    """

    index: int
    addresses: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far verdicts go: the newest one's index, and up to where they are forgotten, as of the applied index."""

    applied: int
    condemned_at: int
    horizon: int


@dataclass(frozen=True, slots=True)
class SecretEpochFacts:
    """A secret epoch: the hash of its secret, its recovery authority's certificate, and if its sheet is safe."""

    number: int
    hash: bytes
    authority: bytes
    confirmed: bool
    started_at: int  # log index


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """A catalog snapshot that is kept as chunks; `root` is the address of the chunk that opens the rest."""

    number: int
    taken_at: int  # log index
    epoch: int
    snapshot_id: bytes
    root: bytes
    root_bytes: int
    size: int  # before sealing
    log_index: int  # of the entry that keeps it
    log_ms: int  # log time of that entry


@dataclass(frozen=True, slots=True)
class Pending:
    """Chunks that nothing refers to: those in their grace time, and those condemned but not gone everywhere."""

    unreferenced: int
    unreferenced_bytes: int  # one copy of each
    oldest_ms: int  # log time since when the first of them waits; -1: none does
    condemned: int
    condemned_bytes: int


@dataclass(frozen=True, slots=True)
class GenerationFacts:
    """Of the log: 0 until an operator had to force one. While it is `held` nothing is condemned and nothing expires."""

    number: int = 0
    generation_id: bytes = b""
    held: bool = False


@dataclass(frozen=True, slots=True)
class ChunkedVersion:
    """A version whose content is in chunks, as far as it takes to look through them."""

    key: str
    number: int
    version_id: bytes
    size: int
    chunks: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A store under way: what its pages hold on to, and when (log time) it began and last showed that it lives."""

    version_id: bytes
    pages: int
    chunks: int
    started_ms: int
    touched_ms: int
