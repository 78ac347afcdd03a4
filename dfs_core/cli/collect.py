"""`dfs-core collect`: free what nothing refers to, or say what that is and when it goes."""

from __future__ import annotations

import click

from dfs_core.cli.options import json_option, node_options
from dfs_core.cli.output import out_json
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import format_duration, format_size
from dfs_core.cli.terminal import out, say
from dfs_core.cli.waiting import decided
from dfs_core.client import Client, CollectReported


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be freed.")
@json_option
@node_options
def collect(dry_run: bool, as_json: bool, where: Where) -> int:
    """Free what nothing refers to any more and has waited for its grace time ('settings grace_ms').

    The cluster does this by itself. Chunks are condemned by an entry of the log and then deleted by every node that
    holds one; sizes are of one copy each.
    """

    async def talk(client: Client) -> int:
        report = await decided(client, client.collect(dry_run=dry_run))
        if as_json:
            out_json(report)
            return 0
        if report.off:
            say(f"nothing is collected now: {report.off}")
        for line in _lines(report, dry_run=dry_run or bool(report.off)):
            out(line)
        return 0

    return with_client(where, talk)


def _lines(report: CollectReported, *, dry_run: bool) -> list[str]:
    pending = report.pending
    lines = [f"{'may go now' if dry_run else 'condemned'}: {_amount(report.chunks, report.bytes)}"]
    if pending.condemned_chunks:
        lines.append(f"being deleted: {_amount(pending.condemned_chunks, pending.condemned_bytes)}")
    waiting, waiting_bytes = pending.chunks - pending.condemned_chunks, pending.bytes - pending.condemned_bytes
    if dry_run:
        waiting, waiting_bytes = waiting - report.chunks, waiting_bytes - report.bytes
    if waiting > 0:
        when = f"; the first goes in {format_duration(pending.next_s)}" if pending.next_s > 0 else ""
        lines.append(f"waiting for its grace time: {_amount(waiting, waiting_bytes)}{when}")
    return lines


def _amount(chunks: int, size_bytes: int) -> str:
    return f"{chunks:,} chunk{'' if chunks == 1 else 's'} of {format_size(size_bytes)}"
