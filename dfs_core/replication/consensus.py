"""Raft over links: propose a command, learn how far to read, follow along.

Three tasks share the work so that none waits for another's disk. The *driver* feeds the core (`model.raft`) with time
and messages, sends what may be sent at once, and hands what must be durable to the *writer*, which saves everything
that has piled up in one synced transaction and only then reports it and sends the rest. The *applier* carries committed
entries into the catalog, also in runs. What this node itself proposes is brought to whoever leads by `proposals.py`.
Not here: who votes (`voters.py`), what commands do (`catalog.apply`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from random import Random
from typing import Protocol, TypeVar

from dfs_core.catalog.apply import Applied, Applier
from dfs_core.catalog.log import LogStore
from dfs_core.clock import Clock
from dfs_core.encoding.commands import (
    AnyCommand,
    Outcome,
    Settle,
    Tick,
    decode_command,
    encode_batch,
    encode_command,
)
from dfs_core.encoding.peer_messages import CommitIndex, Propose, Proposed, ReadIndex
from dfs_core.errors import DfsError, NotLeader, Refused, RemoteProtocolError, StoreFull
from dfs_core.limits import COMMIT_TIMEOUT_S, ENTRY_COMMANDS_MAX, FULL_WAIT_S
from dfs_core.model.ids import NodeId
from dfs_core.model.raft import Raft
from dfs_core.model.raft_messages import Configuration, LogEntry, RaftMessage
from dfs_core.model.raft_ready import (
    Addressed,
    FollowerProgress,
    RaftSettings,
    Ready,
    Role,
    SnapshotPlace,
    SnapshotWanted,
)
from dfs_core.replication.proposals import Proposals
from dfs_core.replication.unseating import without_removed
from dfs_core.transport.peers import Peers

_log = logging.getLogger(__name__)

TICK_S = 60.0  # an idle leader lets log time pass once a minute
LEADER_WAIT_S = 0.3  # a read without a leader for this long is answered from the local catalog, marked stale
CATCH_UP_S = 5.0  # how long a read waits for this node to apply what the leader named

Result = TypeVar("Result")


class SnapshotSeat(Protocol):
    """The part of `snapshot_fetcher` that a seat needs when it lacks what was cut off."""

    def want(self, wanted: SnapshotWanted) -> None: ...
    def install(self, place: SnapshotPlace) -> None: ...
    def installed(self) -> None: ...


class Consensus:
    """This node's seat at the log. Owns the core and the order in which its orders are carried out."""

    def __init__(
        self,
        *,
        node: NodeId,
        log: LogStore,
        applier: Applier,
        peers: Peers,
        clock: Clock,
        random: Random,
        settings: RaftSettings,
        applied: Callable[[Sequence[Applied]], None],
        snapshots: SnapshotSeat,
    ) -> None:
        """Nothing runs before `run`. `applied` is called in the loop after each durable run of entries, in order."""
        self._node, self._log, self._applier, self._peers = node, log, applier, peers
        self._clock, self._on_applied, self._snapshots = clock, applied, snapshots
        loaded = log.load(applied=applier.applied_index)
        self._raft = Raft(
            node.digest,
            hard_state=loaded.hard_state,
            log=loaded.start,
            configurations=loaded.configurations,
            now=clock.now(),
            random=random,
            settings=settings,
        )
        self._wake, self._written, self._apply_wake = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._to_write: deque[Ready] = deque()
        self._to_apply: deque[Ready] = deque()
        self._progress = asyncio.Condition()
        self._proposals = Proposals(self, peers, clock)
        self._reads: dict[int, asyncio.Future[int]] = {}
        self._read_context = 0
        self._last_entry_at, self._last_entry_term = clock.now(), 0
        self.removal_index = 0  # the newest entry that may remove a member: until it is applied, nobody gets a vote

    # -- what is known

    @property
    def term(self) -> int:
        return self._raft.term

    @property
    def leads(self) -> bool:
        return self._raft.role is Role.LEADER

    @property
    def leader(self) -> NodeId | None:
        """Who leads as far as this node knows."""
        return NodeId(self._raft.leader) if self._raft.leader else None

    @property
    def commit_index(self) -> int:
        return self._raft.commit_index

    @property
    def last_index(self) -> int:
        """The newest entry of this node's log, committed or not."""
        return self._raft.last_index

    @property
    def durable_term(self) -> int:
        """The highest term that is on disk here."""
        return self._log.term

    @property
    def applied_index(self) -> int:
        return self._applier.applied_index

    @property
    def configuration(self) -> Configuration:
        return self._raft.configuration

    def followers(self) -> list[FollowerProgress]:
        """How far each member is, known on the leader only."""
        return self._raft.progress()

    def missing_voters(self) -> list[str]:
        """Voters with no live link, as hex: the names an error gives when the log cannot decide."""
        heard = self._peers.alive() | {self._node}
        return [voter.hex() for voter in self.configuration.voters if NodeId(voter) not in heard]

    def majority_alive(self) -> bool:
        voters = self.configuration.voters
        return bool(voters) and 2 * (len(voters) - len(self.missing_voters())) > len(voters)

    # -- what others ask

    def receive(self, sender: NodeId, message: RaftMessage) -> None:
        """Take a Raft message from a link that has proved who sent it. A senseless one is logged and dropped."""
        try:
            self._raft.receive(sender.digest, message, self._clock.now())
        except RemoteProtocolError as error:
            _log.warning("senseless raft message from %s: %s", sender.short, error)
            return
        self._wake.set()

    def accept(self, request: Propose) -> Proposed:
        """Append another node's commands, as the leader. NotLeader; RemoteProtocolError for what is no command."""
        if not 0 < len(request.commands) <= ENTRY_COMMANDS_MAX:
            raise RemoteProtocolError(f"a proposal has 1 to {ENTRY_COMMANDS_MAX} commands")
        for command in request.commands:
            decode_command(command)
        return self.append(request.commands)

    async def answer_read_index(self) -> CommitIndex:
        """As the leader: where all that is acknowledged ends. NotLeader when another leads or none does."""
        if not self.leads:
            raise NotLeader(self._raft.leader.hex() if self._raft.leader else "")
        self._read_context += 1
        context = self._read_context
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._reads[context] = future
        try:
            self._raft.request_read(context, self._clock.now())
            self._wake.set()
            return CommitIndex(await future)
        finally:
            self._reads.pop(context, None)

    def change_configuration(self, configuration: Configuration) -> None:
        """As the leader: propose who votes. NotLeader, or Refused while the last change is under way."""
        self._raft.change_configuration(configuration, self._clock.now())
        self._wake.set()

    def compact(self, index: int) -> None:
        """Forget the log up to `index`, which the catalog holds durably; the caller then cuts it off on disk."""
        self._raft.compact(index)

    def take_snapshot(self, place: SnapshotPlace) -> bool:
        """A snapshot is whole here. False: it is of no use any more; else it will be installed, by the writer."""
        taken = self._raft.install_snapshot(place, self._clock.now())
        self._wake.set()
        return taken

    def transfer_leadership(self, to: NodeId) -> None:
        """As the leader: ask `to` to take over, before this node stops."""
        self._raft.transfer_leadership(to.digest, self._clock.now())
        self._wake.set()

    # -- what this node asks

    async def propose(self, command: AnyCommand, *, timeout_s: float = COMMIT_TIMEOUT_S) -> Outcome:
        """Get `command` decided; returns once it is applied on this node. At most once, by its id.

        NoMajority: it was not handed over and never will be. OutcomeUnknown: it may or may not be decided later;
        `settle` tells. Cancelling leaves it open in the same way.
        """
        return await self._proposals.propose(command, timeout_s=timeout_s)

    async def settle(self, target: bytes, command_id: bytes, *, timeout_s: float = COMMIT_TIMEOUT_S) -> Outcome:
        """What became of command `target`, for ever: its outcome, or reason 'void' when it never will be applied."""
        return await self.propose(Settle(command_id, target), timeout_s=timeout_s)

    async def catch_up(self, *, leader_wait_s: float = LEADER_WAIT_S) -> bool:
        """Apply everything that was acknowledged before this call. False: no leader could say; reads may be stale."""
        deadline = self._clock.now() + CATCH_UP_S
        given_up = self._clock.now() + leader_wait_s
        while True:
            leader = self.leader
            try:
                if self.leads:
                    async with asyncio.timeout(leader_wait_s):
                        index = (await self.answer_read_index()).index
                    break
                if leader is not None:
                    answer = await self._peers.call(leader, ReadIndex(), timeout_s=max(leader_wait_s, 0.05))
                    assert isinstance(answer, CommitIndex)
                    index = answer.index
                    break
            except (DfsError, TimeoutError):  # whatever the leader says, this node cannot know how far to read
                pass
            if self._clock.now() >= given_up:
                return False
            await self._clock.sleep(0.02)
        while self.applied_index < index:
            if self._clock.now() >= deadline:
                return False
            await self._applied_changes(deadline)
        return True

    async def _applied_changes(self, deadline: float) -> None:
        """Return when more was applied, or at the deadline."""
        async with self._progress:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, deadline - self._clock.now())):
                    await self._progress.wait()

    # -- the tasks

    async def run(self) -> None:
        """Drive, write, apply and submit until cancelled. A failing disk or catalog ends the node, a full one waits."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._drive(), name="raft-drive")
            group.create_task(self._write(), name="raft-write")
            group.create_task(self._apply(), name="raft-apply")
            group.create_task(self._proposals.run(), name="raft-submit")

    async def _drive(self) -> None:
        while True:
            now = self._clock.now()
            self._raft.tick(now)
            if self.leads and now - self._last_entry_at >= TICK_S and self._last_entry_term == self.term:
                self.append([encode_command(Tick(b"\0" * 16))])
            while ready := self._raft.ready():
                self._send(ready.messages_now)
                for context in ready.reads_failed:
                    self._fail_read(context)
                if ready.leadership is not None:
                    self._proposals.leadership_moved()
                    if ready.leadership.role is Role.LEADER:
                        self._last_entry_at, self._last_entry_term = now, 0
                        self.removal_index = self._raft.last_index  # of whom, an earlier leader knew
                if ready.snapshot_wanted is not None:
                    self._snapshots.want(ready.snapshot_wanted)
                self._to_write.append(ready)
                self._written.set()
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._raft.next_deadline() - self._clock.now())):
                    await self._wake.wait()

    async def _write(self) -> None:
        while True:
            await self._written.wait()
            self._written.clear()
            while self._to_write:
                batch = list(self._to_write)
                self._to_write.clear()
                if any(ready.must_persist for ready in batch):
                    for step in self._saving(batch):
                        await self._once_there_is_room(step)
                if any(ready.snapshot for ready in batch):
                    self._snapshots.installed()
                    async with self._progress:
                        self._progress.notify_all()
                now = self._clock.now()
                for ready in batch:
                    self._raft.persisted(ready, now)
                    self._send(ready.messages_after)
                    if ready.committed or ready.fetch or ready.reads:
                        self._to_apply.append(ready)
                        self._apply_wake.set()
                self._wake.set()

    async def _once_there_is_room(self, work: Callable[[], Result]) -> Result:
        """What `work` returns, tried until the disk has room for it: till then this node neither answers nor leads."""
        while True:
            try:
                return await asyncio.to_thread(work)
            except StoreFull as error:
                _log.warning("the log waits for room: %s", error)
            if self.leads:
                with suppress(DfsError):  # nobody else can lead now
                    self._raft.transfer_leadership(None, self._clock.now())
                    self._wake.set()
            await self._clock.sleep(FULL_WAIT_S)

    def _saving(self, batch: list[Ready]) -> list[Callable[[], None]]:
        """Steps, each tried until it is done: one synced transaction a run; later entries replace from their first on.

        A snapshot ends a run: what came before it is saved first, and what comes behind it fits only the new log.
        """
        steps: list[Callable[[], None]] = []
        hard_state = None
        entries: list[LogEntry] = []
        for ready in batch:
            if ready.snapshot is not None:
                steps += [
                    partial(self._log.save, hard_state, entries),
                    partial(self._snapshots.install, ready.snapshot),
                ]
                hard_state, entries = None, []
            hard_state = ready.hard_state or hard_state
            if ready.entries:
                first = ready.entries[0].index
                while entries and entries[-1].index >= first:
                    entries.pop()
                entries.extend(ready.entries)
        return [*steps, partial(self._log.save, hard_state, entries)]

    async def _apply(self) -> None:
        while True:
            await self._apply_wake.wait()
            self._apply_wake.clear()
            while self._to_apply:
                batch = list(self._to_apply)
                self._to_apply.clear()
                entries = [entry for ready in batch for entry in ready.committed]
                if entries:
                    results = await self._once_there_is_room(partial(self._applier.apply, entries))
                    self._proposals.applied(results)
                    self._on_applied(results)
                for ready in batch:
                    for read in ready.reads:
                        future = self._reads.get(read.context)
                        if future is not None and not future.done():
                            future.set_result(read.index)
                    for fetch in ready.fetch:
                        read_back = await asyncio.to_thread(self._log.read, fetch.low, fetch.high, fetch.bytes_max)
                        self._raft.entries_read(fetch, read_back, self._clock.now())
                self._wake.set()
                async with self._progress:
                    self._progress.notify_all()

    def append(self, commands: list[bytes]) -> Proposed:
        """As the leader: append these encoded commands as one entry, with the log time that has passed. NotLeader."""
        if (stay := without_removed(commands, self.configuration)) is not None:
            try:
                self.change_configuration(stay)
            except Refused:  # the last change is under way: again in a moment
                raise NotLeader(self._node.digest.hex()) from None
        now = self._clock.now()
        elapsed_s = min(60.0, now - self._last_entry_at) if self._last_entry_term == self.term else 0.0
        index = self._raft.propose(encode_batch(int(elapsed_s * 1000), commands), now)
        self._last_entry_at, self._last_entry_term = now, self.term
        self.removal_index = self.removal_index if stay is None else index
        self._wake.set()
        return Proposed(self.term, index)

    def _fail_read(self, context: int) -> None:
        future = self._reads.get(context)
        if future is not None and not future.done():
            future.set_exception(NotLeader(self._raft.leader.hex() if self._raft.leader else ""))

    def _send(self, messages: Sequence[Addressed]) -> None:
        for addressed in messages:
            self._peers.notify(NodeId(addressed.to), addressed.message)
