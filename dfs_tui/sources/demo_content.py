"""What the generated cluster is made of: nodes, keys with plausible names and sizes, transfers; from seeded dice."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dfs_tui.view.values import Direction, KeyEntry, ProcessState

COPIES = 3
CAPACITY_BYTES = 250 << 30
CHUNK_BYTES = 1 << 20

_FOLDERS = {
    "photos/2024": ("alps", "beach", "dunes", "family", "img"),
    "backups": ("home.tar", "etc.tar", "mail.tar"),
    "notes": ("q1", "q2", "q3", "ideas", "todo"),
    "music/flac": ("side-a", "side-b"),
    "vm": ("disk0", "disk1"),
}
_ENDINGS = {"photos/2024": "raw", "backups": "zst", "notes": "md", "music/flac": "flac", "vm": "qcow2"}
_SIZES = {"photos/2024": 24 << 20, "backups": 300 << 20, "notes": 9 << 10, "music/flac": 31 << 20, "vm": 1 << 30}


@dataclass(slots=True)
class DemoNode:
    """One node: its process, and when it last changed."""

    name: str
    node: str
    listen: str
    pid: int
    state: ProcessState = ProcessState.STOPPED
    since: float = 0.0
    up_since: float = 0.0
    out: bool = False
    draining: bool = False
    paused: set[str] = field(default_factory=set)  # workers
    paces: dict[str, float] = field(default_factory=dict)
    frozen_at: float = -1.0  # since when it stands still; -1: it does not
    bans: dict[str, float] = field(default_factory=dict)  # node id, and until when
    slow: dict[str, float] = field(default_factory=dict)  # the same: to whom its link takes long
    step: str = ""  # at which it is while it is being made


@dataclass(slots=True)
class DemoKey:
    """One key and the nodes that hold it."""

    entry: KeyEntry
    holders: set[str]


@dataclass(slots=True)
class DemoTransfer:
    """Bytes on their way. `moved` is told; `ended` is called once with the reason of a failure or nothing."""

    id: str
    direction: Direction
    key: str
    size_bytes: int
    via: str
    begun_at: float
    done_bytes: int = 0
    moved: Callable[[int], None] | None = None
    ended: Callable[[str], None] | None = None
    fails: str = ""  # half way, with this reason


MISHAPS_ONE_IN = 12
WINDOW_BYTES = 16 << 20  # of a store that has left and is not safe yet; as much again is safe and not everywhere


def mishap(direction: Direction, dice: random.Random, nodes: Sequence[str]) -> str:
    """Why one in MISHAPS_ONE_IN of the others' transfers fails half way, in the words of real nodes; mostly nothing."""
    if dice.randrange(MISHAPS_ONE_IN) or len(nodes) < COPIES:
        return ""
    one, two = dice.sample(nodes, 2)
    if direction is Direction.STORE:
        return f"1 of 2 needed copies could be made: {one}: no answer within 60 s; {two}: no room for another chunk"
    return f"{one}: chunk {dice.getrandbits(48):012x} is on no reachable node ({one} no answer within 30 s)"


def acknowledged(transfer: DemoTransfer, nodes: Sequence[DemoNode]) -> tuple[int, int, dict[str, int]]:
    """Bytes of a store that are safe, bytes that are everywhere, and chunks by node."""
    window = min(WINDOW_BYTES, transfer.size_bytes // 8)
    safe, everywhere = (max(transfer.done_bytes - count * window, 0) for count in (1, 2))
    chunks = safe // CHUNK_BYTES
    last = COPIES - 1
    found = {node.node: chunks if at < last else everywhere // CHUNK_BYTES for at, node in enumerate(nodes[:COPIES])}
    return safe, everywhere, found if chunks else {}


def generate_keys(dice: random.Random, count: int, nodes: Sequence[str], wall_s: float) -> dict[str, DemoKey]:
    """`count` keys with their holders among `nodes`, stored within the last forty days."""
    keys: dict[str, DemoKey] = {}
    folders = list(_FOLDERS)
    for number in range(count):
        folder = folders[min(int(dice.expovariate(0.9)), len(folders) - 1)]
        key = f"{folder}/{dice.choice(_FOLDERS[folder])}-{number:04}.{_ENDINGS[folder]}"
        size = max(int(_SIZES[folder] * dice.uniform(0.2, 1.8)), 1)
        stored_s = wall_s - dice.uniform(60, 40 * 86400)
        holders = set(dice.sample(nodes, min(COPIES, len(nodes))))
        keys[key] = DemoKey(KeyEntry(key, number + 1, size, stored_s, len(holders), nodes[0]), holders)
    return keys
