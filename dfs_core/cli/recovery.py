"""`dfs-core recovery` and `rotate`: what brings the files back when every full node is lost, and new secrets."""

from __future__ import annotations

import datetime
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfs_core.cli.asking import answer, go_on
from dfs_core.cli.forcing import force_majority, lift
from dfs_core.cli.node import capacity_option, listen_option, zone_option
from dfs_core.cli.options import json_option, node_options
from dfs_core.cli.output import STALE, out_json
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import counted, format_duration, format_size
from dfs_core.cli.terminal import out, say, short_id
from dfs_core.cli.waiting import decided
from dfs_core.client import Client, FileUnusable, InvalidInput, NotAllowed
from dfs_core.local.places import node_data_dir

if TYPE_CHECKING:
    from dfs_core.crypto.recovery import RecoverySheet
    from dfs_core.server.restoring import Snapshot

_ASK = "Is it printed or written down, and in a safe place away from these machines? Type 'yes' if it is: "


@click.group()
def recovery() -> None:
    """The recovery sheet: what brings the cluster's files back when every full node is lost."""


recovery.add_command(force_majority)
recovery.add_command(lift)


@recovery.command()
@click.option("--confirm", "confirmed", is_flag=True, help="Say at once that it is in a safe place.")
@node_options
def show(confirmed: bool, where: Where) -> int:
    """Print the recovery sheet of the cluster. Whoever has it can read every stored file.

    On a terminal there is a QR code below it, and a question whether the sheet is safe now; until somebody says so,
    'dfs-core status' asks for it. Run it on a full node.
    """
    sheet = _sheet_of(where)
    out(sheet.text())
    terminal = sys.stdout.isatty()
    if terminal:
        _show_picture(sheet.picture_text())
    if confirmed or (terminal and sys.stdin.isatty() and answer(_ASK) in ("yes", "y")):
        _confirm(where)
    return 0


@recovery.command()
@node_options
def confirm(where: Where) -> int:
    """Say that the recovery sheet is in a safe place; 'dfs-core status' asks no more, on any node."""
    _confirm(where)
    return 0


@recovery.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@node_options
def export(file: Path, where: Where) -> int:
    """Write the recovery sheet to FILE, for its owner only; a FILE that exists is never overwritten.

    FILE.svg and FILE.png become the QR code, any other name the text. Keep it where these machines are not.
    """
    from dfs_core.cli.qr import is_picture, picture_of

    sheet = _sheet_of(where)
    if is_picture(file):
        content = picture_of(sheet.picture_text(), file.suffix[1:].lower())
    else:
        content = f"{sheet.text()}\n".encode()
    _write_new(file, content)
    say(f"the recovery sheet is in {file}; move it to a safe place, then: dfs-core recovery confirm")
    return 0


@recovery.command()
@click.argument("words", metavar="[SHEET]...", nargs=-1)
@node_options
def check(words: tuple[str, ...], where: Where) -> int:
    """Does this sheet open this cluster, and for which secret epochs is it good?

    SHEET: a file, the code itself, or nothing or '-' to type or feed it in (end with Ctrl-D). The sheet's secrets do
    not leave this command: the node is only asked for the hashes it knows them by.
    """
    sheet = read_sheet(words)

    async def ask(client: Client) -> int:
        cluster = (await client.status()).cluster
        if str(sheet.cluster) != cluster:
            raise InvalidInput(f"this sheet is of cluster {sheet.cluster}; the node is one of cluster {cluster}")
        listed = await client.secret_epochs()
        if listed.stale:
            say(STALE)
        hashes = {number: sheet.secrets.hash(number).hex() for number in sheet.epochs}
        good = [epoch.number for epoch in listed.epochs if hashes.get(epoch.number) == epoch.hash]
        newest = listed.epochs[-1].number if listed.epochs else 0
        if newest not in good:
            known = f"it is good for {_epochs(good)}" if good else "it is good for none of them"
            raise InvalidInput(
                f"this sheet is out of date: secret epoch {newest} is in force, and {known}. Keep a new one"
                " ('dfs-core recovery show') and throw this one away"
            )
        out(f"this sheet opens cluster {cluster}: it is good for {_epochs(good)}, and the newest is in force")
        return 0

    return with_client(where, ask)


