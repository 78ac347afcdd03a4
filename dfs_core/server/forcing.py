"""`recovery force-quorum`: one surviving full node goes on alone when a majority of the voters is lost for ever.

Everything that is in this node's log counts as decided, committed or not: whatever was acknowledged may be among it.
It is applied to the catalog; then the log begins anew, far above every index that a lost node can have used, with this
node as its only voter and a new generation, by which every node knows the old side and gives it no link. All other full
nodes are removed: what they decided without this one is lost, and they join again with empty folders.

    catalog applies all of the log → `log.next` is written → the catalog stands behind it → `log.next` becomes the log

The third step is the decision. Cut off before it, nothing has happened; cut off after it, the same command ends it.
The old log stays in the folder, under another name.
"""

from __future__ import annotations

import secrets as random_bytes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.database import sync_folder
from dfs_core.catalog.log import LogStore
from dfs_core.catalog.query import CatalogReader
from dfs_core.catalog.restart import begin_log, first_free_index, move_catalog
from dfs_core.encoding.commands import AnyCommand, BeginGeneration, SetMember, encode_batch, encode_command
from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.errors import InvalidInput, StoreError
from dfs_core.limits import MIB
from dfs_core.model.ids import NodeId
from dfs_core.model.raft_messages import COMMAND, CONFIGURATION, Configuration, LogEntry
from dfs_core.replication.memberlist import record_of
from dfs_core.server.names import MEMBERS_NAME
from dfs_core.store.folder import DataFolder
from dfs_core.store.state import NodeState

LOG_NAME, NEXT_NAME, CATALOG_NAME = "log.sqlite", "log.next.sqlite", "catalog.sqlite"
_READ_BYTES = 4 * MIB


@dataclass(frozen=True, slots=True)
class Plan:
    """What forcing would do, before it is agreed."""

    node: NodeId
    generation: int  # that begins
    index: int  # up to here everything is kept
    lost: tuple[NodeId, ...]  # the other voters: given up, removed
    followers: tuple[NodeId, ...]  # the other full nodes: removed, too; they join again
    missing: tuple[NodeId, ...]  # voters that were not named


@dataclass(frozen=True, slots=True)
class Forced:
    """What was done. `plan` None: an earlier call had been cut off, and was ended."""

    plan: Plan | None


def force_majority(
    data_dir: Path,
    destroyed: Sequence[str],
    *,
    agree: Callable[[Plan], bool],
    token: Callable[[int], bytes] = random_bytes.token_bytes,
) -> Forced:
    """Make the node in `data_dir`, which does not run, the only voter of a new generation. Durable on return.

    `destroyed`: every other voter, each by its id or the beginning of it. `agree` is shown what it means. InvalidInput:
    it was not agreed, a voter was not named, somebody else was, or it votes alone. StoreError: the folder is in use.
    """
    with DataFolder.open(data_dir) as folder:
        if folder.marker.role != "full":
            raise InvalidInput(f"{data_dir} is a {folder.marker.role} node's folder: it has no part in the log")
        if _end_earlier(folder.path):
            return Forced(None)
        plan, term, known = _look(folder.path, folder.marker.node, destroyed)
        if plan.missing or not plan.lost:
            raise InvalidInput(_why_not(plan))
        if not agree(plan):
            raise InvalidInput("nothing was changed")
        _begin(folder.path, plan, term, known, token)
    return Forced(plan)


