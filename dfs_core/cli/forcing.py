"""`dfs-core recovery force-quorum` and `lift`: going on after a majority of the voters is lost for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfs_core.cli.asking import go_on
from dfs_core.cli.options import json_option, node_options
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.terminal import out, say, short_id
from dfs_core.cli.waiting import decided
from dfs_core.client import Client
from dfs_core.local.places import node_data_dir

if TYPE_CHECKING:
    from dfs_core.server.forcing import Plan


@click.command("force-quorum")
@click.option(
    "--data-dir",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The surviving node's data folder. Default: DFS_DATA_DIR, else below DFS_HOME.",
)
@click.option("--destroyed", metavar="NODE", multiple=True, help="A voter that is lost for ever; name all there are.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def force_majority(data_dir: Path | None, destroyed: tuple[str, ...], yes: bool, as_json: bool) -> int:
    """Go on with this one full node when a majority of the voters is lost for ever. The node must not run.

    Everything that this node knows stays; what only the lost ones had decided is gone. They, and every other full
    node, are removed: should one of them start again, it is refused and told why. Nothing is deleted from then on
    until 'dfs-core recovery lift'. While a majority lives, or may come back, start those nodes instead.
    """
    from dfs_core.server.forcing import force_majority as force

    def agree(plan: Plan) -> bool:
        return go_on(_described(plan), yes=yes)

    forced = force((data_dir or node_data_dir()).absolute(), destroyed, agree=agree)
    if as_json:
        plan = forced.plan
        out(json.dumps({"generation": plan.generation if plan else None, "ended_earlier": plan is None}))
    elif forced.plan is None:
        out("an earlier call had been cut off; what it had begun is done now")
    else:
        out(f"generation {forced.plan.generation} of the log begins with this node")
    say("start it: dfs-core node; then invite full nodes, look at what is missing, and last: dfs-core recovery lift")
    return 0


@click.command()
@node_options
def lift(where: Where) -> int:
    """Allow deleting again after 'recovery force-quorum': collecting what nothing refers to, and expiry.

    First see that every file is as it should be ('dfs-core ls', 'status'): what the lost nodes alone knew may still
    lie in chunks that nothing refers to any more, and is deleted after this.
    """

    async def tell(client: Client) -> None:
        await decided(client, client.lift_hold())

    with_client(where, tell)
    out("noted: collecting and expiry go on")
    return 0


def _described(plan: Plan) -> list[str]:
    """What it means, for the person who decides."""
    lost = ", ".join(short_id(node) for node in plan.lost)
    lines = [
        f"node {short_id(plan.node)} goes on alone with everything up to log index {plan.index:,}, as generation"
        f" {plan.generation}; what was decided without it later is lost",
        f"these voters are given up and removed, for ever: {lost}",
    ]
    if plan.followers:
        names = ", ".join(short_id(node) for node in plan.followers)
        lines.append(f"these full nodes are removed, too, and can join again with empty folders: {names}")
    return lines
