"""Clusters on this machine: spawn, wait for readiness, stop, kill, always reap.

`LocalCluster` runs real `python -m dfs_core node` processes; it knows no Python object of a node. `places` says where
nodes and clusters live by default. What runs processes is imported when it is first asked for: every verb of the
command line looks up a place, few start a node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dfs_core.errors import NodeFailed
from dfs_core.local.places import home, local_root, node_data_dir

if TYPE_CHECKING:
    from dfs_core.local.cluster import NODES_DEFAULT, LocalCluster
    from dfs_core.local.nodes import LocalNode, OnProgress
    from dfs_core.local.wish import NodeWish

__all__ = [
    "NODES_DEFAULT",
    "LocalCluster",
    "LocalNode",
    "NodeFailed",
    "NodeWish",
    "OnProgress",
    "home",
    "local_root",
    "node_data_dir",
]

_LATER = {
    "NODES_DEFAULT": "dfs_core.local.cluster",
    "LocalCluster": "dfs_core.local.cluster",
    "LocalNode": "dfs_core.local.nodes",
    "OnProgress": "dfs_core.local.nodes",
    "NodeWish": "dfs_core.local.wish",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_LATER[name]), name)
