"""`dfs-core history` and `restore`: what keys were, and how that comes back."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import click

from dfs_core.cli.exit_codes import exit_code_of_all
from dfs_core.cli.options import DURATION, json_option, node_options
from dfs_core.cli.output import STALE, out_json, out_table
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import counted, format_duration, format_size, format_wall
from dfs_core.cli.terminal import out, say, short_id, shown
from dfs_core.cli.waiting import decided
from dfs_core.client import Client, DfsError, FileStored, KeyEntry, NotFound, Problem, removed_below, restore_all


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
@click.option("-r", "recursive", is_flag=True, help="Everything that was removed below KEY/.")
@click.option("--since", "since_s", type=DURATION, help="With -r: only what was removed in the last 10m, 2h or 3d.")
@click.option("--dry-run", is_flag=True, help="With -r: only list what would come back.")
@json_option
@node_options
def restore(
    key: str,
    version: int | None,
    recursive: bool,
    since_s: float | None,
    dry_run: bool,
    as_json: bool,
    where: Where,
) -> int:
    """Make an older version of KEY the current one again, or undo its removal.

    It becomes a new version, so what it replaces stays in the history. No bytes are copied. What 'rm -r KEY' removed
    comes back with 'restore -r KEY', as far as its history is kept; keys that are there stay as they are.
    """
    if recursive and version is not None:
        raise click.UsageError("--version is of one key, -r of many")
    if not recursive and (dry_run or since_s is not None):
        raise click.UsageError("--dry-run and --since are for restore -r")

    async def bring_back(client: Client) -> int:
        if recursive:
            return await _restore_folder(client, key.rstrip("/"), since_s, dry_run=dry_run, as_json=as_json)
        outcome = await decided(client, client.restore(key, version or 0))
        if as_json:
            out_json(outcome)
        else:
            out(f"restored {shown(key)}: {format_size(outcome.size)}, now version {outcome.version}")
        return 0

    return with_client(where, bring_back)


class _Restored:
    """Counts, and says what failed."""

    def __init__(self, as_json: bool) -> None:
        self.count, self.errors, self._as_json = 0, list[DfsError](), as_json

    def restored(self, outcome: FileStored) -> None:
        self.count += 1
        if self._as_json:
            out_json(outcome)

    def failed(self, problem: Problem) -> None:
        self.errors.append(problem.error)
        say(problem.text)


async def _restore_folder(client: Client, prefix: str, since_s: float | None, *, dry_run: bool, as_json: bool) -> int:
    oldest_ms = 0 if since_s is None else int((time.time() - since_s) * 1000)

    async def wanted() -> AsyncIterator[KeyEntry]:
        async for entry in removed_below(client, prefix):
            if entry.stored_ms >= oldest_ms:
                yield entry

    if dry_run:
        count = 0
        async for entry in wanted():
            count += 1
            if as_json:
                out_json(entry)
            else:
                out(f"{shown(entry.key)}: removed {format_wall(entry.stored_ms)}")
        say(f"{counted(count, 'key')} would come back; nothing was changed")
        return 0
    report = _Restored(as_json)
    await restore_all(wanted(), report, lambda key: decided(client, client.restore(key)))
    if not report.count and not report.errors:
        lately = "" if since_s is None else f" in the last {format_duration(since_s)}"
        raise NotFound(f"nothing below {prefix}/ was removed{lately}, as far as it is remembered")
    if not as_json:
        out(f"restored {counted(report.count, 'key')} below {shown(prefix)}/")
    return exit_code_of_all(report.errors)
