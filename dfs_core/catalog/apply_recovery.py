"""What the commands about secret epochs and catalog snapshots do.

A snapshot's chunks are referenced by pages, exactly as those of a version are, so nothing else need know of them:
they are placed, repaired, checked and kept from being collected like any others. What a snapshot has instead of a key
is a number, and what ends it is a newer one that every node knows of (the proposer sees to that; here only the newest
few are guarded).
"""

from __future__ import annotations

from dfs_core.catalog.apply_files import adopt_pages, tell_unreferenced
from dfs_core.catalog.change import RecoveryChanged
from dfs_core.catalog.pages import ADDRESS_BYTES, PAGES_MAX, check_page, is_committed, lose_pages
from dfs_core.catalog.schema import SECRET_EPOCH, SNAPSHOT
from dfs_core.catalog.step import INTEGER_MAX, Step, demand
from dfs_core.encoding.commands import ConfirmSheet, DropSnapshot, KeepSnapshot, Outcome, SecretEpoch
from dfs_core.errors import Refused
from dfs_core.limits import CERTIFICATE_BYTES_MAX, SNAPSHOTS_KEPT
from dfs_core.model.ids import VersionId

HASH_BYTES = 32
_CONFIRMED = SECRET_EPOCH.names.index("confirmed")


def secret_epoch(step: Step, command: SecretEpoch) -> Outcome:
    """The epoch is the current one from here on; nobody has a sheet of it yet."""
    demand(len(command.hash) == HASH_BYTES, f"a secret's hash is {HASH_BYTES} bytes")
    demand(0 < len(command.authority) <= CERTIFICATE_BYTES_MAX, f"a certificate has 1 to {CERTIFICATE_BYTES_MAX} bytes")
    (newest,) = step.rows.execute("SELECT coalesce(max(number), 0) FROM secret_epoch").fetchone()
    if command.number != newest + 1:
        raise Refused("epoch", f"the newest secret epoch is {newest}, so the next one is {newest + 1}")
    step.rows.insert(SECRET_EPOCH, (command.number, command.hash, command.authority, 0, step.index))
    step.changes.append(RecoveryChanged())
    return step.applied()


def confirm_sheet(step: Step, command: ConfirmSheet) -> Outcome:
    """The sheet of that epoch is safe. Saying so again is no change."""
    epoch = step.rows.get(SECRET_EPOCH, command.epoch)
    if epoch is None:
        raise Refused("epoch", f"there is no secret epoch {command.epoch}")
    if not epoch[_CONFIRMED]:
        step.rows.replace(SECRET_EPOCH, epoch, (*epoch[:_CONFIRMED], 1, *epoch[_CONFIRMED + 1 :]))
        step.changes.append(RecoveryChanged())
    return step.applied()


def keep_snapshot(step: Step, command: KeepSnapshot) -> Outcome:
    """The snapshot is the newest one, and holds on to its chunks."""
    demand(len(command.snapshot_id) == VersionId.size, "a snapshot's id is 16 bytes")
    demand(0 < command.taken_at < step.index, "a snapshot is of a log index before this one")
    demand(0 < command.size <= INTEGER_MAX, "a snapshot is not empty")
    demand(0 < command.page_count <= PAGES_MAX, f"a snapshot has 1 to {PAGES_MAX} pages")
    demand(bool(command.pages), "the page that names the root travels with the command")
    numbers = [page.number for page in command.pages]
    demand(numbers == sorted(set(numbers)), "pages come in order, each once")
    for page in command.pages:
        check_page(page)
    root = command.pages[-1]
    demand(
        root.number == command.page_count and len(root.addresses) == ADDRESS_BYTES,
        "the last page names the root alone",
    )
    demand(step.rows.get(SECRET_EPOCH, command.epoch) is not None, "a snapshot is sealed under a known secret epoch")
    if is_committed(step, command.snapshot_id):
        raise Refused("committed", "this store is a version already")
    newest = step.rows.counter("snapshot")
    if command.number != newest + 1:
        raise Refused("snapshot", f"the newest snapshot is {newest}, so the next one is {newest + 1}")
    adopt_pages(step, command.snapshot_id, command.pages, command.page_count, command.as_of)
    step.rows.set_counter("snapshot", command.number)
    step.rows.insert(
        SNAPSHOT,
        (
            command.number,
            command.taken_at,
            command.epoch,
            command.snapshot_id,
            root.addresses,
            root.tail_bytes,
            command.size,
            step.index,
            step.log_ms,
        ),
    )
    step.changes.append(RecoveryChanged())
    return step.applied()


def drop_snapshot(step: Step, command: DropSnapshot) -> Outcome:
    """Its chunks go the way of all that nothing refers to."""
    row = step.rows.get(SNAPSHOT, command.number)
    if row is None:
        raise Refused("missing", f"snapshot {command.number} is not kept")
    (newer,) = step.rows.execute("SELECT count(*) FROM snapshot WHERE number > ?", (command.number,)).fetchone()
    if newer < SNAPSHOTS_KEPT:
        raise Refused("kept", f"snapshot {command.number} is among the newest {SNAPSHOTS_KEPT}")
    step.rows.delete(SNAPSHOT, row)
    tell_unreferenced(step, lose_pages(step, row[SNAPSHOT.names.index("snapshot_id")]))
    step.changes.append(RecoveryChanged())
    return step.applied()
