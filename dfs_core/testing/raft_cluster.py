"""Raft cores on a simulated network, with simulated disks and clocks, in one process under one seed.

Everything that happens is an event in one queue, ordered by time and then by the order of asking, so that one seed
gives one history. `trace` is the digest of it. A test drives it by hand (`run_for`, `cut`, `crash`, `propose`),
and `raft_chaos.py` by dice. `RaftChecks` watches every step.

A disk write takes time and becomes durable as a whole at its end. A crash loses memory and the writes under way,
except that the first few of them may have become durable just before (`crash` says how many).
"""

from __future__ import annotations

import hashlib
import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import msgspec

from dfs_core.model.raft import Raft
from dfs_core.model.raft_messages import Configuration, LogEntry
from dfs_core.model.raft_ready import Addressed, Fetch, RaftSettings, Ready, Role, SnapshotPlace, SnapshotWanted
from dfs_core.testing.raft_checks import RaftChecks
from dfs_core.testing.raft_disk import Disk

SETTINGS = RaftSettings(
    election_timeout_s_min=0.15,
    election_timeout_s_max=0.3,
    heartbeat_s=0.04,
    # So small that batches are cut, windows fill and old entries must be read from disk.
    entries_bytes_max=300,
    window_messages=3,
    recent_bytes_max=600,
    apply_bytes_max=400,
)


class NotReached(AssertionError):
    """What a test waited for did not come true in simulated time."""


def node_id(number: int) -> bytes:
    """The id of the simulated node `number`, 1 … 255."""
    return bytes([number]) * 32


@dataclass
class Weather:
    """How the network and the disks behave now. Seconds and probabilities."""

    delay_s_min: float = 0.001
    delay_s_max: float = 0.005
    loss: float = 0.0
    doubling: float = 0.0
    write_s_max: float = 0.003
    cut: set[tuple[bytes, bytes]] = field(default_factory=set)  # (from, to) that hear nothing; only asked, never walked


@dataclass
class SimNode:
    """One member: a core while it runs, and the shell around it."""

    id: bytes
    founding: Configuration
    clock_rate: float = 1.0
    disk: Disk = field(default_factory=Disk)
    raft: Raft | None = None
    life: int = 0  # counts starts and crashes: an event for an earlier life finds nobody
    shadow: Disk = field(default_factory=Disk)  # the disk with its writes under way
    writes: deque[Ready] = field(default_factory=deque)
    applied: int = 0
    paused_until: float = 0.0
    wakes_at: float = -1.0
    fetching: bool = False  # a snapshot is on its way
    proposals: dict[int, int] = field(default_factory=dict)  # index → term of what clients wait for here
    reads: dict[int, int] = field(default_factory=dict)  # context → what was acknowledged when it was asked


