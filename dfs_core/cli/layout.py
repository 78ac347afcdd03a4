"""`dfs-core layout` and `drain`: who stores how much, where, and what a change would do before it is made."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

import click

from dfs_core.cli.asking import confirmed
from dfs_core.cli.naming import find_node
from dfs_core.cli.options import SIZE, json_option, node_options, yes_option
from dfs_core.cli.output import STALE, out_facts, out_json, out_table
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import counted, format_duration, format_size
from dfs_core.cli.terminal import out, say, short_id
from dfs_core.cli.waiting import decided
from dfs_core.client import Client, InvalidInput, LayoutFound, LayoutNode, LayoutPreviewed, MemberChange

LOOK_S = 1.0  # a number moves every second
_TITLES = ("NODE", "ROLE", "STATE", "ZONE", "CAPACITY", "HOLDS", "SHOULD HOLD", "CHUNKS")
_NUMBERS = frozenset((4, 5, 6, 7))


@click.group(invoke_without_command=True)
@json_option
@node_options
@click.pass_context
def layout(ctx: click.Context, as_json: bool, where: Where) -> None:
    """Show which nodes store what share of everything, or change a node's zone or capacity."""
    if ctx.invoked_subcommand is None:
        ctx.exit(_show(as_json, where))


@layout.command()
@json_option
@node_options
def show(as_json: bool, where: Where) -> int:
    """Show the nodes with their zones, capacities and states, and how much fits."""
    return _show(as_json, where)


def _show(as_json: bool, where: Where) -> int:
    async def look(client: Client) -> int:
        found = await client.layout()
        if found.stale:
            say(STALE)
        if as_json:
            out_json(found)
            return 0
        out_table(_TITLES, [_row(node) for node in found.nodes], right=_NUMBERS)
        out("")
        out_facts(
            [
                ("copies", f"{found.copies} wanted of each chunk"),
                ("stored", f"{format_size(found.stored_bytes)} of {format_size(found.usable_bytes)} that fit"),
                ("revision", f"{found.revision:,}"),
            ]
        )
        return 0

    return with_client(where, look)


def _row(node: LayoutNode) -> tuple[str, ...]:
    return (
        short_id(node.node),
        node.role,
        node.state if node.up else f"{node.state}, not up",
        node.zone,
        format_size(node.capacity),
        format_size(node.bytes) if node.bytes >= 0 else "?",
        format_size(node.placed_bytes),
        f"{node.chunks:,}" if node.chunks >= 0 else "?",
    )


@layout.command("set")
@click.argument("node")
@click.option("--zone", help="What it can fail together with; '' for nothing.")
@click.option("--capacity", type=SIZE, help="How much it offers, like 500G.")
@yes_option
@json_option
@node_options
def set_node(node: str, zone: str | None, capacity: int | None, yes: bool, as_json: bool, where: Where) -> int:
    """Give NODE (its id, or the beginning of it) another zone or capacity, after showing what that moves.

    With --json the preview is printed and nothing is changed, unless --yes is given too.
    """
    if zone is None and capacity is None:
        raise click.UsageError("nothing to set; give --zone, --capacity or both")

    async def change(client: Client) -> int:
        found = await decided(client, client.layout())
        edit = MemberChange(find_node(found.nodes, node, "dfs-core layout").node, zone, capacity)
        if await agreed(client, [edit], yes=yes, as_json=as_json):
            out_unless(as_json, f"{short_id(edit.node)} is changed; what should move moves by itself")
        return 0

    return with_client(where, change)


@click.command()
@click.argument("node")
@click.option("--undo", is_flag=True, help="Let it be a usual node again.")
@click.option("--no-wait", is_flag=True, help="Do not wait until everything is moved off.")
@yes_option
@node_options
def drain(node: str, undo: bool, no_wait: bool, yes: bool, where: Where) -> int:
    """Move everything off NODE (its id, or the beginning of it), and say when it is safe to remove.

    Nothing is lost if it is stopped half way: the node keeps its copies until others have them. Interrupting this
    command does not end the draining; the same command again goes on watching, --undo ends it.
    """

    async def work(client: Client) -> int:
        chosen = find_node((await decided(client, client.layout())).nodes, node, "dfs-core layout")
        wanted = "joined" if undo else "draining"
        if chosen.state != wanted and not await agreed(
            client, [MemberChange(chosen.node, state=wanted)], yes=yes, as_json=False
        ):
            return 0
        if undo:
            out(f"{short_id(chosen.node)} is a usual node again")
        elif no_wait:
            out(f"{short_id(chosen.node)} is draining; 'dfs-core layout' shows how far it is")
        else:
            await _watch(client, chosen.node)
            out(f"{short_id(chosen.node)} is empty: it is safe to remove ('dfs-core remove {short_id(chosen.node)}')")
        return 0

    return with_client(where, work)


