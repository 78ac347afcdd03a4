"""Whom this node believes to be who it says: each member's start is remembered, and one that went back is refused.

A refused node gets no link: it neither votes nor counts as a holder of copies, here and, a second later, at all nodes
that hear of it. It is told why with the goodbye, says so in its own log and `status`, and so do its peers in `peers`.
What is remembered survives this node's restarts; how far the others' logs go is written every few seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import msgspec

from dfs_core.catalog.log import LogStore
from dfs_core.clock import Clock
from dfs_core.encoding.peer_messages import MembersKnown, Met
from dfs_core.errors import StoreError
from dfs_core.model.ids import NodeId
from dfs_core.model.incarnation import REFUSED, Incarnation, Incarnations, is_for_good, newest
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.status import NodeFacts
from dfs_core.store.state import NodeState
from dfs_core.transport.hello import Hello
from dfs_core.transport.mesh import Mesh

_log = logging.getLogger(__name__)

INCARNATIONS_NAME = "incarnations"
LOOK_S = 1.0
TWICE = "was begun twice, by two forced recoveries. Decide which one goes on, and join the other's machines anew"
EXPELLED_LOOKS = 5  # in a row, before the word of most full nodes is taken for the last one
SAVE_PERIOD_S = 10.0  # a new start is written at the next look, progress this often


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    node: bytes
    boot: int
    nonce: bytes
    term: int
    log_end: int


_decoder = msgspec.msgpack.Decoder(list[_Kept])


class Standing:
    """`judge` is asked at every HELLO; `run` listens to what the others have met, and writes."""

    def __init__(self, state: NodeState, facts: NodeFacts, nonce: bytes, members: MemberList) -> None:
        """Blocks while it reads what was kept. `nonce`: of this node's own start."""
        self._state, self._facts, self._nonce, self._members = state, facts, nonce, members
        kept = _decoder.decode(state.get(INCARNATIONS_NAME) or b"\x90")
        self._met = Incarnations(
            {NodeId(each.node): Incarnation(each.boot, each.nonce, each.term, each.log_end) for each in kept}
        )
        self._saved: list[tuple[NodeId, Incarnation]] = self._met.items()
        self._saved_at = -SAVE_PERIOD_S
        facts.to_tell = self.to_tell
        facts.alarms.append(self.alarms)
        self._left_behind = self._split = ""  # why the log that this node follows is not, or not alone, the cluster's
        members.listen(self._members_changed)
        self._twin = ""  # why another process with this node's own identity is known to run
        self._refusals: list[str] = []
        self._expelled, self._expelled_why, self._expelled_looks = asyncio.Event(), "", 0

    def own_log(self, log: LogStore | None) -> dict[str, Any]:
        """What this node's HELLO says of its log, by the HELLO's fields."""
        number, id_ = self._generation
        facts: dict[str, Any] = {"generation": number, "generation_id": id_}
        return facts if log is None else {**facts, "term": log.term, "log_end": log.last_index}

    def _members_changed(self, known: MembersKnown) -> None:
        self._generation = known.generation, known.generation_id

    def _why_not_its_generation(self, node: NodeId, hello: Hello) -> str:
        """Full nodes of two generations have two logs. A vault has none: it takes the later one's word."""
        member = self._members.member(node)
        theirs, (number, id_) = hello.generation, self._generation
        if self._split and theirs == number and member is not None and member.role == "full":
            return f"{REFUSED}{self._split}"
        if member is None or member.role != "full" or (theirs, hello.generation_id) == (number, id_):
            return ""
        if theirs == number:
            self._split = f"generation {number} of the log {TWICE}"
            return f"{REFUSED}{self._split}"
        if theirs < number:
            return (
                f"{REFUSED}it is of generation {theirs} of the log, and a forced recovery went on without it as"
                f" generation {number}. Move its data folder away, then 'dfs-core join' into an empty one"
            )
        if self._facts.role != "full":
            return ""
        self._left_behind = (
            f"this node is of generation {number} of the log, and a forced recovery went on without it as generation"
            f" {theirs} ({node.short}). Move its data folder away, then 'dfs-core join' into an empty one"
        )
        return f"the node it came to is of generation {number}, which was given up"

    def judge(self, node: NodeId, hello: Hello) -> str:
        """Why no link with this start of `node` may be; empty when it may."""
        if reason := self._why_not_its_generation(node, hello):
            return reason
        if not hello.boot_nonce:
            return ""
        return self._met.meet(node, Incarnation(hello.boot, hello.boot_nonce, hello.term, hello.log_end))

    def alarms(self) -> list[str]:
        """What is wrong with this node's own identity, in words."""
        return [*self._refusals, *filter(None, (self._twin, self._left_behind, self._split))]

    def to_tell(self, voters: Sequence[bytes]) -> list[Met]:
        """What the others should hear: which start of each voter was met."""
        return [Met(node.digest, seen.boot, seen.nonce) for node, seen in newest(self._met.items(), voters)]

    async def run(self, mesh: Mesh, clock: Clock) -> None:
        """Look, for ever. StoreError: the cluster has two logs of one generation, and this node must not go on."""
        while True:
            self.look(mesh)
            if self._split:
                self._stop_both(mesh)
            if self._is_due(clock.now()):
                try:
                    await self._save(clock.now())
                except StoreError as error:  # a full disk stops no node: it holds, and is saved when there is room
                    _log.warning("who was met is not saved: %s", error)
            await clock.sleep(LOOK_S)

    def look(self, mesh: Mesh) -> None:
        """Take in what the peers report, and what they say of this node."""
        for node, report in sorted(self._facts.reports.items()):
            self._met.progressed(node, report.boot, report.log_term, report.applied if report.log_term else 0)
            member = self._members.member(node)
            if member is not None and member.holds_secrets:
                self._hear(node, report.met, mesh)
        was, self._refusals = self._refusals, _refusals(self._members, mesh)
        for reason in self._refusals:
            if reason not in was:
                _log.error("%s", reason)
            if TWICE in reason and self._facts.role == "full":
                self._split = reason
        why = self._why_for_good(mesh)
        self._expelled_looks = self._expelled_looks + 1 if why else 0
        if self._expelled_looks == EXPELLED_LOOKS:
            self._expelled_why = why
            self._expelled.set()

    async def expelled(self) -> str:
        """Return once the cluster refuses this node for good: what it is refused for.

        More than half of the other full nodes that it knows must say so for some seconds. One alone may have met what
        others have not, and a refusal that ends by itself is none.
        """
        await self._expelled.wait()
        return self._expelled_why

    def _why_for_good(self, mesh: Mesh) -> str:
        full = [each.node for each in self._members.layout.members if each.holds_secrets]
        others = [node for node in full if node != self._facts.node]
        said = list(filter(is_for_good, (f"{REFUSED}{reason}" for node in others if (reason := _refusal(mesh, node)))))
        return said[0].removeprefix(REFUSED) if 2 * len(said) > len(others) else ""

    def _stop_both(self, mesh: Mesh) -> None:
        """Whoever has a log ends here, loudly; a vault, which has met both sides, tells both."""
        if self._facts.role == "full":
            raise StoreError(self._split)
        for member in self._members.layout.members:
            if member.role == "full":
                mesh.shut_out(member.node, b"", f"{REFUSED}{self._split}")

    def _hear(self, teller: NodeId, met: Sequence[Met], mesh: Mesh) -> None:
        for each in met:
            node = NodeId(each.node)
            if node == self._facts.node:
                self._hear_of_itself(teller, each)
            elif self._met.told(node, each.boot, each.nonce):
                seen = self._met.get(node)
                reason = f"{REFUSED}{teller.short} has met start {each.boot} of it, which is another process"
                mesh.shut_out(node, seen.nonce if seen else b"", reason)

    def _hear_of_itself(self, teller: NodeId, met: Met) -> None:
        boot = self._facts.boot
        if met.boot < boot or (met.boot, met.nonce) == (boot, self._nonce) or self._twin:
            return
        self._twin = (
            f"{teller.short} has met start {met.boot} of this node, and this process is start {boot}:"
            " another process runs on a copy of this folder. Stop one of the two, and never start its folder again"
        )
        _log.error("%s", self._twin)

    def _is_due(self, now: float) -> bool:
        items = self._met.items()
        if items == self._saved:
            return False
        starts = [(node, seen.boot, seen.nonce) for node, seen in items]
        return now - self._saved_at >= SAVE_PERIOD_S or starts != [
            (node, seen.boot, seen.nonce) for node, seen in self._saved
        ]

    async def _save(self, now: float) -> None:
        items = self._met.items()
        kept = [_Kept(node.digest, seen.boot, seen.nonce, seen.term, seen.log_end) for node, seen in items]
        await asyncio.to_thread(self._state.put, INCARNATIONS_NAME, msgspec.msgpack.encode(kept))
        self._saved, self._saved_at = items, now


def _refusal(mesh: Mesh, node: NodeId) -> str:
    """What `node` says that it refuses this one for; empty when it does not."""
    return mesh.why_down(node).partition(f"goodbye: {REFUSED}")[2]


def _refusals(members: MemberList, mesh: Mesh) -> list[str]:
    """What the peers say that they refuse this node for."""
    found: dict[str, list[str]] = {}
    for member in members.layout.members:
        if reason := _refusal(mesh, member.node):
            found.setdefault(reason, []).append(member.node.short)
    return [f"{', '.join(nodes)}: this node is {REFUSED}{reason}" for reason, nodes in found.items()]
