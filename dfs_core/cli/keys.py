"""`dfs-core ls`, `find`, `stat`, `rm`, `mv` and `cp`: keys and what is known about them."""

from __future__ import annotations

from collections.abc import Iterable

import click

from dfs_core.cli.exit_codes import exit_code_of_all
from dfs_core.cli.options import json_option, node_options
from dfs_core.cli.output import STALE, out_facts, out_json, out_table
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import counted, format_size, format_wall
from dfs_core.cli.terminal import out, say, short_id, shown
from dfs_core.cli.waiting import decided
from dfs_core.client import Client, KeyDetail, KeyEntry, KeyNotFound


@click.command()
@click.argument("prefix", default="")
@click.option("-l", "long", is_flag=True, help="With copies, size and the time of storing.")
@click.option("-0", "--null", "null", is_flag=True, help="End each key with a NUL instead of a newline.")
@json_option
@node_options
def ls(prefix: str, long: bool, null: bool, as_json: bool, where: Where) -> int:
    """List the keys that begin with PREFIX (all, without one), sorted.

    Into a pipe, keys come as they are; on a terminal, characters that it would act upon are shown as escapes.
    """
    if long + null + as_json > 1:
        raise click.UsageError("-l, -0 and --json exclude each other")
    return with_client(where, lambda client: _list(client, prefix, long=long, null=null, as_json=as_json))


async def _list(client: Client, prefix: str, *, long: bool, null: bool, as_json: bool) -> int:
    page = await client.page_keys(prefix, copies=long or as_json)
    if page.stale:
        say(STALE)
    titles = ("COPIES", "SIZE", "STORED", "KEY")
    while True:
        if as_json:
            for entry in page.entries:
                out_json(entry)
        elif long:
            out_table(titles, (_row(entry) for entry in page.entries), right=frozenset((0, 1)))
            titles = ("", "", "", "")
        else:
            for entry in page.entries:
                out(shown(entry.key), end="\0" if null else "\n")
        if not page.after:
            return 0
        page = await client.page_keys(prefix, page.after, copies=long or as_json)


@click.command()
@click.argument("text")
@click.option("-0", "--null", "null", is_flag=True, help="End each key with a NUL instead of a newline.")
@json_option
@node_options
def find(text: str, null: bool, as_json: bool, where: Where) -> int:
    """List the keys that contain TEXT anywhere, sorted. The letters a to z match in either case.

    The exit code is 0 too when nothing is found.
    """
    if null and as_json:
        raise click.UsageError("-0 and --json exclude each other")

    async def look(client: Client) -> int:
        page = await client.page_found(text)
        if page.stale:
            say(STALE)
        while True:
            for entry in page.entries:
                if as_json:
                    out_json(entry)
                else:
                    out(shown(entry.key), end="\0" if null else "\n")
            if not page.after:
                return 0
            page = await client.page_found(text, page.after)

    return with_client(where, look)


def _row(entry: KeyEntry) -> tuple[str, str, str, str]:
    return (_copies(entry), format_size(entry.size), format_wall(entry.stored_ms), entry.key)


def _copies(entry: KeyEntry) -> str:
    return "?" if entry.copies < 0 else str(entry.copies)


@click.command()
@click.argument("key")
@click.option("--version", "version", type=click.IntRange(1), help="An older version.")
@click.option("--chunks", is_flag=True, help="Name every chunk with its holders.")
@json_option
@node_options
def stat(key: str, version: int | None, chunks: bool, as_json: bool, where: Where) -> int:
    """Show all that is known about a key: its content's hash, its copies, who holds them, its older versions."""

    async def show(client: Client) -> int:
        detail = await client.stat(key, version or 0, chunks)
        if detail.stale:
            say(STALE)
        if as_json:
            out_json(detail)
        else:
            _show(detail)
        return 0

    return with_client(where, show)


def _show(detail: KeyDetail) -> None:
    entry = detail.entry
    out_facts(
        [
            ("key", entry.key),
            ("size", f"{format_size(entry.size)} ({entry.size:,} bytes)"),
            ("hash", f"b3:{entry.hash}"),
            ("version", str(entry.version)),
            ("stored", f"{format_wall(entry.stored_ms)} by {short_id(entry.stored_by)}"),
            ("modified", format_wall(entry.mtime_ns // 1_000_000)),
            ("mode", f"{entry.mode:04o}" if entry.mode else "none in particular"),
            ("chunks", f"{entry.chunks:,}" if entry.chunks else "none: the file is kept in the catalog"),
            ("copies", _copies(entry)),
        ]
    )
    if detail.holders or detail.placed:
        out("")
        out_table(("NODE", "HOLDS", "SHOULD HOLD"), _holder_rows(detail), right=frozenset((1, 2)))
    if detail.chunks:
        out("")
        rows = [
            (chunk.address, f"{chunk.length:,}", " ".join(short_id(node) for node in chunk.holders) or "NOBODY")
            for chunk in detail.chunks
        ]
        out_table(("CHUNK", "BYTES", "HOLDERS"), rows, right=frozenset((1,)))
    if len(detail.history) > 1:
        out("")
        older = [
            (str(past.version), "removed" if past.removed else format_size(past.size), format_wall(past.stored_ms))
            for past in detail.history
        ]
        out_table(("VERSION", "SIZE", "STORED"), older, right=frozenset((0, 1)))


def _holder_rows(detail: KeyDetail) -> Iterable[tuple[str, str, str]]:
    for node in sorted({*detail.holders, *detail.placed}):
        yield short_id(node), str(detail.holders.get(node, 0)), str(detail.placed.get(node, 0))


@click.command()
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@click.option("-r", "recursive", is_flag=True, help="Everything below each KEY/.")
@click.option("--purge", is_flag=True, help="Their history too, at once and for ever; also of keys removed before.")
@node_options
def rm(keys: tuple[str, ...], recursive: bool, purge: bool, where: Where) -> int:
    """Remove keys. 'dfs-core restore' (-r, too) undoes it for as long as their history is kept (30 days by default)."""

    async def remove(client: Client) -> int:
        outcome = await decided(client, client.remove(keys, prefix=recursive, purge=purge))
        done = "purged" if purge else "removed"
        missing = [KeyNotFound(key) for key in outcome.missing]
        for error in missing:
            say(str(error))
        if recursive:
            out(f"{done} {counted(len(outcome.removed), 'key')}")
        else:
            for key in outcome.removed:
                out(f"{done} {shown(key)}")
        return exit_code_of_all(missing)

    return with_client(where, remove)


@click.command()
@click.argument("old")
@click.argument("new")
@node_options
def mv(old: str, new: str, where: Where) -> int:
    """Give the key OLD the name NEW, in one step: no reader sees both or neither. NEW/ keeps OLD's last part."""

    async def move(client: Client) -> int:
        outcome = await decided(client, client.move(old, _new_name(old, new)))
        out(f"moved {shown(old)} to {shown(outcome.key)}")
        return 0

    return with_client(where, move)


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--version", "version", type=click.IntRange(1), help="The content of an older version of OLD.")
@node_options
def cp(old: str, new: str, version: int | None, where: Where) -> int:
    """Store OLD's content under NEW, too. No bytes are copied. NEW/ keeps OLD's last part."""

    async def copy(client: Client) -> int:
        outcome = await decided(client, client.copy(old, _new_name(old, new), version or 0))
        out(f"copied {shown(old)} to {shown(outcome.key)}")
        return 0

    return with_client(where, copy)


def _new_name(old: str, new: str) -> str:
    return new + old.rpartition("/")[2] if new.endswith("/") else new
