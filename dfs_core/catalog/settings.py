"""The cluster settings: their names, defaults and bounds.

Only what was set is in the catalog; a setting that never was has its default. Bounds are part of what an entry means:
changing one here would let two versions of the program disagree about an old entry, so a bound once released stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dfs_core.limits import CHUNK_BYTES_DEFAULT, CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, COPIES_DEFAULT, COPIES_MAX

_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_YEARS_MS = 3650 * _DAY_MS


@dataclass(frozen=True, slots=True)
class Setting:
    """One whole number, from `least` to `most`, both included."""

    default: int
    least: int
    most: int
    means: str


SETTINGS: Mapping[str, Setting] = {
    "copies": Setting(COPIES_DEFAULT, 1, COPIES_MAX, "how many replicas of each chunk are wanted"),
    "chunk_bytes": Setting(
        CHUNK_BYTES_DEFAULT, CHUNK_BYTES_MIN, CHUNK_BYTES_MAX, "how long the chunks of new versions are"
    ),
    "out_ms": Setting(10 * _MINUTE_MS, 1_000, _DAY_MS, "how long a node is down before it is voted out"),
    "grace_ms": Setting(_DAY_MS, 0, _YEARS_MS, "how long a chunk without references is kept, in log time"),
    "history_versions": Setting(10, 1, 100, "how many of a key's newest versions are kept whatever their age"),
    "history_ms": Setting(30 * _DAY_MS, 0, _YEARS_MS, "how long every version is kept, in log time; thinned above 100"),
    "removed_ms": Setting(
        30 * _DAY_MS, 1_000, _YEARS_MS, "how long after a removal all that it ended is kept, in log time"
    ),
    "repair_bytes_s": Setting(
        0, 0, 1 << 50, "how many bytes a second each node moves at most to repair and to rebalance; 0: no limit"
    ),
    "scrub_ms": Setting(30 * _DAY_MS, 1_000, _YEARS_MS, "in how long each node checks all of its chunks once"),
    "snapshot_ms": Setting(
        _DAY_MS, 1_000, _YEARS_MS, "how often the catalog is sealed and kept as chunks, in log time"
    ),
    "upload_silence_ms": Setting(_DAY_MS, _MINUTE_MS, _YEARS_MS, "how long a silent store under way holds its chunks"),
}


def refusal(name: str, value: int) -> str:
    """Why this setting cannot have this value; empty when it can."""
    setting = SETTINGS.get(name)
    if setting is None:
        return f"there is no setting '{name[:40]}'; there are {', '.join(sorted(SETTINGS))}"
    if not setting.least <= value <= setting.most:
        return f"{name} is {setting.least} to {setting.most} ({setting.means}), not {value}"
    return ""
