"""`dfs-core retrieve` and `cat`: stored files back to disk or to standard output."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

import click

from dfs_core.cli.exit_codes import exit_code_of, exit_code_of_all
from dfs_core.cli.options import RANGE, node_options
from dfs_core.cli.output import STALE
from dfs_core.cli.progress import ProgressBar
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import ByteRange, counted, format_size
from dfs_core.cli.terminal import out, safe, say, shown
from dfs_core.client import (
    Client,
    DfsError,
    FileThere,
    IfExists,
    KeyNotFound,
    Place,
    Problem,
    Retrieved,
    retrieve_folder,
)

STDOUT = "-"
WHAT_ELSE = "use --if-exists replace, number or skip for what you want instead"


@click.command()
@click.argument("name", metavar="KEY|b3:HASH")
@click.option("-o", "output", metavar="PATH", help="Where to; '-' is standard output. Default: its name, here.")
@click.option("-r", "recursive", is_flag=True, help="Everything below KEY/, written out below PATH.")
@click.option("--version", "version", type=click.IntRange(1), help="An older version ('dfs-core stat' lists them).")
@click.option("--range", "part", type=RANGE, help="Bytes A-B (B included), A- or -N (the last N).")
@click.option(
    "--if-exists",
    type=click.Choice([choice.value for choice in IfExists]),
    help="What to do about a file that is there. Default: replace the one that -o names, else fail.",
)
@node_options
def retrieve(
    name: str,
    output: str | None,
    recursive: bool,
    version: int | None,
    part: ByteRange | None,
    if_exists: str | None,
    where: Where,
) -> int:
    """Bring a stored file back, by its key or by the BLAKE3 of its content.

    PATH appears whole, checked to the last bit, or not at all. If PATH is a folder, the file goes into it. A retrieve
    that was interrupted goes on where it stopped when it is run again.

    A file that is there is replaced, at the end and all at once, when PATH names it. Where its name comes from the key
    (no PATH, a folder, -r), it is left as it is, which is a failure unless it is this very version (same size and
    time). --if-exists replace, number (the new one is called NAME-2), skip or fail says it for all cases; it holds for
    a file that is made during the transfer, too. A device or pipe is written into.

    With -r, the files below KEY/ become a tree below PATH (made when missing; default: a folder with the key's last
    part, here). KEY '' means everything.
    """
    if if_exists and output == STDOUT:
        raise click.UsageError("--if-exists is about files, and '-o -' writes none")
    if recursive:
        if version or part or output == STDOUT:
            raise click.UsageError("-r goes with neither --version nor --range nor '-o -'")
        if output is None and not name.strip("/"):
            raise click.UsageError("everything goes where? name a folder with -o")
        return with_client(where, lambda client: _retrieve_folder(client, name, output, if_exists))
    if output == STDOUT:
        return with_client(where, lambda client: _to_stdout(client, name, version or 0, part))
    target = _place(name, output, if_exists)
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


def _place(name: str, output: str | None, if_exists: str | None) -> Place:
    """Who names a file means that one; a name that comes from the key may be anybody's."""
    last = name.rpartition("/")[2] or name
    wanted = IfExists(if_exists) if if_exists else None
    path = Path(output) if output is not None else Path(last)
    if output is None or not (output.endswith("/") or path.is_dir()):
        return Place(path, wanted or (IfExists.FAIL if output is None else IfExists.REPLACE))
    return Place(path / last, wanted or IfExists.FAIL)


async def _bounds(client: Client, name: str, version: int, part: ByteRange | None) -> tuple[int, int]:
    """Start and end (exclusive, -1 open) to ask for. The last N bytes need the file's size first."""
    if part is None:
        return 0, -1
    if not part.last:
        return part.start, part.end
    async with client.retrieve_stream(name, version=version, start=0, end=0) as file:
        return max(0, file.entry.size - part.last), -1


async def _retrieve_file(client: Client, name: str, target: Place, version: int, part: ByteRange | None) -> int:
    start, end = await _bounds(client, name, version, part)
    with ProgressBar(f"retrieving {safe(name)}") as bar:
        if bar.watched:
            async with client.retrieve_stream(name, version=version, start=start, end=start) as file:
                bar.set_total((file.entry.size if end < 0 else min(end, file.entry.size)) - start)
        try:
            done = await client.retrieve_path(
                name,
                target.path,
                version=version,
                start=start,
                end=end,
                progress=bar.at,
                if_exists=target.if_exists,
            )
        except FileThere as error:
            say(f"{error}; {WHAT_ELSE}")
            return exit_code_of(error)
    numbered = target.if_exists is IfExists.NUMBER  # else what was named is said, not where a link of it leads
    path = shown(str(target.path.with_name(done.path.name) if numbered else target.path))
    key = shown(done.entry.key)
    if done.skipped:
        same = target.if_exists is IfExists.FAIL
        out(f"{path} is {key} already (same size and time)" if same else f"skipped {key}: {path} is there already")
    else:
        resumed = f", {format_size(done.resumed)} of it from before" if done.resumed else ""
        replaced = ", replacing what was there" if done.replaced else ""
        out(f"retrieved {key} to {path} ({format_size(done.length)}{resumed}){replaced}")
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


async def _retrieve_folder(client: Client, name: str, output: str | None, if_exists: str | None) -> int:
    prefix = name.rstrip("/")
    folder = Path(output if output is not None else prefix.rpartition("/")[2])
    report = RetrieveReport()
    with ProgressBar(f"retrieving {safe(prefix) or 'everything'}") as report.bar:
        try:
            wanted = IfExists(if_exists or IfExists.FAIL)
            stale = await retrieve_folder(client, prefix, folder, report, if_exists=wanted)
        except KeyNotFound:
            if not prefix:
                raise
            return await _retrieve_file(client, name, _place(name, output, if_exists), 0, None)
    there = f"; {report.there:,} there already" if report.there else ""
    out(f"retrieved {counted(report.files, 'file')} to {shown(str(folder))} ({format_size(report.bytes)}){there}")
    if stale:
        say(STALE)
    if any(isinstance(error, FileThere) for error in report.errors):
        say(WHAT_ELSE)
    return exit_code_of_all(report.errors)


class RetrieveReport:
    """What became of each file of a folder."""

    def __init__(self) -> None:
        self.bar = ProgressBar("retrieving")
        self.errors: list[DfsError] = []
        self.files = self.bytes = self.there = 0

    def retrieved(self, outcome: Retrieved) -> None:
        if outcome.skipped:
            self.there += 1
            return
        self.files += 1
        self.bytes += outcome.length

    def failed(self, problem: Problem) -> None:
        self.errors.append(problem.error)
        say(problem.text)

    def moved(self, count: int) -> None:
        self.bar.moved(count)