@click.command()
@json_option
@node_options
def rotate(as_json: bool, where: Where) -> int:
    """Start a new secret epoch: what is stored from now on is out of reach for whoever had only the older secrets.

    Do it after removing a full node, or when a disk or a sheet fell into other hands. Older files stay readable. The
    recovery sheets there are do not open what comes: keep a new one. A vault believes an older sheet until it has heard
    of the rotation: a second later, or when it is back.
    """

    async def ask(client: Client) -> int:
        rotated = await decided(client, client.rotate_secret())
        if as_json:
            out_json(rotated)
            return 0
        out(f"secret epoch {rotated.epoch} is in force; nodes that hold its secret: {len(rotated.holding)}")
        for node in rotated.waiting:
            say(f"{short_id(node)} fetches it when it is back")
        say("the recovery sheets there are do not open what comes: 'dfs-core recovery show' prints a new one")
        return 0

    return with_client(where, ask)


@recovery.command()
@click.option("--list", "listing", is_flag=True, help="Only list the snapshots there are.")
@json_option
@node_options
def snapshot(listing: bool, as_json: bool, where: Where) -> int:
    """Seal the catalog and keep it as chunks, now; otherwise it is done once a day of log time.

    Every node, vaults too, keeps pointers to the newest few: what 'recovery restore' needs when all full nodes are
    lost. What is stored after the newest snapshot cannot be restored from vaults alone.
    """

    async def ask(client: Client) -> int:
        found = await client.snapshots() if listing else await client.take_snapshot()
        if found.stale:
            say(STALE)
        for entry in found.snapshots:
            if as_json:
                out_json(entry, nodes=found.nodes)
                continue
            age = format_duration(entry.age_s)
            size = format_size(entry.size)
            out(f"{entry.number}: {size}, {age} ago, known to {entry.known} of {counted(found.nodes, 'node')}")
        if not found.snapshots:
            say("there is no snapshot yet; 'dfs-core recovery snapshot' takes one")
        return 0

    return with_client(where, ask)


@recovery.command()
@click.argument("words", metavar="[SHEET]...", nargs=-1)
@click.option(
    "--data-dir",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The new node's data folder. Default: DFS_DATA_DIR, else below DFS_HOME.",
)
@click.option(
    "--from", "addresses", metavar="HOST:PORT", multiple=True, help="A node that is left; give all there are."
)
@click.option("--yes", is_flag=True, help="Do not ask: full nodes that do not answer are lost for ever.")
@listen_option
@zone_option
@capacity_option
@json_option
def restore(
    words: tuple[str, ...],
    data_dir: Path | None,
    addresses: tuple[str, ...],
    yes: bool,
    listen: str | None,
    zone: str,
    capacity: int | None,
    as_json: bool,
) -> int:
    """Make a full node of the cluster on a new machine, from its recovery sheet and the nodes that are left.

    SHEET: a file, the code itself, or nothing or '-' to type or feed it in. If a full node is left, this machine can
    simply join it, and is invited. If only vaults are left, the newest sealed catalog snapshot is restored through
    them, and the cluster begins again with this node: every file stored before that snapshot is back. The full nodes
    that do not answer are removed for ever.

    In a folder whose node has lost its secrets, the secrets are put back.
    """
    from dfs_core.server.restoring import ClusterLives, Restored, is_node_folder, restore_secrets
    from dfs_core.server.restoring import restore as begin_again

    folder = (data_dir or node_data_dir()).absolute()
    sheet = read_sheet(words)
    if is_node_folder(folder):
        back = restore_secrets(sheet, folder)
        there = f"nothing was restored: {folder} is a node's folder and has its secrets already"
        out(f"{'the secrets are back' if back else there}; start the node: dfs-core node")
        return 0

    def agree(found: Snapshot) -> bool:
        return go_on(_described(found), yes=yes)

    made = begin_again(sheet, folder, addresses, agree=agree, listen=listen, zone=zone, capacity=capacity)
    if isinstance(made, ClusterLives):
        say(f"the full node {short_id(made.node)} is alive, so nothing need be restored: this machine can join it:")
        out(f"dfs-core join {made.line}" if not as_json else json.dumps({"join": made.line, "node": made.node}))
        say("if its log has no majority any more, recover it there first")
        return 0
    assert isinstance(made, Restored)
    if as_json:
        out(json.dumps({"node_id": made.node_id, "cluster_id": made.cluster_id, "data_dir": made.data_dir}))
    else:
        out(f"cluster {made.cluster_id} begins again with node {short_id(made.node_id)} in {made.data_dir}")
    say("start it: dfs-core node; the vaults that were named join it by themselves")
    return 0


