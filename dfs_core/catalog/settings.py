"""The cluster settings: their names, defaults and bounds.

Only what was set is in the catalog; a setting that never was has its default. Bounds are part of what an entry means:
changing one here would let two versions of the program disagree about an old entry, so a bound once released stays.
What people are kept from asking for is narrower (`sensible`, asked before an entry is made) and may change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dfs_core.limits import (
    CHUNK_BYTES_DEFAULT,
    CHUNK_BYTES_MAX,
    CHUNK_BYTES_MIN,
    COPIES_DEFAULT,
    COPIES_MAX,
    GIB,
    KIB,
    MIB,
)

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
    sensible: int = 0  # what people may ask for is at least this, or 0 where that is allowed: it has its own meaning


SETTINGS: Mapping[str, Setting] = {
    "copies": Setting(COPIES_DEFAULT, 1, COPIES_MAX, "how many replicas of each chunk are wanted"),
    "chunk_bytes": Setting(
        CHUNK_BYTES_DEFAULT, CHUNK_BYTES_MIN, CHUNK_BYTES_MAX, "how long the chunks of new versions are"
    ),
    "out_ms": Setting(10 * _MINUTE_MS, 1_000, _DAY_MS, "how long a node is down before it is voted out"),
    "grace_ms": Setting(_DAY_MS, 0, _YEARS_MS, "how long a chunk without references is kept, in log time", 1_000),
    "history_versions": Setting(10, 1, 100, "how many of a key's newest versions are kept whatever their age"),
    "history_ms": Setting(
        30 * _DAY_MS, 0, _YEARS_MS, "how long every version is kept, in log time; thinned above 100", 1_000
    ),
    "removed_ms": Setting(
        30 * _DAY_MS, 1_000, _YEARS_MS, "how long after a removal all that it ended is kept, in log time"
    ),
    "repair_bytes_s": Setting(
        0,
        0,
        1 << 50,
        "how many bytes a second each node moves at most to repair and to rebalance; 0: no limit",
        16 * KIB,
    ),
    "scrub_ms": Setting(
        30 * _DAY_MS, 1_000, _YEARS_MS, "in how long each node checks all of its chunks once", _MINUTE_MS
    ),
    "snapshot_ms": Setting(
        _DAY_MS, 1_000, _YEARS_MS, "how often the catalog is sealed and kept as chunks, in log time", _MINUTE_MS
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


def unwise(name: str, value: int) -> str:
    """Why nobody can want this value, though an entry might have it, or why it cannot be; empty when it is fine."""
    setting = SETTINGS.get(name)
    if setting is None or (not refusal(name, value) and (value >= setting.sensible or value == 0)):
        return refusal(name, value)
    return f"{name} is {_range(name)}, not {value:,}{_unit(name)}"


def smallest(setting: Setting) -> tuple[int, ...]:
    """The least that people may ask for: one value, or 0 and the next one."""
    if setting.least == 0 and setting.sensible:
        return 0, setting.sensible
    return (max(setting.least, setting.sensible),)


def amount(name: str, value: int) -> str:
    """A setting's value, and what it amounts to."""
    units: tuple[tuple[int, str], ...] = ()
    if name.endswith("_ms"):
        units = ((_DAY_MS, "d"), (_MINUTE_MS, "min"), (1000, "s"))
    if name.endswith(("_bytes", "_bytes_s")):
        units = ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB"))
    for size, unit in units:
        if value and value % size == 0:
            return f"{value:,} ({value // size:,} {unit})"
    return f"{value:,}"


def _range(name: str) -> str:
    least = " or ".join(amount(name, value) for value in smallest(SETTINGS[name]))
    return f"{least} to {amount(name, SETTINGS[name].most)}"


def _unit(name: str) -> str:
    """How to write what was probably meant."""
    return " milliseconds; days are written 3d, seconds 90s" if name.endswith("_ms") else ""
