"""What a node stands in: time, chance, the way to other nodes, and where chunks are kept.

The defaults are a real machine's. A simulation hands in its own, and everything else about the node is the real thing.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random, SystemRandom
from typing import Protocol

from dfs_core.clock import Clock, SystemClock
from dfs_core.crypto.identity import Identity
from dfs_core.limits import LOG_KEPT_BYTES
from dfs_core.model.raft_ready import RaftSettings
from dfs_core.replication.budget import Windows
from dfs_core.store.base import ChunkStore, Durability
from dfs_core.store.open import open_store
from dfs_core.store.reserve import DiskReserve
from dfs_core.transport.network import Network


class OpenStore(Protocol):
    """How a node comes by its chunk store."""

    def __call__(self, place: Path, *, capacity_bytes: int | None, durability: Durability) -> Awaitable[ChunkStore]: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Handed to `Node`; one a node."""

    clock: Clock = field(default_factory=SystemClock)
    random: Random = field(default_factory=SystemRandom)  # delays and elections
    token: Callable[[int], bytes] = secrets.token_bytes  # ids that nobody may guess
    raft: RaftSettings = field(default_factory=RaftSettings)
    log_kept_bytes: int = LOG_KEPT_BYTES  # of the log's entries, when it is cut off
    windows: Windows = field(default_factory=Windows)  # of chunks in memory
    network: Callable[[Identity], Network] | None = None  # None: TCP and TLS
    open_store: OpenStore = open_store
    reserve: Callable[[Path], DiskReserve | None] = DiskReserve  # kept in the node's folder for the log
    local_clients: bool = True  # listen on the folder's control socket
