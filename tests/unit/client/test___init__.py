"""The door needs no node behind it to be opened; what it offers is compared with docs/client.md by
tests/architecture/test_public_names.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dfs_core


def test_a_client_carries_no_node_inside() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(dfs_core.__file__).parents[1])}
    found = subprocess.run(
        [sys.executable, "-c", "import sys, dfs_core.client; print('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    imported = set(found.stdout.split())
    assert "dfs_core.client.client" in imported
    nodes_own = ("dfs_core.server", "dfs_core.store", "dfs_core.catalog", "dfs_core.replication", "sqlite3")
    assert not [name for name in imported if name.startswith(nodes_own)]
