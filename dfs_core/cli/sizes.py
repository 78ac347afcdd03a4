"""Sizes, durations and byte ranges as people write them, read strictly; and sizes and times written for people."""

from __future__ import annotations

import re
import time
from typing import NamedTuple

from dfs_core.errors import InvalidInput

_BINARY = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4, "P": 1024**5}
_DECIMAL = {"KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4, "PB": 1000**5}
_UNITS = {"": 1, "B": 1, **_BINARY, **{f"{letter}IB": size for letter, size in _BINARY.items()}, **_DECIMAL}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)")
_DURATION = re.compile(r"(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?")
_RANGE = re.compile(r"([0-9]*)-([0-9]*)")


def parse_size(text: str) -> int:
    """Bytes of "500G", "1.5TiB", "750GB", "4096". K … and KiB … are powers of 1024, KB … of 1000. InvalidInput."""
    match = _SIZE.fullmatch(text)
    unit = match and _UNITS.get(match[2].upper())
    if not match or unit is None:
        raise InvalidInput(f"not a size: {text!r} (say 500G, 1.5TiB or 750GB)")
    whole, _, fraction = match[1].partition(".")
    # In whole numbers, since 1.1TiB in floating point is not quite that.
    return int(whole) * unit + (int(fraction) * unit // 10 ** len(fraction) if fraction else 0)


def parse_duration(text: str) -> float:
    """Seconds of "90s", "30m", "1h", "7d" or "1h30m". InvalidInput for anything else, a zero among it."""
    match = _DURATION.fullmatch(text)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if not total:
        raise InvalidInput(f"not a duration: {text!r} (say 90s, 30m, 1h or 7d)")
    return float(total)


class ByteRange(NamedTuple):
    """Bytes `start` up to and without `end` (-1: to the file's end); with `last`, the last so many instead."""

    start: int = 0
    end: int = -1
    last: int = 0


def parse_range(text: str) -> ByteRange:
    """ "A-B" with both ends included, "A-" to the end, "-N" the last N bytes: as HTTP has it. InvalidInput."""
    match = _RANGE.fullmatch(text)
    if match and match[1] and match[2] and int(match[1]) <= int(match[2]):
        return ByteRange(int(match[1]), int(match[2]) + 1)
    if match and match[1] and not match[2]:
        return ByteRange(int(match[1]))
    if match and match[2] and not match[1] and int(match[2]):
        return ByteRange(last=int(match[2]))
    raise InvalidInput(f"not a byte range: {text!r} (say 0-499, 500- or -500)")


def format_size(size: int) -> str:
    """ "0 B", "999 B", "1.0 KiB", "23.4 GiB"."""
    if size < 1024:
        return f"{size} B"
    value = float(size)
    for letter in "KMGTP":
        value /= 1024
        if value < 999.95 or letter == "P":
            return f"{value:.1f} {letter}iB"
    raise AssertionError("the loop returns at its last letter")


def format_duration(seconds: float) -> str:
    """ "4 s", "3 min", "5 h", "12 d": the largest unit that fits, rounded down."""
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{int(seconds // unit)} {name}"
    return f"{max(0, int(seconds))} s"


def format_wall(wall_ms: int) -> str:
    """Milliseconds since 1970 as "2024-05-31 14:05", in the zone of whoever reads it."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(wall_ms / 1000))


def counted(count: int, one: str, many: str = "") -> str:
    """ "1 copy", "3 copies", "1,200 files"; `many` where the plural is not that of `one`'s last letter."""
    if not many:
        many = f"{one[:-1]}ies" if one.endswith("py") else f"{one}s"
    return f"{count:,} {one if count == 1 else many}"
