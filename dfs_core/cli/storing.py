"""`dfs-core store`: files, folders and standard input into the cluster."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import sys
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import click

from dfs_core.cli.exit_codes import exit_code_of_all
from dfs_core.cli.options import json_option, node_options
from dfs_core.cli.output import out_json
from dfs_core.cli.progress import ProgressBar
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import format_size
from dfs_core.cli.terminal import out, safe, say, shown
from dfs_core.client import (
    Client,
    DfsError,
    FileStored,
    Found,
    KeyEntry,
    Problem,
    Root,
    check_distinct,
    root_of,
    store_roots,
    walk,
)

STDIN = "-"
_STDIN_BLOCK_BYTES = 1024 * 1024


class StoreOptions(NamedTuple):
    """What the command line said."""

    key: str
    prefix: str
    recursive: bool
    min_copies: int
    as_json: bool


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option("--key", default="", help="The key to store it under; one PATH only. Needed for '-'.")
@click.option("--prefix", default="", help="Put keys below this: PREFIX/NAME.")
@click.option("-r", "recursive", is_flag=True, help="Store folders with everything in them.")
@click.option("--min-copies", type=click.IntRange(1, 10), help="Be content with N durable copies of each chunk.")
@json_option
@node_options
def store(
    paths: tuple[str, ...],
    key: str,
    prefix: str,
    recursive: bool,
    min_copies: int | None,
    as_json: bool,
    where: Where,
) -> int:
    """Store files, or standard input with PATH '-' and --key.

    A file's key is its name (photos/a.jpg is stored as 'a.jpg', with --prefix P as 'P/a.jpg'); a folder's files get
    the folder's name and their place in it. Storing a key again makes a new version.

    When the command returns, every file is on enough disks. Of folders, files that are stored already and have not
    changed since are passed over, so an interrupted run is simply repeated. What cannot be read is named, the rest
    is stored, and the exit code is not 0.
    """
    if key and prefix:
        raise click.UsageError("--key and --prefix exclude each other: the key is taken as it is")
    if key and len(paths) > 1:
        raise click.UsageError("--key names one PATH; use --prefix for several")
    options = StoreOptions(key, prefix, recursive, min_copies or 0, as_json)
    if STDIN in paths:
        if not key:
            raise click.UsageError("'-' (standard input) needs --key")
        return with_client(where, lambda client: _store_stdin(client, options))
    return with_client(where, lambda client: _store_paths(client, paths, options))


async def _store_stdin(client: Client, options: StoreOptions) -> int:
    with ProgressBar(f"storing {safe(options.key)}") as bar:
        outcome = await client.store_stream(_read_stdin(), options.key, min_copies=options.min_copies, progress=bar.at)
    _tell_stored(outcome, STDIN, options)
    return 0


async def _read_stdin() -> AsyncIterator[bytes]:
    """Blocks of standard input. A pipe is waited for in the loop, so that Ctrl-C is heard at once."""
    descriptor = sys.stdin.fileno()
    waits = not stat.S_ISREG(os.fstat(descriptor).st_mode)
    while True:
        if waits:
            await _readable(descriptor)
            block = os.read(descriptor, _STDIN_BLOCK_BYTES)
        else:
            block = await asyncio.to_thread(os.read, descriptor, _STDIN_BLOCK_BYTES)
        if not block:
            return
        yield block


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(descriptor, ready.set)
    except PermissionError:  # a device like /dev/null, which cannot be waited for and never blocks
        return
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


async def _store_paths(client: Client, paths: Sequence[str], options: StoreOptions) -> int:
    roots: list[Root] = []
    report = StoreReport(options)
    for path in paths:
        try:
            roots.append(root_of(path, key=options.key, prefix=options.prefix, recursive=options.recursive))
        except DfsError as error:
            report.failed(Problem(path, error))
    check_distinct(roots)
    with ProgressBar("storing") as report.bar:
        counting = asyncio.create_task(_count(roots, report.bar)) if report.bar.watched else None
        try:
            await store_roots(client, roots, report, min_copies=options.min_copies)
        finally:
            if counting is not None:
                counting.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await counting
    report.sum_up(roots)
    return exit_code_of_all(report.errors)


async def _count(roots: Sequence[Root], bar: ProgressBar) -> None:
    """Find out how much there is to do, beside doing it, so that the bar can tell the time left."""
    bar.set_total(await asyncio.to_thread(_bytes_of, roots))


def _bytes_of(roots: Sequence[Root]) -> int:
    return sum(item.facts.st_size for root in roots for item in walk(root) if isinstance(item, Found))


class StoreReport:
    """What became of each file: told at once when it failed or was named, summed up for folders."""

    def __init__(self, options: StoreOptions) -> None:
        self.bar = ProgressBar("storing")
        self.errors: list[DfsError] = []
        self._options = options
        self._files = self._bytes = self._sent = self._unchanged = 0

    def stored(self, found: Found, outcome: FileStored) -> None:
        if self._options.as_json or not self._options.recursive:
            _tell_stored(outcome, found.path, self._options)
        self._files += 1
        self._bytes += outcome.size
        self._sent += outcome.sent_bytes

    def unchanged(self, found: Found, entry: KeyEntry) -> None:
        if self._options.as_json:
            outcome = FileStored(entry.key, entry.version, entry.size, "", entry.chunks, 0, 0, entry.copies)
            out_json(outcome, path=found.path, unchanged=True)
        self._unchanged += 1

    def failed(self, problem: Problem) -> None:
        self.errors.append(problem.error)
        say(problem.text)

    def moved(self, count: int) -> None:
        self.bar.moved(count)

    def sum_up(self, roots: Sequence[Root]) -> None:
        """The last line of a run over folders."""
        if self._options.as_json or not self._options.recursive:
            return
        keys = ", ".join(shown(root.key) for root in roots)
        parts = [f"stored {_files(self._files)}, {format_size(self._bytes)}, {format_size(self._sent)} sent"]
        if self._unchanged:
            parts.append(f"{_files(self._unchanged)} unchanged")
        if self.errors:
            parts.append(f"{_files(len(self.errors))} not stored")
        out(f"{keys}: {'; '.join(parts)}")


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _tell_stored(outcome: FileStored, path: str, options: StoreOptions) -> None:
    if options.as_json:
        out_json(outcome, path=path, unchanged=False)
        return
    copies = f"{outcome.copies} cop{'y' if outcome.copies == 1 else 'ies'}"
    out(f"stored {shown(outcome.key)} ({format_size(outcome.size)}, {copies}, version {outcome.version})")
