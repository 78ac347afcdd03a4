"""What the generated cluster says of a node that is to be made: what it would choose, and what is taken already."""

from __future__ import annotations

import itertools
from dataclasses import replace

from dfs_tui.sources.demo_cluster import PORTS, DemoCluster
from dfs_tui.view.values import NewNode, NodeProposal

FREE_BYTES = 212 << 30


def proposal(cluster: DemoCluster, new: NewNode) -> NodeProposal:
    """Names and ports of generated nodes are as real ones'; folders are never made."""
    ports = {int(node.listen.rpartition(":")[2]): node.name for node in cluster.nodes.values()}
    troubles = {}
    if new.name in cluster.nodes:
        troubles["name"] = f"there is a node {new.name} here already; choose another name"
    if new.port in ports:
        free = next(port for port in range(new.port, 65536) if port not in ports)
        troubles["port"] = f"port {new.port} is {ports[new.port]}'s; {free} is free"
    number = next(each for each in itertools.count(cluster.made + 1) if f"n{each}" not in cluster.nodes)
    name = new.name or f"n{number}"
    port = next(port for port in range(PORTS.get(number, 5000 + number), 65536) if port not in ports)
    chosen = replace(
        new,
        name=name,
        folder=new.folder or f"~/.local/share/dfs/local/{name}",
        port=new.port or port,
    )
    return NodeProposal(chosen, troubles, FREE_BYTES)
