"""`dfs-core scrub`, `repair`, `verify`: having chunks looked after now rather than in due time."""

from __future__ import annotations

import asyncio

import click

from dfs_core.cli.exit_codes import OK, PART, exit_code_of
from dfs_core.cli.options import json_option, node_options
from dfs_core.cli.output import out_facts, out_json, out_table
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import counted, format_duration
from dfs_core.cli.terminal import out, say, short_id, shown
from dfs_core.cli.workers import NUMBERS, TITLES, row_of
from dfs_core.client import ChunkCorrupt, Client, DfsError, KeyNotFound, KeyVerified, ScrubStatus

_LOOK_S = 0.5


@click.command()
@click.option("--now", is_flag=True, help="Check all chunks of this node at once, and wait until that is done.")
@json_option
@node_options
def scrub(now: bool, as_json: bool, where: Where) -> int:
    """Show how far a node is with checking its chunks, or, with --now, check all of them.

    Every chunk is re-read and compared with its address, and at the end the catalog with its digest. Damaged copies are
    set aside and fetched again from other nodes; each is an event and a line in the node's log. Exit code 1 when --now
    found any.
    """

    async def talk(client: Client) -> int:
        status = await client.start_scrub() if now else await client.scrub()
        if now:
            ends = status.tours
            while status.tours == ends:
                say(f"checked {status.checked:,} of {counted(status.total, 'chunk')}, {status.damaged:,} damaged")
                await asyncio.sleep(_LOOK_S)
                status = await client.scrub()
        if as_json:
            out_json(status)
        elif now:
            out(_ended(status))
        else:
            out_facts(_facts(status))
        return PART if now and (status.last_damaged or status.missing or status.catalog) else OK

    return with_client(where, talk)


def _ended(status: ScrubStatus) -> str:
    found = f"{counted(status.last_checked, 'chunk')} checked, {status.last_damaged:,} damaged"
    gone = f", {status.missing:,} were gone" if status.missing else ""
    again = "; what is bad or missing is fetched again" if status.last_damaged or status.missing else ""
    return found + gone + again + (f"; {status.catalog}" if status.catalog else "")


def _facts(status: ScrubStatus) -> list[tuple[str, str]]:
    passed, period = format_duration(status.elapsed_s), format_duration(status.period_s)
    return [
        ("checked", f"{status.checked:,} of {counted(status.total, 'chunk')}, {status.damaged:,} damaged"),
        ("since", f"{passed}, of {period}{': it is late' if status.late else ''}"),
        ("before", _ended(status) if status.tours else "no tour has ended yet"),
    ]


@click.command()
@json_option
@node_options
def repair(as_json: bool, where: Where) -> int:
    """Have the whole cluster repair now: nothing waits for its turn, and the leader compares everything it knows.

    Shows what the answering node does about it; 'dfs-core workers' of each node, 'status' and 'peers' show the rest.
    Repair goes on by itself in any case. Exit code 1 when some nodes did not answer.
    """

    async def talk(client: Client) -> int:
        started = await client.repair()
        if as_json:
            out_json(started)
        else:
            out(f"{counted(len(started.hurried), 'node')} at work on what is known to be missing or misplaced")
            for node in started.silent:
                say(f"no answer from {short_id(node)}; it repairs when it is back")
            out_table(TITLES, [row_of(status) for status in started.workers], right=NUMBERS)
        return PART if started.silent else OK

    return with_client(where, talk)


@click.command()
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@json_option
@node_options
def verify(keys: tuple[str, ...], as_json: bool, where: Where) -> int:
    """Have every copy of each chunk of these keys re-read by its holder, and what is bad or missing replaced.

    Exit code 0: every copy is good. 1: some are damaged or missing (they are being replaced), or their holders cannot
    be reached. 4: of some chunk no good copy was found.
    """

    async def talk(client: Client) -> int:
        codes = []
        for key in keys:
            try:
                found = await client.verify(key)
            except DfsError as error:
                say(str(error) if isinstance(error, KeyNotFound) else f"{key}: {error}")
                codes.append(exit_code_of(error))
                continue
            if as_json:
                out_json(found)
            else:
                out(f"{shown(key)}: {_found(found)}")
            codes.append(_code(found))
        return codes[0] if len(set(codes)) == 1 else PART

    return with_client(where, talk)


def _found(found: KeyVerified) -> str:
    if not found.chunks:
        return "kept in the catalog itself, on every full node"
    counts = (
        (found.damaged, "damaged"),
        (found.missing, "missing"),
        (found.unreachable, "out of reach"),
    )
    bad = "".join(f", {count:,} {word}" for count, word in counts if count)
    lost = f"; {counted(found.lost, 'chunk')} without a good copy in reach" if found.lost else ""
    return f"{counted(found.good, 'good copy')} of {counted(found.chunks, 'chunk')}{bad}{lost}"


def _code(found: KeyVerified) -> int:
    if found.lost:
        return exit_code_of(ChunkCorrupt("", ""))
    return PART if found.damaged or found.missing or found.unreachable else OK
