"""`dfs-core history` and `restore`: what keys were, and how that comes back."""

from __future__ import annotations

import click

from dfs_core.cli.options import json_option, node_options
from dfs_core.cli.output import STALE, out_json, out_table
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import format_size, format_wall
from dfs_core.cli.terminal import out, say, short_id, shown
from dfs_core.cli.waiting import decided
from dfs_core.client import Client, KeyEntry


@click.command()
@click.argument("key")
@json_option
@node_options
def history(key: str, as_json: bool, where: Where) -> int:
    """List the versions of KEY that are kept, newest first, also of a key that was removed.

    'dfs-core retrieve KEY --version N' brings one of them to a file, 'dfs-core restore KEY --version N' makes it the
    current one again. How long versions are kept is said by 'dfs-core settings'.
    """

    async def show(client: Client) -> int:
        page = await client.page_history(key)
        if page.stale:
            say(STALE)
        titles = ("VERSION", "SIZE", "STORED", "BY")
        while True:
            if as_json:
                for entry in page.entries:
                    out_json(entry)
            else:
                out_table(titles, [_row(entry) for entry in page.entries], right=frozenset((0, 1)))
                titles = ("", "", "", "")
            if not page.before:
                return 0
            page = await client.page_history(key, page.before)

    return with_client(where, show)


def _row(entry: KeyEntry) -> tuple[str, str, str, str]:
    size = "removed" if entry.removed else format_size(entry.size)
    return (str(entry.version), size, format_wall(entry.stored_ms), short_id(entry.stored_by))


@click.command()
@click.argument("key")
@click.option(
    "--version", "version", type=click.IntRange(1), help="This version; else what KEY was when it was removed."
)
@json_option
@node_options
def restore(key: str, version: int | None, as_json: bool, where: Where) -> int:
    """Make an older version of KEY the current one again, or undo its removal.

    It becomes a new version, so what it replaces stays in the history. No bytes are copied.
    """

    async def bring_back(client: Client) -> int:
        outcome = await decided(client, client.restore(key, version or 0))
        if as_json:
            out_json(outcome)
        else:
            out(f"restored {shown(key)}: {format_size(outcome.size)}, now version {outcome.version}")
        return 0

    return with_client(where, bring_back)
