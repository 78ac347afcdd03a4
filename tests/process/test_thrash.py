"""A short thrash of real nodes: dfs_core.testing.thrash.nodes and dfs_core.testing.thrash.storm at work.

A storm goes on until everything has happened that it is for, so a slow machine needs longer and misses nothing.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dfs_core.testing.thrash.figures import FILLED
from dfs_core.testing.thrash.nodes import may_read_proc
from dfs_core.testing.thrash.storm import Thrash

STORM_S = 10.0
SEED = 1


@pytest.mark.timeout(720)
def test_five_nodes_killed_paused_parted_and_filled_lose_nothing_and_come_clean_by_themselves(tmp_path: Path) -> None:
    assert may_read_proc(), "the doors ask Linux's /proc who opened a connection"
    said: list[str] = []
    try:
        thrash = Thrash(tmp_path, SEED, said.append)
        figures = asyncio.run(thrash.run(STORM_S))
    except BaseException as error:
        error.add_note("\n".join(said))
        raise
    assert figures.acknowledged, "nothing was stored"
    assert not figures.lacks(), figures
    assert figures.happened[FILLED] or not thrash.cluster.may_fill, figures