def _look(folder: Path, node: NodeId, destroyed: Sequence[str]) -> tuple[Plan, int, MembersKnown]:
    """Apply what the log has; the plan, the newest term, and the member list."""
    applier, log = Applier(folder / CATALOG_NAME), LogStore(folder / LOG_NAME)
    try:
        loaded = log.load(applied=applier.applied_index)
        while applier.applied_index < loaded.last_index:
            applier.apply(log.read(applier.applied_index + 1, loaded.last_index, _READ_BYTES))
        applier.checkpoint()
        index, term = loaded.last_index, max(loaded.hard_state.term, applier.applied_term)
        voters = loaded.configurations[-1][1].voters
    finally:
        applier.close()
        log.close()
    reader = CatalogReader(folder / CATALOG_NAME)
    try:
        layout, generation = reader.layout(), reader.generation()
    finally:
        reader.close()
    if node.digest not in voters:
        raise InvalidInput("this node is no voter: force another one, or a newer decision may be lost without need")
    full = [member.node for member in layout.members if member.listed and member.role == "full" and member.node != node]
    lost = tuple(NodeId(voter) for voter in voters if voter != node.digest)
    named = [_voter(name, lost) for name in destroyed]
    plan = Plan(
        node=node,
        generation=generation.number + 1,
        index=index,
        lost=lost,
        followers=tuple(sorted(each for each in full if each not in lost)),
        missing=tuple(voter for voter in lost if voter not in named),
    )
    known = MembersKnown(layout.revision, layout.copies, [record_of(member) for member in layout.members])
    return plan, term, known


def _voter(name: str, voters: Sequence[NodeId]) -> NodeId:
    found = [voter for voter in voters if name and str(voter).startswith(name.lower())]
    if len(found) != 1:
        known = ", ".join(voter.short for voter in voters) or "there are none"
        raise InvalidInput(f"{name!r} names no other voter; they are: {known}")
    return found[0]


def _why_not(plan: Plan) -> str:
    if not plan.lost:
        return "this node is the only voter already: nothing need be forced"
    missing = " ".join(f"--destroyed {node.short}" for node in plan.missing)
    return (
        "a voter that is not destroyed may still decide, and then there are two clusters. Make sure that none of them"
        f" ever runs again, and name them all: {missing}"
    )


def _begin(folder: Path, plan: Plan, term: int, known: MembersKnown, token: Callable[[int], bytes]) -> None:
    stand_at, me = first_free_index(plan.index), plan.node.digest
    removed = [node.digest for node in (*plan.lost, *plan.followers)]
    generation = BeginGeneration(token(16), plan.generation, token(16))
    commands: list[AnyCommand] = [generation, *(SetMember(token(16), node, state="removed") for node in removed)]
    entries = [
        LogEntry(stand_at + 1, term + 1, CONFIGURATION, Configuration.of([me]).encode()),
        LogEntry(stand_at + 2, term + 1, COMMAND, encode_batch(0, [encode_command(each) for each in commands])),
    ]
    begin_log(folder / NEXT_NAME, index=stand_at, term=term, founder=me, entries=entries)
    list_ = msgspec.structs.replace(
        known,
        revision=stand_at + 2,
        members=[
            msgspec.structs.replace(each, state="removed") if each.node in removed else each for each in known.members
        ],
        voters=[me],
        generation=generation.number,
        generation_id=generation.generation_id,
    )
    state = NodeState(folder / "state.sqlite")
    try:
        move_catalog(folder / CATALOG_NAME, stand_at, me)
        state.put(MEMBERS_NAME, msgspec.msgpack.encode(list_))
    finally:
        state.close()
    _swap(folder)


def _end_earlier(folder: Path) -> bool:
    """End what a call that was cut off had decided, or forget what it had not. True: it had."""
    path = folder / NEXT_NAME
    if not path.exists():
        return False
    applier, log = Applier(folder / CATALOG_NAME), LogStore(path)
    try:
        decided = applier.applied_index == log.first_index - 1
    finally:
        applier.close()
        log.close()
    if decided:
        _swap(folder)
    else:
        path.unlink()
    return decided


def _swap(folder: Path) -> None:
    """`log.next` is the log from here on; the old one is kept beside it."""
    try:
        old = folder / LOG_NAME
        number = 1
        while (kept := folder / f"log.given-up-{number}.sqlite").exists():
            number += 1
        if old.exists():
            old.rename(kept)
        (folder / NEXT_NAME).rename(old)
    except OSError as error:
        raise StoreError(f"cannot put the new log in its place: {error.strerror}; give the command again") from error
    sync_folder(folder)
