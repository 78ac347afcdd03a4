"""What the package offers, and that looking up a place starts nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dfs_core
import dfs_core.local


def test_everything_offered_is_there() -> None:
    for name in dfs_core.local.__all__:
        assert getattr(dfs_core.local, name) is not None


def test_what_is_not_offered_is_missed_as_usual() -> None:
    with pytest.raises(AttributeError, match="NoSuchThing"):
        _ = dfs_core.local.NoSuchThing


def test_looking_up_a_place_imports_neither_client_nor_process_control() -> None:
    program = "import sys; from dfs_core.local import home; home(); print('\\n'.join(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(Path(dfs_core.__file__).parents[1]), "DFS_HOME": "/somewhere"}
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert not {"asyncio", "subprocess", "dfs_core.client", "dfs_core.local.cluster"} & set(found.stdout.split())