async def _watch(client: Client, node: str) -> None:
    """Return when nothing that is referred to is left on the node; tell how it goes meanwhile."""
    progress, said = Progress(), ""
    while True:
        layout = await client.layout()
        found = next((each for each in layout.nodes if each.node == node), None)
        if found is None or found.state != "draining":
            raise InvalidInput("somebody else has ended the draining meanwhile")
        left = found.held_chunks if found.held_chunks >= 0 else found.chunks
        if left == 0:
            return
        line = progress.line(left, time.monotonic()) + _held_up(layout)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
        elif line != said:
            say(line)
            said = line
        await asyncio.sleep(LOOK_S)
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")


def _held_up(found: LayoutFound) -> str:
    """Why a draining node keeps its copies, if it must: with too few others each of them is still wanted."""
    others = sum(each.state == "joined" and each.capacity > 0 for each in found.nodes)
    if others >= found.copies:
        return ""
    fewer = f", or want fewer ('dfs-core settings copies {others}')" if others > 1 else ""
    return (
        f"; they stay while {found.copies} copies are wanted and others that take any are only {others}: add a node"
        f" ('dfs-core invite'){fewer}"
    )


class _Look(NamedTuple):
    at: float
    left: int


class Progress:
    """How far draining is, from how many chunks are left at each look."""

    def __init__(self) -> None:
        self._looks: list[_Look] = []

    def line(self, left: int, now: float) -> str:
        """One line for people: what is left, how fast it goes, when it should be done."""
        if left >= 0:
            self._looks = [*self._looks[-29:], _Look(now, left)]
        if left < 0:
            return "how much is left is not known yet"
        first = self._looks[0]
        rate = (first.left - left) / (now - first.at) if now > first.at else 0.0
        going = f", {rate:.1f} a second, about {format_duration(left / rate)} to go" if rate > 0 else ""
        return f"{counted(left, 'chunk')} left{going}"


async def agreed(client: Client, changes: Sequence[MemberChange], *, yes: bool, as_json: bool) -> bool:
    """Preview, have it agreed to, and make the change. False: it was not made."""
    found = await decided(client, client.preview_layout(changes))
    if as_json:
        out_json(found)
    else:
        show_preview(found)
    if found.refused:
        raise InvalidInput(found.refused)
    if as_json and not yes:
        return False
    if not yes and not confirmed("Change the layout?"):
        out("nothing was changed")
        return False
    await decided(client, client.change_layout(changes, found.revision))
    return True


def show_preview(found: LayoutPreviewed) -> None:
    """What a change would do, for people."""
    about = "" if found.exact else "about "
    facts = [
        ("moves", f"{about}{counted(found.moved_chunks, 'copy')} of chunks, {format_size(found.moved_bytes)}"),
        ("fits", f"{format_size(found.usable_after)} afterwards, {format_size(found.usable_before)} now"),
        ("at risk", f"{about}{counted(found.at_risk_chunks, 'chunk')} with too few copies until copied again"),
    ]
    if found.copies_before != found.copies_after:
        facts.insert(0, ("copies", f"{found.copies_after} afterwards, {found.copies_before} now"))
    storing = found.storing_after
    if storing < 0:  # by an older node: from where the bytes would be, which says nothing while there are none
        storing = sum(share.after > 0 for share in found.nodes)
    if 0 < storing < found.copies_after:
        few = f"only {storing} of each chunk afterwards, {found.copies_after} are wanted: add a node first"
        facts.insert(0, ("copies", few))
    if found.lost_chunks:
        facts.append(("lost", f"{about}{counted(found.lost_chunks, 'chunk')} would have no copy left"))
    for share in found.nodes:
        if share.before != share.after:
            change = f"{format_size(share.before)} → {format_size(share.after)}"
            facts.append((short_id(share.node), change))
    out_facts(facts)


def out_unless(quiet: bool, text: str) -> None:
    """Say it, unless standard output is for a program."""
    if not quiet:
        out(text)
