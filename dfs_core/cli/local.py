"""`dfs-core local`: a cluster of several real nodes on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dfs_core.cli.options import SIZE, json_option
from dfs_core.cli.output import out_json, out_table
from dfs_core.cli.run import run_async
from dfs_core.cli.terminal import out, say, short_id
from dfs_core.errors import InvalidInput
from dfs_core.local import NODES_DEFAULT, LocalCluster, LocalNode, NodeWish
from dfs_core.local.cluster import SHEET_NAME
from dfs_core.local.ports import PORT_MAX, PORT_MIN

root_option = click.option(
    "--root", metavar="DIR", type=click.Path(path_type=Path), help="The cluster's folder. Default: below DFS_HOME."
)


@click.group()
def local() -> None:
    """Run a cluster of several nodes on this machine: to try things out, and as the dashboard's own.

    The nodes are real and go on running after the command. Verbs without --control or --data-dir talk to the first.
    """


@local.command()
@click.option("--nodes", type=click.IntRange(1, 50), default=NODES_DEFAULT, show_default=True, help="At least so many.")
@click.option("--base-port", type=click.IntRange(1024, 65000), help="Ports from here on. Default: 3000, 7000, 5000.")
@root_option
@json_option
def up(nodes: int, base_port: int | None, root: Path | None, as_json: bool) -> int:
    """Start the cluster: make the nodes that are missing, start those that are stopped.

    A node whose port is taken gets the next free one.
    """

    async def start() -> LocalCluster:
        cluster = LocalCluster(root)
        await cluster.up(nodes, lambda name, step: say(f"{name}: {step}"), base_port=base_port)
        return cluster

    fresh = not (LocalCluster(root).root / SHEET_NAME).exists()
    cluster = run_async(start())
    _show(cluster, as_json)
    if fresh and not as_json:
        say(f"the recovery sheet is in {cluster.root / SHEET_NAME}; without it, losing all nodes loses all files")
    return 0


@local.command()
@click.option("--name", default="", help="What it is called. Default: the next number (n4).")
@click.option("--folder", metavar="DIR", type=click.Path(), default="", help="Where it lives. Default: below --root.")
@click.option("--port", type=click.IntRange(PORT_MIN, PORT_MAX), help="Where it listens. Default: the next free one.")
@click.option("--capacity", type=SIZE, help="How much it offers, like 500G. Default: what is free.")
@click.option("--join", "line", metavar="LINE", help="Join with this invitation of the same cluster ('-': read it).")
@root_option
@json_option
def add(
    name: str, folder: str, port: int | None, capacity: int | None, line: str | None, root: Path | None, as_json: bool
) -> int:
    """Make one more node on this machine, have it join the cluster here, and start it.

    Without options it is one more like the others. Nothing is done when something of it cannot be: a port that is in
    use, a folder with files in it, a name that is taken.
    """
    cluster = LocalCluster(root)
    invitation = sys.stdin.readline().strip() if line == "-" else line or ""
    if line is not None and not invitation:
        raise InvalidInput("no invitation was given; 'dfs-core invite' on a node of the cluster prints one")
    wish = NodeWish(name, folder, port or 0, capacity or 0, invitation)
    added = run_async(cluster.add(lambda node, step: say(f"{node}: {step}"), wish))
    if as_json:
        out_json(added)
    else:
        out(f"{added.name} runs at {added.listen}, its data is in {added.data_dir}")
    return 0


@local.command()
@root_option
def down(root: Path | None) -> int:
    """Stop every node. Their data stays; 'dfs-core local up' goes on with it."""
    run_async(LocalCluster(root).down(lambda name, step: say(f"{name}: {step}")))
    return 0


@local.command()
@root_option
@json_option
def status(root: Path | None, as_json: bool) -> int:
    """Show which nodes there are, and whether they run."""
    _show(LocalCluster(root), as_json)
    return 0


def _show(cluster: LocalCluster, as_json: bool) -> None:
    nodes = cluster.nodes()
    if as_json:
        for node in nodes:
            out_json(node)
    elif nodes:
        out_table(("NAME", "STATE", "LISTEN", "NODE", "PID", "DATA"), [_row(node) for node in nodes])
    else:
        out(f"no cluster in {cluster.root}; 'dfs-core local up' makes one")


def _row(node: LocalNode) -> tuple[str, ...]:
    return (node.name, node.state, node.listen, short_id(node.node_id), str(node.pid or ""), node.data_dir)
