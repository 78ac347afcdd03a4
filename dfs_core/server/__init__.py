"""One node as a process, or inside yours: `from dfs_core.server import Node, NodeConfig`.

    async with Node(NodeConfig.load(Path("~/photos-node").expanduser())) as node:
        await node.store("picture_1.png", data)
        assert await node.retrieve("picture_1.png") == data

The folder is made by `dfs-core init` or `dfs-core join` (`founding.init`, `joining.join`).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dfs_core.server.config import NodeConfig
    from dfs_core.server.node import Node

__all__ = ["Node", "NodeConfig"]


def __getattr__(name: str) -> Any:
    """Import on first use, so that `init` and `join` do not load a whole node."""
    if name == "Node":
        from dfs_core.server.node import Node

        return Node
    if name == "NodeConfig":
        from dfs_core.server.config import NodeConfig

        return NodeConfig
    raise AttributeError(name)
