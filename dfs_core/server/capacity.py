"""How much a node offers when nobody said."""

from __future__ import annotations

import shutil
from pathlib import Path

from dfs_core.errors import StoreError
from dfs_core.limits import GIB

ROUNDED_TO = GIB  # so that several nodes on one disk offer the same, and share alike


def capacity_of(data_dir: Path) -> int:
    """Nine tenths of what is free on the disk that `data_dir` is or will be on, in bytes; at least one GiB."""
    place = data_dir.absolute()
    try:
        while not place.exists():
            place = place.parent
        free = shutil.disk_usage(place).free
    except OSError as error:
        raise StoreError(f"{place}: {error.strerror}") from error
    return max(ROUNDED_TO, free * 9 // 10 // ROUNDED_TO * ROUNDED_TO)
