"""Where clusters and nodes of this user live when nobody says otherwise.

`DFS_HOME`, or the platform's folder for a user's application data; never the checkout, never the current folder.
"""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder of everything below: `DFS_HOME` or, on Linux, ~/.local/share/dfs. It need not exist."""
    chosen = os.environ.get("DFS_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    import platformdirs  # here: with DFS_HOME set nothing else needs it

    return platformdirs.user_data_path("dfs", appauthor=False)


def local_root() -> Path:
    """The folder of the cluster that `dfs-core local` and the dashboard run on this machine."""
    return home() / "local"


def node_data_dir() -> Path:
    """The data folder of this machine's own node: `DFS_DATA_DIR`, or `node` below home."""
    chosen = os.environ.get("DFS_DATA_DIR")
    return Path(chosen).expanduser().absolute() if chosen else home() / "node"


def operator_dir() -> Path:
    """The folder of this user's operator certificate: `DFS_OPERATOR_DIR`, or `operator` below home."""
    chosen = os.environ.get("DFS_OPERATOR_DIR")
    return Path(chosen).expanduser().absolute() if chosen else home() / "operator"
