"""This node's proposals on their way to whoever leads.

All that are waiting travel together, so that many small stores cost one entry. A command is handed over as often as
needed and applied once, because it carries an id; a proposer waits for one thing only, that its id is applied *here*.
When time runs out before the command was ever handed over, it was not and never will be taken (NoMajority). After that
its fate is open (OutcomeUnknown), and settling makes the log decide.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from dfs_core.catalog.change import Applied
from dfs_core.clock import Clock
from dfs_core.encoding.commands import AnyCommand, Outcome, encode_command
from dfs_core.encoding.peer_messages import Propose, Proposed
from dfs_core.errors import DfsError, NoMajority, NotLeader, OutcomeUnknown, PeerError
from dfs_core.limits import ENTRY_BYTES_MAX, ENTRY_COMMANDS_MAX, PROPOSALS_PENDING_MAX
from dfs_core.model.ids import NodeId
from dfs_core.transport.peers import Peers

_log = logging.getLogger(__name__)

RESUBMIT_S = 2.0  # a submitted command that is not applied by then is handed over again; its id makes that harmless
FULL_LOOK_S = 0.05  # how soon a proposer looks again whether there is room
COMMAND_OVERHEAD_BYTES = 16


class LogSeat(Protocol):
    """The part of `consensus` that proposals need."""

    @property
    def leads(self) -> bool: ...
    @property
    def leader(self) -> NodeId | None: ...
    def majority_alive(self) -> bool: ...
    def missing_voters(self) -> list[str]: ...
    def append(self, commands: list[bytes]) -> Proposed: ...


class _Proposal:
    """One command on its way. `submitted`: some leader may have it. `waiting`: so many callers want its outcome."""

    __slots__ = ("data", "future", "submitted", "submitted_at", "waiting")

    def __init__(self, data: bytes, future: asyncio.Future[Outcome]) -> None:
        self.data, self.future = data, future
        self.submitted = False
        self.submitted_at = 0.0
        self.waiting = 0


class Proposals:
    """Everything this node has proposed and not yet seen applied."""

    def __init__(self, log: LogSeat, peers: Peers, clock: Clock) -> None:
        self._log, self._peers, self._clock = log, peers, clock
        self._pending: deque[_Proposal] = deque()
        self._waiting: dict[bytes, _Proposal] = {}
        self._wake = asyncio.Event()

    def leadership_moved(self) -> None:
        """There may be somebody to hand over to now."""
        self._wake.set()

    def applied(self, results: Sequence[Applied]) -> None:
        """Tell the proposers what became of theirs."""
        for applied in results:
            proposal = self._waiting.get(applied.command_id)
            if proposal is not None and not proposal.future.done():
                proposal.future.set_result(applied.outcome)

    async def propose(self, command: AnyCommand, *, timeout_s: float) -> Outcome:
        """Get `command` decided; returns once it is applied on this node. At most once, by its id.

        NoMajority: it was not handed over and never will be. OutcomeUnknown: it may or may not be decided later;
        `settle` tells. Cancelling leaves it open in the same way.
        """
        data = encode_command(command)
        deadline = self._clock.now() + timeout_s
        while len(self._waiting) >= PROPOSALS_PENDING_MAX:
            if self._clock.now() >= deadline:
                raise NoMajority(self._log.missing_voters(), " (too many proposals wait)")
            await self._clock.sleep(FULL_LOOK_S)
        proposal = self._waiting.get(command.id)
        if proposal is None:
            proposal = _Proposal(data, asyncio.get_running_loop().create_future())
            self._waiting[command.id] = proposal
            self._pending.append(proposal)
            self._wake.set()
        proposal.waiting += 1
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + timeout_s):
                return await asyncio.shield(proposal.future)
        except TimeoutError:
            if proposal.submitted or proposal.waiting > 1:  # another caller still wants it
                raise OutcomeUnknown(command.id.hex()) from None
            raise NoMajority(self._log.missing_voters()) from None
        finally:
            proposal.waiting -= 1
            if not proposal.waiting:
                proposal.future.cancel()
                del self._waiting[command.id]

    async def run(self) -> None:
        """Hand over what waits, all of it together, to whoever leads; go on after a moment when nobody does."""
        while True:
            self._resubmit_overdue()
            if not self._pending:
                self._wake.clear()
                try:
                    async with asyncio.timeout(RESUBMIT_S / 2 if self._waiting else None):
                        await self._wake.wait()
                except TimeoutError:
                    pass
                continue
            if not self._log.majority_alive() or (self._log.leader is None):
                await self._leader_changes()
                continue
            batch = self._take_batch()
            if batch and not await self._hand_over(batch):
                self._pending.extendleft(reversed(batch))
                await self._leader_changes()

    def _take_batch(self) -> list[_Proposal]:
        batch: list[_Proposal] = []
        size = 0
        while self._pending and len(batch) < ENTRY_COMMANDS_MAX:
            proposal = self._pending[0]
            if proposal.future.done():
                self._pending.popleft()
                continue
            size += len(proposal.data) + COMMAND_OVERHEAD_BYTES
            if batch and size > ENTRY_BYTES_MAX:
                break
            batch.append(self._pending.popleft())
        return batch

    async def _hand_over(self, batch: list[_Proposal]) -> bool:
        """False: nobody took them. Only the leader's own "no" proves that; after a lost link they may be taken."""
        commands = [proposal.data for proposal in batch]
        before = [proposal.submitted for proposal in batch]
        leader = self._log.leader
        for proposal in batch:
            proposal.submitted = True
            proposal.submitted_at = self._clock.now()
        try:
            if leader is None:
                raise NotLeader
            if self._log.leads:
                self._log.append(commands)
            else:
                await self._peers.call(leader, Propose(commands), timeout_s=RESUBMIT_S)
        except PeerError:
            return False
        except DfsError as error:  # NotLeader; or it lags, or does not know this node yet
            if not isinstance(error, NotLeader):
                _log.info("the leader does not take proposals now: %s", error)
            for proposal, submitted in zip(batch, before, strict=True):
                proposal.submitted = submitted
            return False
        return True

    def _resubmit_overdue(self) -> None:
        now = self._clock.now()
        queued = set(map(id, self._pending))
        for proposal in self._waiting.values():
            overdue = proposal.submitted and now - proposal.submitted_at >= RESUBMIT_S
            if overdue and id(proposal) not in queued and not proposal.future.done():
                self._pending.append(proposal)

    async def _leader_changes(self) -> None:
        """Wait a moment, or less if leadership moves."""
        self._wake.clear()
        try:
            async with asyncio.timeout(0.05):
                await self._wake.wait()
        except TimeoutError:
            return
