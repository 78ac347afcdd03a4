"""`dfs-core workers`: what a node does in the background, and how hard."""

from __future__ import annotations

import click

from dfs_core.cli.options import json_option, node_options
from dfs_core.cli.output import out_json, out_table
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import format_duration, format_size
from dfs_core.client import Client, InvalidInput, WorkerStatus

ALL = "all"
TITLES = ("WORKER", "STATE", "WAITING", "OLDEST", "DONE", "RATE", "PACE", "NOW", "LAST ERROR")
NUMBERS = frozenset((2, 3, 4, 5, 6))


@click.command()
@click.argument("action", type=click.Choice(["pause", "resume", "pace"]), required=False)
@click.argument("name", required=False)
@click.argument("value", required=False, type=click.FloatRange(0.0))
@json_option
@node_options
def workers(action: str | None, name: str | None, value: float | None, as_json: bool, where: Where) -> int:
    """Show a node's background workers, or steer the one NAME ('all': each of them).

    'pause NAME' lets no further step begin until 'resume NAME'. 'pace NAME VALUE' sets how long it rests after each
    step, as a multiple of what the step took: 0 never rests, 1 works half of the time. Both hold over restarts, and
    for the answering node alone.
    """
    if action is not None and name is None:
        raise click.UsageError(f"{action} which worker? 'dfs-core workers' lists them; 'all' is each of them")
    if (action == "pace") != (value is not None):
        raise click.UsageError("'workers pace NAME VALUE' takes a value, and nothing else does")

    async def talk(client: Client) -> int:
        found = await client.workers()
        if action is not None and name is not None:
            chosen = [one.name for one in found] if name == ALL else [name]
            found = [await client.set_worker(each, action, value or 0.0) for each in chosen]
        if as_json:
            for status in found:
                out_json(status)
        elif not found:
            raise InvalidInput("this node has no background workers")
        else:
            out_table(TITLES, [row_of(status) for status in found], right=NUMBERS)
        return 0

    return with_client(where, talk)


def row_of(status: WorkerStatus) -> tuple[str, ...]:
    """One worker, under TITLES."""
    rate = f"{format_size(int(status.rate_bytes))}/s" if status.rate_bytes >= 1 else f"{status.rate:.1f}/s"
    error = f"{status.last_error} ({format_duration(status.last_error_s)} ago)" if status.last_error else ""
    return (
        status.name,
        status.state if status.paused == (status.state == "paused") else f"{status.state}, to pause",
        f"{status.waiting:,}",
        format_duration(status.oldest_s) if status.oldest_s >= 0 else "",
        f"{status.done:,}",
        rate if status.rate or status.rate_bytes else "",
        f"{status.pace:g}",
        status.detail,
        error,
    )
