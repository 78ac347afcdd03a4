"""`dfs-core invite` and `remove`: who belongs to a cluster."""

from __future__ import annotations

import click

from dfs_core.cli.asking import confirmed
from dfs_core.cli.layout import show_preview
from dfs_core.cli.naming import nodes_named
from dfs_core.cli.options import DURATION, json_option, node_options, yes_option
from dfs_core.cli.output import out_json
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import format_duration
from dfs_core.cli.terminal import out, say, short_id
from dfs_core.cli.waiting import decided
from dfs_core.client import Client, InvalidInput, MemberChange


@click.command()
@click.option(
    "--role",
    type=click.Choice(["full", "vault", "operator"]),
    default="full",
    show_default=True,
    help="What the new node may do: everything; keep chunks it cannot read; only command.",
)
@click.option("--expires", type=DURATION, default="1h", show_default=True, help="For how long it can be used.")
@click.option(
    "--count", type=click.IntRange(1, 100), default=1, show_default=True, help="How many lines, each for one new node."
)
@click.option("--no-address", is_flag=True, help="A shorter line, for a machine on the same local network (mDNS).")
@json_option
@node_options
def invite(role: str, expires: float, count: int, no_address: bool, as_json: bool, where: Where) -> int:
    """Print an invitation: one line, good for one new node, once (--count: as many lines).

    Until it is used it is a secret. On the new machine: 'dfs-core join LINE', or 'dfs-core join -' and the line on
    standard input, which other users of that machine cannot see.
    """

    async def ask(client: Client) -> int:
        for _ in range(count):
            invited = await client.invite(role, expires, not no_address)
            if as_json:
                out_json(invited)
            else:
                out(invited.line)
        if not as_json:
            each = "" if count == 1 else "each "
            say(f"{each}for one {role} node, within {format_duration(expires)}: dfs-core join LINE")
        return 0

    return with_client(where, ask)


@click.command()
@click.argument("node")
@click.option("--force", is_flag=True, help="Even if the last copies of something are lost with it.")
@yes_option
@node_options
def remove(node: str, force: bool, yes: bool, where: Where) -> int:
    """Take NODE (its id, or the beginning of it) off the cluster. It can never come back under that id.

    Says first what moves and what is at risk, and asks. An operator is a NODE here, too; where nobody is called so, the
    operators are named.
    """

    async def take_off(client: Client) -> int:
        matching = nodes_named(await client.peers(), node)
        if len(matching) > 1:
            raise InvalidInput(f"{len(matching)} nodes begin with {node!r}; 'dfs-core peers --json' shows whole ids")
        # Who is not in that list is an operator, perhaps: the node knows those.
        chosen = matching[0].node if matching else node
        if matching:
            show_preview(await decided(client, client.preview_layout([MemberChange(chosen, state="removed")])))
        if not yes and not confirmed(f"Take {short_id(chosen)} off the cluster for ever?"):
            out("nothing was changed")
            return 0
        await decided(client, client.remove_member(chosen, force))
        left = (
            "its process ends by itself, its data folder can be deleted" if matching else "nothing lets it in any more"
        )
        out(f"removed {short_id(chosen)}; {left}")
        return 0

    return with_client(where, take_off)