def _described(found: Snapshot) -> list[str]:
    """What was found, for the person who decides."""
    lines = [f"passed over: {why}" for why in found.passed_over]
    stored = "it has no files"
    if found.newest_ms:
        moment = datetime.datetime.fromtimestamp(found.newest_ms / 1000, datetime.UTC)
        stored = (
            f"its newest file was stored on {moment:%Y-%m-%d at %H:%M} UTC, by the clock of the node that stored it"
        )
    lines.append(
        f"snapshot {found.number} of log index {found.taken_at}, with {counted(found.keys, 'key')}, is the newest;"
        f" {stored}. What was stored later is lost"
    )
    lines.append(f"{counted(len(found.vaults), 'node')} answered: {', '.join(short_id(node) for node in found.vaults)}")
    names = ", ".join(short_id(node) for node in found.lost)
    lines.append(f"these full nodes did not answer and are removed from the cluster, for ever: {names}")
    return lines


def _confirm(where: Where) -> None:
    async def tell(client: Client) -> None:
        await decided(client, client.confirm_recovery())

    with_client(where, tell)
    out("noted: the recovery sheet is in a safe place")


def _show_picture(code: str) -> None:
    from dfs_core.cli.qr import BYTES_MAX, lines_of

    if len(code) > BYTES_MAX:
        say("there are more secret epochs than fit a QR code; the text has them all")
        return
    out("")
    for line in lines_of(code):
        out(line)


def _write_new(file: Path, content: bytes) -> None:
    """InvalidInput: it is there already. FileUnusable: it cannot be written."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise InvalidInput(f"{file} exists and is never overwritten; give another name") from None
    except OSError as error:
        raise FileUnusable(str(file), f"cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(handle)


def _epochs(numbers: Sequence[int]) -> str:
    return f"secret epoch{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def read_sheet(words: Sequence[str]) -> RecoverySheet:
    """The sheet that was given as a file, as the code, or on standard input. InvalidInput, FileUnusable."""
    from dfs_core.crypto.recovery import PREFIX, RecoverySheet

    if not words or list(words) == ["-"]:
        if sys.stdin.isatty():
            say("type or paste the recovery sheet, then Ctrl-D")
        return RecoverySheet.parse(sys.stdin.read())
    if len(words) == 1 and Path(words[0]).is_file():
        try:
            return RecoverySheet.parse(Path(words[0]).read_text(encoding="utf-8", errors="replace"))
        except OSError as error:
            raise FileUnusable(words[0], f"cannot be read: {error.strerror}") from error
    if len(words) == 1 and PREFIX not in words[0].lower():
        # not quoted: it may be most of a code
        raise FileUnusable("the sheet", f"there is no such file, and a recovery code starts with {PREFIX!r}")
    return RecoverySheet.parse(" ".join(words))


def _sheet_of(where: Where) -> RecoverySheet:
    """The sheet, made of a full node's own files; they are only read, so the node may be running.

    The secrets do not go through the control socket: who may read the files may have them, and nobody else.
    """
    from dfs_core.catalog.facts import SecretEpochFacts
    from dfs_core.crypto.recovery import RecoverySheet
    from dfs_core.model.ids import ClusterId
    from dfs_core.server.keyring import Keyring
    from dfs_core.store.folder import FolderInUse

    if where.elsewhere:  # the path it tells is one of its own machine; here it may be nothing, or another cluster's
        raise NotAllowed("a sheet is made of a full node's own files, which do not leave it: run this on its machine")

    async def ask(client: Client) -> tuple[str, Path, list[SecretEpochFacts]]:
        status, listed = await client.status(), await client.secret_epochs()
        epochs = [
            SecretEpochFacts(epoch.number, bytes.fromhex(epoch.hash), b"", epoch.confirmed, 0)
            for epoch in listed.epochs
        ]
        return status.cluster, Path(status.data_dir), epochs

    cluster, folder, epochs = with_client(where, ask)
    keyring = Keyring(FolderInUse(folder))
    keyring.follow(epochs)
    if keyring.lacking is not None:
        raise InvalidInput(f"this node does not hold the secret of epoch {keyring.lacking.number} yet; ask another one")
    return RecoverySheet(ClusterId.parse(cluster), keyring.secrets)