class RaftCluster:
    """Several cores, their network, their disks and one queue of events."""

    def __init__(
        self,
        random: Random,
        *,
        voters: int = 3,
        others: int = 0,
        raft: type[Raft] = Raft,
        settings: RaftSettings = SETTINGS,
        pipelined: bool = True,
        cuts_unsynced: bool = False,
    ) -> None:
        """`voters` found the cluster; `others` start with an empty configuration, as nodes that join do.

        `pipelined`: more than one write may be under way, else a core is asked for work only when its disk is idle.
        `cuts_unsynced`: logs are cut below what is applied but not durable; a mistake, to be found.
        """
        self.random, self.now, self.checks, self.weather = random, 0.0, RaftChecks(), Weather()
        self.fetches = self.snapshots = 0
        self._cuts_unsynced = cuts_unsynced
        self._raft, self._settings, self._pipelined = raft, settings, pipelined
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._asked = 0
        self._contexts = 0
        self._trace = hashlib.blake2b(digest_size=16)
        founding = Configuration.of([node_id(number) for number in range(1, voters + 1)])
        self.nodes = {
            node_id(number): SimNode(node_id(number), founding if number <= voters else Configuration())
            for number in range(1, voters + others + 1)
        }
        for node in self.nodes.values():
            self.start(node)

    # -- the queue

    @property
    def trace(self) -> str:
        """A digest of all that happened."""
        return self._trace.hexdigest()

    def note(self, *facts: object) -> None:
        """Add to the trace."""
        self._trace.update(repr((round(self.now, 9), *facts)).encode())

    def at(self, delay_s: float, event: Callable[[], None]) -> None:
        """Let `event` happen after `delay_s`."""
        self._asked += 1
        heapq.heappush(self._queue, (self.now + delay_s, self._asked, event))

    def run_for(self, seconds: float) -> None:
        """Let this much time pass."""
        end = self.now + seconds
        while self._queue and self._queue[0][0] <= end:
            self.now, _, event = heapq.heappop(self._queue)
            event()
        self.now = end

    def run_until(self, reached: Callable[[], bool], limit_s: float = 10.0) -> None:
        """Let time pass until `reached`. NotReached if that takes longer than `limit_s`."""
        end = self.now + limit_s
        while not reached():
            if not self._queue or self._queue[0][0] > end:
                raise NotReached(f"not reached within {limit_s} simulated seconds")
            self.now, _, event = heapq.heappop(self._queue)
            event()

    # -- lives

    def start(self, node: SimNode) -> None:
        """Start a node from its disk."""
        if node.raft is not None:
            return
        node.life += 1
        node.shadow = node.disk.copy()
        node.fetching = False
        node.applied = node.disk.applied
        node.paused_until = 0.0
        node.raft = self._raft(
            node.id,
            hard_state=node.disk.hard_state,
            log=node.disk.start(),
            configurations=node.disk.configurations(node.founding),
            now=self.clock(node),
            random=self.random,
            settings=self._settings,
        )
        self.note("start", node.id[0])
        self._work(node)

    def crash(self, node: SimNode, writes_kept: int = 0) -> None:
        """Stop a node. Of its writes under way, the first `writes_kept` became durable."""
        if node.raft is None:
            return
        for ready in list(node.writes)[:writes_kept]:
            node.disk.write(ready)
        # Applying is a transaction of its own, synced now and then; behind a snapshot only once that is installed.
        lost = any(ready.snapshot for ready in list(node.writes)[writes_kept:])
        node.disk.applied = self.random.randint(node.disk.applied, node.disk.applied if lost else node.applied)
        node.life += 1
        node.raft, node.wakes_at = None, -1.0
        node.writes.clear()
        node.proposals.clear()
        node.reads.clear()
        self.note("crash", node.id[0])

    def pause(self, node: SimNode, seconds: float) -> None:
        """Let a node do nothing for a while, as a stopped process or a suspended laptop."""
        node.paused_until = self.now + seconds

    def checkpoint(self, node: SimNode) -> None:
        """Bring what a node has applied to its medium."""
        if node.raft is not None and not any(ready.snapshot for ready in node.writes):
            node.disk.applied = node.applied

    def compact(self, node: SimNode, tail: int) -> None:
        """Let a node cut off its log but for `tail` entries of what it has applied durably."""
        index = (node.applied if self._cuts_unsynced else node.disk.applied) - tail
        if index < self.core(node).first_index:
            return
        self.note("compact", node.id[0], index)
        self.core(node).compact(index)
        node.shadow.cut_to(index)
        self.at(self._disk_s(), self._in_this_life(node, lambda raft: node.disk.cut_to(index)))

    def clock(self, node: SimNode) -> float:
        """The node's own monotonic time; starts at some other moment, runs at its own rate."""
        return 1000.0 * node.id[0] + self.now * node.clock_rate

    # -- what clients do

    def leaders(self) -> list[SimNode]:
        """Nodes that believe they lead, the newest term first."""
        leaders = [node for node in self.nodes.values() if node.raft is not None and node.raft.role is Role.LEADER]
        return sorted(leaders, key=lambda node: -node.raft.term if node.raft else 0)

    def leader(self) -> SimNode:
        """The leader of the newest term, waiting for one to be elected."""
        self.run_until(lambda: bool(self.leaders()))
        return self.leaders()[0]

    def core(self, node: SimNode) -> Raft:
        """The core of a node that runs."""
        if node.raft is None:
            raise AssertionError(f"node {node.id[0]} is not running")
        return node.raft

    def propose(self, node: SimNode, data: bytes) -> int:
        """Propose through this node, which must lead; acknowledged once applied there."""
        raft = self.core(node)
        index = raft.propose(data, self.clock(node))
        node.proposals[index] = raft.term
        self._work(node)
        return index

    def read(self, node: SimNode) -> int:
        """Ask this node, which must lead, for a read; the context it has in `SimNode.reads` until it is answered."""
        self._contexts += 1
        self.core(node).request_read(self._contexts, self.clock(node))
        node.reads[self._contexts] = self.checks.acknowledged_index
        self._work(node)
        return self._contexts

    def act(self, node: SimNode, action: Callable[[Raft, float], object]) -> None:
        """Do something else with a core, then its work."""
        action(self.core(node), self.clock(node))
        self._work(node)

    # -- the network

    def cut(self, sources: list[SimNode], targets: list[SimNode], *, both_ways: bool = True) -> None:
        """Let nothing sent from `sources` reach `targets`, messages on the way included."""
        self.weather.cut |= {(one.id, other.id) for one in sources for other in targets}
        if both_ways:
            self.cut(targets, sources, both_ways=False)

    def isolate(self, node: SimNode) -> None:
        """Cut a node off from all others."""
        self.cut([node], [other for other in self.nodes.values() if other is not node])

    def heal(self) -> None:
        """Join everybody again."""
        self.weather.cut.clear()

    def _send(self, sender: SimNode, messages: tuple[Addressed, ...]) -> None:
        for addressed in messages:
            copies = 1 if self.random.random() >= self.weather.loss else 0
            copies += self.random.random() < self.weather.doubling
            for _ in range(copies):
                delay_s = self.random.uniform(self.weather.delay_s_min, self.weather.delay_s_max)
                self.at(delay_s, self._delivery(sender, addressed))

    def _delivery(self, sender: SimNode, addressed: Addressed) -> Callable[[], None]:
        receiver = self.nodes[addressed.to]
        message = addressed.message

        def deliver() -> None:
            if self.now < receiver.paused_until:
                self.at(receiver.paused_until - self.now, deliver)
                return
            if receiver.raft is None or (sender.id, receiver.id) in self.weather.cut:
                return
            self.note(sender.id[0], receiver.id[0], msgspec.msgpack.encode(message))
            receiver.raft.receive(sender.id, message, self.clock(receiver))
            self._work(receiver)

        return deliver

    # -- the shell around each core

    def _in_this_life(self, node: SimNode, event: Callable[[Raft], None]) -> Callable[[], None]:
        life = node.life

        def happen() -> None:
            if node.life != life or node.raft is None:
                return
            if self.now < node.paused_until:
                self.at(node.paused_until - self.now, happen)
                return
            event(node.raft)
            self._work(node)

        return happen

    def _work(self, node: SimNode) -> None:
        """Do what the core wants done, check what can be seen, and wake it when it wants."""
        raft = self.core(node)
        while (self._pipelined or not node.writes) and (ready := raft.ready()):
            self._handle(node, ready)
        if raft.role is Role.LEADER:
            self.checks.saw_leader(node.id, raft.term, raft.term_at, raft.first_index)
        if raft.commit_index:
            self.checks.saw_committed(raft.commit_index, raft.term_at)
        deadline = raft.next_deadline()
        if deadline != node.wakes_at:
            node.wakes_at = deadline
            delay_s = max(0.0, (deadline - self.clock(node)) / node.clock_rate) + 1e-9
            self.at(delay_s, self._in_this_life(node, lambda raft: self._tick(node, raft, deadline)))

    def _tick(self, node: SimNode, raft: Raft, deadline: float) -> None:
        if node.wakes_at == deadline:
            node.wakes_at = -1.0
            raft.tick(self.clock(node))

    def _handle(self, node: SimNode, ready: Ready) -> None:
        self._send(node, ready.messages_now)
        if ready.snapshot is not None:
            self.snapshots += 1
            node.applied = self.checks.saw_installed(ready.snapshot.index, ready.snapshot.term, node.applied)
        node.shadow.write(ready)
        for entry in ready.entries:
            self.checks.saw_entry(entry, node.shadow.term(entry.index - 1))
        self._apply(node, ready.committed)
        for read in ready.reads:
            self.checks.saw_read(read.index, node.reads.pop(read.context))
        for context in ready.reads_failed:
            del node.reads[context]
        for fetch in ready.fetch:
            self.fetches += 1
            self.at(self._disk_s(), self._in_this_life(node, self._fetching(node, fetch)))
        if ready.snapshot_wanted is not None and not node.fetching:
            node.fetching = True
            self._fetch_page(node, ready.snapshot_wanted, None, pages=self.random.randint(1, 4))
        node.writes.append(ready)
        if not ready.must_persist and len(node.writes) == 1:
            self._finish_write(node, self.core(node))
        elif len(node.writes) == 1:
            self._begin_write(node)

    def _disk_s(self) -> float:
        return self.random.uniform(0.0, self.weather.write_s_max)

    def _begin_write(self, node: SimNode) -> None:
        self.at(self._disk_s(), self._in_this_life(node, lambda raft: self._finish_write(node, raft)))

    def _finish_write(self, node: SimNode, raft: Raft) -> None:
        ready = node.writes.popleft()
        node.disk.write(ready)
        raft.persisted(ready, self.clock(node))
        self._send(node, ready.messages_after)
        if node.writes:
            self._begin_write(node)

    def _fetching(self, node: SimNode, fetch: Fetch) -> Callable[[Raft], None]:
        return lambda raft: raft.entries_read(fetch, node.disk.read(fetch), self.clock(node))

    def _apply(self, node: SimNode, entries: tuple[LogEntry, ...]) -> None:
        if entries and entries[-1].index > node.disk.last_index:
            raise AssertionError("an entry was handed out before it was durable here")
        node.applied = self.checks.saw_applied(entries, node.applied)
        for entry in entries:
            proposed_in = node.proposals.pop(entry.index, None)
            if proposed_in == entry.term:
                self.checks.saw_acknowledged(entry)

    # -- snapshots, fetched page by page while everything else goes on

    def place(self, node: SimNode) -> SnapshotPlace:
        """Where a snapshot of what this node has applied stands. Everybody who applied so far has the same."""
        voting = self.checks.voting_at(node.applied) or (0, node.founding)
        return SnapshotPlace(node.applied, self.checks.applied[node.applied - 1].term, voting[1], voting[0])

    def _fetch_page(self, node: SimNode, wanted: SnapshotWanted, place: SnapshotPlace | None, pages: int) -> None:
        weather, source = self.weather, self.nodes[wanted.source]
        delay_s = self.random.uniform(2 * weather.delay_s_min, 2 * weather.delay_s_max)

        def page(raft: Raft) -> None:
            cut = (source.id, node.id) in weather.cut or (node.id, source.id) in weather.cut
            if cut or source.raft is None or self.random.random() < weather.loss:
                node.fetching = False  # given up; the leader asks again
            elif pages > 1:
                self._fetch_page(node, wanted, place or self.place(source), pages - 1)
            else:
                node.fetching, held = False, place or self.place(source)
                self.note("snapshot", node.id[0], held.index)
                raft.install_snapshot(held, self.clock(node))

        self.at(delay_s, self._in_this_life(node, page))
