"""`dfs-core retrieve` and `cat`: stored files back to disk or to standard output."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

import click

from dfs_core.cli.exit_codes import exit_code_of_all
from dfs_core.cli.options import RANGE, node_options
from dfs_core.cli.output import STALE
from dfs_core.cli.progress import ProgressBar
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import ByteRange, format_size
from dfs_core.cli.terminal import out, safe, say, shown
from dfs_core.client import (
    Client,
    DfsError,
    KeyNotFound,
    Problem,
    Retrieved,
    retrieve_folder,
)

STDOUT = "-"


@click.command()
@click.argument("name", metavar="KEY|b3:HASH")
@click.option("-o", "output", metavar="PATH", help="Where to; '-' is standard output. Default: its name, here.")
@click.option("-r", "recursive", is_flag=True, help="Everything below KEY/, written out below PATH.")
@click.option("--version", "version", type=click.IntRange(1), help="An older version ('dfs-core stat' lists them).")
@click.option("--range", "part", type=RANGE, help="Bytes A-B (B included), A- or -N (the last N).")
@node_options
def retrieve(
    name: str, output: str | None, recursive: bool, version: int | None, part: ByteRange | None, where: Where
) -> int:
    """Bring a stored file back, by its key or by the BLAKE3 of its content.

    PATH appears whole, checked to the last bit, or not at all; an existing file is replaced only then. If PATH is a
    folder, the file goes into it. A retrieve that was interrupted goes on where it stopped when it is run again.

    With -r, the files below KEY/ become a tree below PATH (made when missing; default: a folder with the key's last
    part, here). KEY '' means everything.
    """
    if recursive:
        if version or part or output == STDOUT:
            raise click.UsageError("-r goes with neither --version nor --range nor '-o -'")
        if output is None and not name.strip("/"):
            raise click.UsageError("everything goes where? name a folder with -o")
        return with_client(where, lambda client: _retrieve_folder(client, name, output))
    if output == STDOUT:
        return with_client(where, lambda client: _to_stdout(client, name, version or 0, part))
    target = _target(name, output)
    return with_client(where, lambda client: _retrieve_file(client, name, target, version or 0, part))


@click.command()
@click.argument("name", metavar="KEY|b3:HASH")
@click.option("--version", "version", type=click.IntRange(1), help="An older version.")
@click.option("--range", "part", type=RANGE, help="Bytes A-B (B included), A- or -N (the last N).")
@node_options
def cat(name: str, version: int | None, part: ByteRange | None, where: Where) -> int:
    """Write a stored file to standard output.

    What was damaged on the way shows only at the end, by the exit code: pipe it into what can be thrown away.
    """
    return with_client(where, lambda client: _to_stdout(client, name, version or 0, part))


def _target(name: str, output: str | None) -> Path:
    last = name.rpartition("/")[2] or name
    if output is None:
        return Path(last)
    path = Path(output)
    return path / last if output.endswith("/") or path.is_dir() else path


async def _bounds(client: Client, name: str, version: int, part: ByteRange | None) -> tuple[int, int]:
    """Start and end (exclusive, -1 open) to ask for. The last N bytes need the file's size first."""
    if part is None:
        return 0, -1
    if not part.last:
        return part.start, part.end
    async with client.retrieve_stream(name, version=version, start=0, end=0) as file:
        return max(0, file.entry.size - part.last), -1


async def _retrieve_file(client: Client, name: str, target: Path, version: int, part: ByteRange | None) -> int:
    start, end = await _bounds(client, name, version, part)
    with ProgressBar(f"retrieving {safe(name)}") as bar:
        if bar.watched:
            async with client.retrieve_stream(name, version=version, start=start, end=start) as file:
                bar.set_total((file.entry.size if end < 0 else min(end, file.entry.size)) - start)
        done = await client.retrieve_path(name, target, version=version, start=start, end=end, progress=bar.at)
    resumed = f", {format_size(done.resumed)} of it from before" if done.resumed else ""
    out(f"retrieved {shown(done.entry.key)} to {shown(str(target))} ({format_size(done.length)}{resumed})")
    if done.stale:
        say(STALE)
    return 0


async def _to_stdout(client: Client, name: str, version: int, part: ByteRange | None) -> int:
    sys.stdout.flush()
    write = functools.partial(os.write, sys.stdout.fileno())
    start, end = await _bounds(client, name, version, part)
    with ProgressBar(f"retrieving {safe(name)}") as bar:
        done = await client.retrieve_into(name, write, version=version, start=start, end=end, progress=bar.at)
    if done.stale:
        say(STALE)
    return 0


async def _retrieve_folder(client: Client, name: str, output: str | None) -> int:
    prefix = name.rstrip("/")
    folder = Path(output if output is not None else prefix.rpartition("/")[2])
    report = RetrieveReport()
    with ProgressBar(f"retrieving {safe(prefix) or 'everything'}") as report.bar:
        try:
            stale = await retrieve_folder(client, prefix, folder, report)
        except KeyNotFound:
            if not prefix:
                raise
            return await _retrieve_file(client, name, _target(name, output), 0, None)
    out(f"retrieved {report.files:,} files to {shown(str(folder))} ({format_size(report.bytes)})")
    if stale:
        say(STALE)
    return exit_code_of_all(report.errors)


class RetrieveReport:
    """What became of each file of a folder."""

    def __init__(self) -> None:
        self.bar = ProgressBar("retrieving")
        self.errors: list[DfsError] = []
        self.files = self.bytes = 0

    def retrieved(self, outcome: Retrieved) -> None:
        self.files += 1
        self.bytes += outcome.length

    def failed(self, problem: Problem) -> None:
        self.errors.append(problem.error)
        say(problem.text)

    def moved(self, count: int) -> None:
        self.bar.moved(count)
