"""`dfs-core status` and `peers`: how a node and its cluster are, as that node sees them."""

from __future__ import annotations

import click

from dfs_core.cli.health import repair_in_words
from dfs_core.cli.naming import find_node
from dfs_core.cli.options import DURATION, json_option, node_options
from dfs_core.cli.output import out_facts, out_json, out_table
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import counted, format_duration, format_size
from dfs_core.cli.terminal import line_width, out, short_id
from dfs_core.client import Client, NodeStatus, PeerStatus
from dfs_core.limits import BAN_S_DEFAULT

_TITLES = ("NODE", "ROLE", "STATE", "SEEN", "ADDRESS", "CHUNKS", "BYTES", "FREE", "RTT")  # of peers
_SPARE = (8, 5, 6, 7, 3)  # what goes first where there is no room for all of them


@click.command()
@json_option
@node_options
def status(as_json: bool, where: Where) -> int:
    """Show how a node is, and the cluster as it sees it."""

    async def show(client: Client) -> int:
        found = await client.status()
        if as_json:
            out_json(found)
        else:
            _show_status(found)
        return 0

    return with_client(where, show)


def _show_status(found: NodeStatus) -> None:
    nodes, chunks = counted(len(found.peers), "node"), counted(found.chunks, "chunk")
    out_facts(
        [
            ("health", "; ".join((found.health, *found.reasons))),
            *_repairing(found),
            *(("this node", alarm) for alarm in found.alarms),
            ("node", f"{_named(found)}, {found.role}, {found.state}"),
            ("listening", f"{found.listen}, for {format_duration(found.up_s)}"),
            ("cluster", f"{found.cluster}, {nodes}, {counted(found.copies, 'copy')} wanted"),
            *_of_the_log(found),
            ("here", f"{chunks}, {format_size(found.bytes)} of {format_size(found.capacity)} offered"),
            ("room", f"{format_size(found.free)} left"),
            ("data folder", found.data_dir),
        ]
    )
    for gap in found.gaps:
        out(f"! {gap}")
    if found.durability != "durable":
        out("! durability is relaxed: a power cut may lose what was just stored")
    if found.damaged:
        out(f"! {counted(found.damaged, 'copy')} found damaged here since the start and set aside")
    if not found.recovery_confirmed and found.role == "full":
        out("! keep the recovery sheet safe ('dfs-core recovery show'), then say so: 'dfs-core recovery confirm'")


def _named(found: NodeStatus) -> str:
    short = short_id(found.node)
    return short if found.name in ("", short) else f"{found.name} ({short})"


def _of_the_log(found: NodeStatus) -> list[tuple[str, str]]:
    if found.role != "full":  # its zeros would read as if there were no leader and no file
        return [("log", "kept by the full nodes: ask one of them what is stored and who leads")]
    voters = sum(peer.voter and peer.liveness in ("self", "up") for peer in found.peers)
    leader = "none known" if not found.leader else f"{short_id(found.leader)}, term {found.term}"
    up = f"{voters} of {counted(len(found.voters), 'voter')} up"
    return [
        ("log", f"leader {leader}; {up}; applied {found.applied_index:,}"),
        ("stored", f"{counted(found.keys, 'key')}, {format_size(found.logical_bytes)}"),
    ]


def _repairing(found: NodeStatus) -> list[tuple[str, str]]:
    few = f"{counted(found.under_chunks, 'chunk')}, {format_size(found.under_bytes)}" if found.under_chunks else ""
    facts = [("too few copies", few), ("repair", repair_in_words(found.repair))]
    return [fact for fact in facts if fact[1]]


@click.command()
@click.argument("action", type=click.Choice(["disconnect", "ban", "allow"]), required=False)
@click.argument("node", required=False)
@click.option("--for", "for_s", type=DURATION, help="How long a ban lasts, 10m unless said otherwise; at most 24h.")
@json_option
@node_options
def peers(action: str | None, node: str | None, for_s: float | None, as_json: bool, where: Where) -> int:
    """List the cluster's nodes as one node sees them, or steer its link to one: NODE is an id, or the beginning of it.

    'disconnect NODE' drops the link, which both dial again at once. 'ban NODE' has the answering node refuse NODE and
    not dial it for a while, 'allow NODE' ends that, and so does starting the answering node anew. The two then count
    each other as down; where most nodes do not hear a node for long it is put out, and its copies are made elsewhere.
    A ban that would leave the answering node without a majority of the voters is refused.

    What a narrow terminal (or, in a pipe, 80 columns) has no room for is left out; --json has all of it.
    """
    if action is not None and node is None:
        raise click.UsageError(f"{action} which node? 'dfs-core peers' lists them")
    if for_s is not None and action != "ban":
        raise click.UsageError("--for is for 'peers ban NODE'")

    async def show(client: Client) -> int:
        found = await client.peers()
        if action is not None and node is not None:
            chosen = find_node(found, node, "dfs-core peers").node
            await _steer(client, action, chosen, BAN_S_DEFAULT if for_s is None else for_s)
            found = [peer for peer in await client.peers() if peer.node == chosen]
        if as_json:
            for peer in found:
                out_json(peer)
        else:
            out_table(
                _TITLES,
                [_row(peer) for peer in found],
                right=frozenset((5, 6, 7, 8)),
                width=line_width(),
                spare=_SPARE,
                notes=[_notes(peer) for peer in found],
            )
        return 0

    return with_client(where, show)


async def _steer(client: Client, action: str, node: str, for_s: float) -> None:
    if action == "disconnect":
        await client.disconnect_peer(node)
    elif action == "ban":
        await client.ban_peer(node, for_s)
    else:
        await client.allow_peer(node)


def _row(peer: PeerStatus) -> tuple[str, ...]:
    state = peer.liveness if peer.member_state == "joined" else f"{peer.liveness}, {peer.member_state}"
    seen = "never" if peer.seen_s < 0 else f"{format_duration(peer.seen_s)} ago"
    return (
        short_id(peer.node),
        "leader" if peer.leader else peer.role,
        state,
        "here" if peer.liveness == "self" else seen,
        peer.addresses[0] if peer.addresses else "?",
        f"{peer.chunks:,}",
        format_size(peer.bytes),
        format_size(peer.free),
        f"{peer.rtt_ms:.1f} ms" if peer.rtt_ms >= 0 else "",
    )


def _notes(peer: PeerStatus) -> list[str]:
    """What is wrong with it, in words; a line each, below its row."""
    banned = f"banned, {format_duration(peer.banned_s)} left" if peer.banned_s else ""
    return list(filter(None, (banned, peer.error, _unheard(peer))))


def _unheard(peer: PeerStatus) -> str:
    names = ", ".join(short_id(node) for node in peer.unheard_by)
    return f"not heard by {names}" if names else ""
