"""`dfs-core health`: how the chunks of the whole cluster are, what is done about it, and which files are behind it."""

from __future__ import annotations

import click

from dfs_core.cli.exit_codes import OK, PART
from dfs_core.cli.options import json_option, node_options
from dfs_core.cli.output import out_facts, out_json, out_table
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import counted, format_duration, format_size
from dfs_core.cli.terminal import out, shown
from dfs_core.client import Client, HealthFound, HealthItem, Repair

HEALTHY = "HEALTHY"
_TITLES = ("KEY", "VERSION", "SIZE", "CHUNKS", "TOO FEW COPIES", "FEWEST")
_NUMBERS = frozenset((1, 2, 3, 4, 5))


@click.command()
@click.option("--items", is_flag=True, help="List the files whose chunks have too few copies.")
@json_option
@node_options
def health(items: bool, as_json: bool, where: Where) -> int:
    """Show how the cluster's chunks are, as its leader counted them; every node says the same.

    With --items, the files behind the numbers, in key order, each with how many of its chunks have too few copies and
    how many copies the worst of them has; ask a full node for that. Exit code 0: HEALTHY, 1: anything else.
    """

    async def talk(client: Client) -> int:
        found = await client.health()
        if not items:
            if as_json:
                out_json(found)
            else:
                out_facts(facts_of(found))
            return OK if found.state == HEALTHY else PART
        short = [item async for item in client.short_files()]
        if as_json:
            for item in short:
                out_json(item)
        elif short:
            out_table(_TITLES, [_row(item) for item in short], right=_NUMBERS)
        else:
            out("every chunk of every file has as many copies as are wanted")
        return OK if found.state == HEALTHY and not short else PART

    return with_client(where, talk)


def facts_of(found: HealthFound) -> list[tuple[str, str]]:
    """The report, one line a fact; lines about nothing are left out."""
    report = found.report
    spread = ", ".join(f"{chunks:,} with {copies}" for copies, chunks in enumerate(report.copies_found) if chunks)
    facts = [
        ("health", "; ".join((found.state, *found.reasons))),
        ("counted", "not yet" if found.age_s < 0 else f"{format_duration(found.age_s)} ago"),
        ("chunks", f"{report.chunks:,}, {format_size(report.bytes)}"),
        ("copies", spread),
        ("too few copies", _few(report.under_chunks, report.under_bytes)),
        ("out of reach", counted(report.absent_chunks, "chunk") if report.absent_chunks else ""),
        ("lost", counted(report.lost_chunks, "chunk") if report.lost_chunks else ""),
        ("misplaced", counted(report.surplus_copies, "copy") if report.surplus_copies else ""),
        ("nothing refers to", _few(report.unknown_chunks, report.unknown_bytes)),
        ("repair", repair_in_words(report.repair)),
    ]
    return [fact for fact in facts if fact[1]]


def _few(chunks: int, size_bytes: int) -> str:
    return f"{counted(chunks, 'chunk')}, {format_size(size_bytes)}" if chunks else ""


def repair_in_words(repair: Repair) -> str:
    """How far it is, how fast, and how long it will take; empty when nothing is repaired."""
    if not repair.left:
        return ""
    done = f"{repair.total - repair.left:,} of {counted(repair.total, 'copy')} made"
    rate = f", {format_size(repair.left_bytes)} to go, {format_size(int(repair.rate))}/s"
    return done + rate + (f", done in {format_duration(repair.eta_s)}" if repair.eta_s >= 0 else "")


def _row(item: HealthItem) -> tuple[str, ...]:
    return (
        shown(item.key),
        str(item.version),
        format_size(item.size),
        f"{item.chunks:,}",
        f"{item.short:,}",
        str(item.copies),
    )
