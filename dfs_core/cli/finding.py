"""Which node a client's verb talks to.

--control, else --data-dir, else DFS_DATA_DIR, else the first running node of the local cluster. Where nobody made a
local cluster, this machine's own node (`dfs-core init` without --data-dir) is meant. A stopped local cluster is not
passed over in favour of another: a file must not land in a cluster that the user did not think of.
"""

from __future__ import annotations

import os
from pathlib import Path

from dfs_core.errors import NodeNotRunning
from dfs_core.local.places import local_root, node_data_dir


def find_control(data_dir: str | None, control: str | None) -> Path:
    """The control socket to dial. It is looked up, not tried. NodeNotRunning: there is nothing to look at."""
    if control:
        return Path(control)
    named = data_dir or os.environ.get("DFS_DATA_DIR")
    if named:
        return _socket_of(Path(named).expanduser())
    socket = _local_socket(local_root())
    if socket is not None:
        return socket
    own = node_data_dir()
    if own.exists():
        return _socket_of(own)
    raise NodeNotRunning(str(local_root()))


def _socket_of(data_dir: Path) -> Path:
    from dfs_core.transport.control_socket import find_control_socket

    return find_control_socket(data_dir)


def _local_socket(root: Path) -> Path | None:
    """The control socket of the first local node that runs, else of the first one; None without a local cluster."""
    from dfs_core.local import process, state

    nodes = [node for node in state.load(root).nodes if node.control]
    running = (node for node in nodes if process.is_running(node.pid, node.mark))
    chosen = next(running, nodes[0] if nodes else None)
    return None if chosen is None else Path(chosen.control)
