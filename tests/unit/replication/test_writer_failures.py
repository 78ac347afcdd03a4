from __future__ import annotations

import asyncio
import gc
import os
from pathlib import Path
from typing import Any

import pytest

from dfs_core.errors import DfsError
from dfs_core.limits import CHUNK_BYTES_MIN

from .chunk_world import World
from .file_world import Files


async def test_a_store_that_fails_leaves_no_error_that_nobody_looks_at(tmp_path: Path) -> None:
    files = Files(tmp_path, World())
    await files.found()
    lost: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: lost.append(context))
    with pytest.raises(DfsError):
        await files.store("key", os.urandom(3 * CHUNK_BYTES_MIN), min_copies=9)
    await files.close()
    gc.collect()
    assert lost == []
