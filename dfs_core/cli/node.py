"""`dfs-core init`, `join` and `node`: this machine's own node."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from dfs_core.cli.options import DURATION, SIZE, json_option
from dfs_core.cli.terminal import out, say, short_id
from dfs_core.errors import InvalidInput
from dfs_core.local.places import node_data_dir, operator_dir

_WHAT_IT_MEANS = (
    "Print this sheet or write it down, and keep it away from these machines. Everything in the cluster is encrypted:",
    "if all full nodes are lost, and this sheet too, nobody can ever read it again. Whoever has the sheet can read it",
    "all. When it is in a safe place, say so: dfs-core recovery confirm",
)

data_dir_option = click.option(
    "--data-dir",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The node's data folder. Default: DFS_DATA_DIR, else below DFS_HOME.",
)
listen_option = click.option("--listen", metavar="HOST:PORT", help="Where other nodes reach it. Port 0: a free one.")
zone_option = click.option(
    "--zone", default="", envvar="DFS_ZONE", help="What it can fail together with: a room, a house, a provider."
)
capacity_option = click.option(
    "--capacity", type=SIZE, envvar="DFS_CAPACITY", help="How much it offers, like 500G. Default: what is free."
)
start_option = click.option("--start", is_flag=True, help="Then run the node, as 'dfs-core node' does.")


@click.command()
@data_dir_option
@listen_option
@zone_option
@capacity_option
@click.option("--out-after", type=DURATION, help="How long a node is down before it is put out. Default: 10m.")
@start_option
@json_option
def init(
    data_dir: Path | None,
    listen: str | None,
    zone: str,
    capacity: int | None,
    out_after: float | None,
    start: bool,
    as_json: bool,
) -> int:
    """Make a new cluster with this machine as its first node, and print its recovery sheet.

    Nothing that exists is overwritten. Then: 'dfs-core node' runs it (or --start, at once), 'dfs-core invite' brings in
    the next machine.
    """
    from dfs_core.server.founding import init as found

    settings = {} if out_after is None else {"out_ms": int(out_after * 1000)}
    founded = found(_folder(data_dir), listen=listen, zone=zone, capacity=capacity, settings=settings)
    if as_json:
        out(
            json.dumps(
                {
                    "node_id": founded.node_id,
                    "cluster_id": founded.cluster_id,
                    "data_dir": founded.data_dir,
                    "recovery_sheet": founded.recovery_sheet,
                }
            )
        )
        return _run(data_dir) if start else 0
    out(founded.recovery_sheet)
    out("")
    for line in _WHAT_IT_MEANS:
        out(line)
    if start:
        say(f"node {short_id(founded.node_id)} is made in {founded.data_dir} and starts")
        return _run(data_dir)
    say(f"node {short_id(founded.node_id)} is made in {founded.data_dir}; start it: dfs-core node{_named(data_dir)}")
    return 0


@click.command()
@click.argument("invitation")
@data_dir_option
@listen_option
@zone_option
@capacity_option
@start_option
@json_option
def join(
    invitation: str,
    data_dir: Path | None,
    listen: str | None,
    zone: str,
    capacity: int | None,
    start: bool,
    as_json: bool,
) -> int:
    """Make this machine a node of the cluster that gave out INVITATION ('-': read it from standard input).

    The inviting node must be running. Then: 'dfs-core node' runs this one (or --start, at once). An operator's
    invitation makes a folder (--data-dir, else DFS_OPERATOR_DIR, else 'operator' below DFS_HOME) with which --connect
    reaches the cluster.
    """
    from dfs_core.crypto.invitation import Invitation
    from dfs_core.server.joining import join as redeem

    line = sys.stdin.readline() if invitation == "-" else invitation
    if not line.strip():
        raise InvalidInput("no invitation on standard input; 'dfs-core invite' on a node of the cluster prints one")
    operator = Invitation.parse(line).role == "operator"
    if operator and start:
        raise InvalidInput("an operator has no node to start; leave out --start")
    folder = operator_dir() if operator and data_dir is None else _folder(data_dir)
    joined = redeem(line.strip(), folder, listen=listen, zone=zone, capacity=capacity)
    if as_json:
        out(
            json.dumps(
                {
                    "node_id": joined.node_id,
                    "cluster_id": joined.cluster_id,
                    "role": joined.role,
                    "data_dir": joined.data_dir,
                }
            )
        )
        return _run(data_dir) if start else 0
    if operator:
        out(f"you may operate cluster {joined.cluster_id} from here, as {short_id(joined.node_id)}")
        named = f" --operator-dir {data_dir}" if data_dir else ""
        say(f"try it: dfs-core status --connect HOST:PORT{named}")
        return 0
    out(f"joined cluster {joined.cluster_id} as {joined.role} node {short_id(joined.node_id)}")
    if start:
        return _run(data_dir)
    say(f"start it: dfs-core node{_named(data_dir)}")
    return 0


@click.command()
@data_dir_option
@listen_option
@click.option("--advertise", metavar="HOST:PORT", multiple=True, help="What other nodes dial, if it is not --listen.")
@click.option("--bootstrap", metavar="HOST:PORT", multiple=True, help="A node of the cluster to dial first.")
@click.option(
    "--metrics", metavar="HOST:PORT", help="Answer Prometheus there (docs/metrics.md). A port: this machine only."
)
def node(
    data_dir: Path | None,
    listen: str | None,
    advertise: tuple[str, ...],
    bootstrap: tuple[str, ...],
    metrics: str | None,
) -> int:
    """Run this machine's node until it is told to stop (Ctrl-C or SIGTERM).

    When it is ready, one JSON line says so on standard output: event, node_id, listen, control, pid. Everything else
    goes to standard error.

    A node that was removed, or whose folder was copied or put back from a backup, is refused by the others for good: it
    says so, keeps what is on its disk and ends with code 15. A service manager should not start it again then (for
    systemd: RestartPreventExitStatus=15).
    """
    return _run(data_dir, listen=listen, advertise=advertise, bootstrap=bootstrap, metrics=metrics)


def _run(data_dir: Path | None, **overrides: object) -> int:
    from dfs_core.server.config import NodeConfig
    from dfs_core.server.process import run_node

    return run_node(NodeConfig.load(_folder(data_dir), overrides))


def _folder(data_dir: Path | None) -> Path:
    return (data_dir or node_data_dir()).absolute()


def _named(data_dir: Path | None) -> str:
    return f" --data-dir {data_dir}" if data_dir else ""
