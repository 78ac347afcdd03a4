"""A cluster made of numbers: nodes, keys, copies, healing and transfers, from one seed and a clock that is pushed.

It behaves as the real one does where that can be seen: a killed node is suspected after three seconds and down after
ten, copies are made elsewhere once it is out, a returning node's copies count at once, a store is over when its
copies are. It knows no disk, no task and no real time, so a test can push it through an hour in a moment.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from dfs_tui.sources.demo_content import (
    COPIES,
    DemoKey,
    DemoNode,
    DemoTransfer,
    acknowledged,
    generate_keys,
    mishap,
)
from dfs_tui.sources.demo_healing import DemoHealing, workers
from dfs_tui.sources.demo_history import DemoHistory
from dfs_tui.sources.demo_reports import node_reports
from dfs_tui.view.events import (
    KeyRemoved,
    KeyStored,
    LinkDropped,
    LinkOpened,
    LocalNodesListed,
    Noted,
    SourceEvent,
    TransferReported,
    WorkersReported,
)
from dfs_tui.view.values import (
    Direction,
    KeyEntry,
    Level,
    LocalNode,
    ProcessState,
    TransferReport,
    TransferState,
)

OUT_S = 15.0
PORTS = {1: 3000, 2: 7000, 3: 5000}
MAKING = ("joining", "joined, starting")  # what is said of a new node, one after the other
START_S, STOP_S, ELECTION_S = 0.8, 0.5, 1.0
RATE_BYTES_S = 42 << 20  # of one transfer
HEALED_KEYS_S = 40
REPORT_S = 1.0


@dataclass
class DemoCluster:
    """Push it with `advance`; everything it says comes back as events."""

    seed: int = 1
    nodes_wanted: int = 5
    keys_wanted: int = 1204
    busy: bool = True  # others store and retrieve now and then
    wall_s: float = 1_760_000_000.0
    now: float = 0.0
    nodes: dict[str, DemoNode] = field(default_factory=dict)
    keys: dict[str, DemoKey] = field(default_factory=dict)
    transfers: dict[str, DemoTransfer] = field(default_factory=dict)
    leader: str = ""
    repair_limit: int = 0  # bytes a second of each node; 0: as fast as it goes
    _may_move: float = 0.0  # bytes, by that limit
    made: int = 0  # names never come back
    healing: DemoHealing = field(default_factory=DemoHealing)
    past: DemoHistory = field(default_factory=DemoHistory)
    _events: list[SourceEvent] = field(default_factory=list)
    _reported_at: float = -REPORT_S
    _next_busy_s: float = 2.0
    _serial: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._mishaps = random.Random(self.seed)  # of their own: what fails changes nothing of what happens
        for number in range(1, self.nodes_wanted + 1):
            self._make_node(number)
        self.made = self.nodes_wanted
        for node in self.nodes.values():
            node.state = ProcessState.RUNNING
        self.keys = generate_keys(self._random, self.keys_wanted, list(self.nodes), self.wall_s)
        self.past.begin({name: key.entry for name, key in self.keys.items()}, self._random)
        self._serial = self.keys_wanted
        self._elect()

    # -- what a user may do

    def start(self, name: str) -> None:
        node = self.nodes[name]
        if node.state in (ProcessState.STOPPED, ProcessState.KILLED, ProcessState.FAILED):
            node.pid = 4000 + self._random.randrange(1000)
            self._move(node, ProcessState.STARTING)

    def stop(self, name: str) -> None:
        node = self.nodes[name]
        if node.state is ProcessState.RUNNING:
            self._move(node, ProcessState.STOPPING)

    def kill(self, name: str) -> None:
        node = self.nodes[name]
        if node.state in (ProcessState.RUNNING, ProcessState.STARTING, ProcessState.STOPPING):
            self._move(node, ProcessState.KILLED)
            self._events.append(LinkDropped(name))
            self._lose(node)

    def add(self, name: str = "", port: int = 0) -> str:
        self.made += 1
        node = self._make_node(self.made, name, port)
        node.step = MAKING[0]
        self._move(node, ProcessState.STARTING)
        self._note(Level.INFO, f"{node.name} joins the cluster", "")
        return node.name

    def store(self, key: str, size_bytes: int, moved: Callable[[int], None], ended: Callable[[str], None]) -> str:
        """Begin to store; the result names the transfer."""
        return self._begin(Direction.STORE, key, size_bytes, moved, ended)

    def retrieve(self, key: str, size_bytes: int, moved: Callable[[int], None], ended: Callable[[str], None]) -> str:
        """Begin to retrieve a version of a key."""
        return self._begin(Direction.RETRIEVE, key, size_bytes, moved, ended)

    def cancel(self, transfer: str) -> None:
        """Forget about it; nothing is stored."""
        self.transfers.pop(transfer, None)

    def remove(self, key: str) -> bool:
        if self.keys.pop(key, None) is None:
            return False
        self._serial += 1
        self.past.removed(key, self._serial, self.wall_s + self.now)
        self._events.append(KeyRemoved(key, self._serial))
        self._note(Level.INFO, f"removed {key}", self._first_up())
        return True

    def restore(self, key: str, version: int) -> int:
        """An older version becomes a new one; 0: the newest that is not a removal. 0 when there is none."""
        found = self.past.find(key, version)
        if found is None or found.removed:
            return 0
        self._hold(key, found.size_bytes, found.stored_by)
        self._note(Level.INFO, f"restored {key}", self._first_up())
        return self._serial

    def remove_node(self, name: str) -> None:
        """For ever: what it held is made elsewhere."""
        node = self.nodes.pop(name)
        self._events += [self.local_nodes(), LinkDropped(name)]
        self._note(Level.WARNING, f"{node.name} was removed from the cluster", self._first_up())
        self._recount({name})

    def drain(self, identity: str, *, undo: bool) -> bool:
        """Move what is on a node to the others, or end that; False when it cannot be."""
        node = next((node for node in self.nodes.values() if node.node == identity), None)
        if node is None or (not undo and len(self._staying() - {node.name}) < COPIES):
            return False
        node.draining = not undo
        what = "is a usual node again" if undo else "is draining: its chunks move to the others"
        self._note(Level.INFO, f"{node.name} {what}", self._first_up())
        return True

    def listed(self) -> list[KeyEntry]:
        """All keys, in order."""
        return [self.keys[key].entry for key in sorted(self.keys)]

    # -- time

    def advance(self, seconds: float) -> list[SourceEvent]:
        """Let `seconds` pass; what happened, in order."""
        self.now += seconds
        for node in list(self.nodes.values()):
            self._step_process(node)
        self._elect()
        self._heal(seconds)
        self._move_off(seconds)
        for transfer in list(self.transfers.values()):
            self._step_transfer(transfer, seconds)
        if self.busy and self.now >= self._next_busy_s:
            self._next_busy_s = self.now + self._random.uniform(2.0, 9.0)
            self._do_something()
        if self.now - self._reported_at >= REPORT_S:
            self._reported_at = self.now
            repair = self.healing.report(self.keys, self.now, begun=any(node.out for node in self.nodes.values()))
            self._events += node_reports(
                self.nodes, self.keys, self.leader, self.now, self._random, repair, self.repair_limit
            )
            self._events += [WorkersReported(node.name, workers(repair, self.now, node)) for node in self._up()]
        happened, self._events = self._events, []
        return happened

    def local_nodes(self) -> LocalNodesListed:
        """The processes as they are now."""
        return LocalNodesListed(
            tuple(
                LocalNode(
                    node.name, node.node, node.state, node.pid if self._lives(node) else 0, node.listen, node.step
                )
                for node in self.nodes.values()
            )
        )

    # -- inside

    def _make_node(self, number: int, name: str = "", port: int = 0) -> DemoNode:
        identity = f"{self._random.getrandbits(256):064x}"
        listen = f"127.0.0.1:{port or PORTS.get(number, 5000 + number)}"
        node = DemoNode(name or f"n{number}", identity, listen, 4200 + number)
        self.nodes[node.name] = node
        return node

    @staticmethod
    def _lives(node: DemoNode) -> bool:
        return node.state in (ProcessState.STARTING, ProcessState.RUNNING, ProcessState.STOPPING)

    def _up(self) -> list[DemoNode]:
        return [node for node in self.nodes.values() if node.state is ProcessState.RUNNING]

    def _first_up(self) -> str:
        return next((node.name for node in self._up()), "")

    def _move(self, node: DemoNode, state: ProcessState) -> None:
        node.state, node.since = state, self.now
        node.step = node.step if state is ProcessState.STARTING else ""
        self._events.append(self.local_nodes())

    def _note(self, level: Level, text: str, node: str) -> None:
        self._events.append(Noted(level, text, node, self.wall_s + self.now))

    def _step_process(self, node: DemoNode) -> None:
        waited = self.now - node.since
        if node.step and node.step != (step := MAKING[min(int(waited / START_S * len(MAKING)), len(MAKING) - 1)]):
            node.step = step
            self._events.append(self.local_nodes())
        if node.state is ProcessState.STARTING and waited >= START_S:
            node.up_since, node.out = self.now, False
            self._move(node, ProcessState.RUNNING)
            self._events.append(LinkOpened(node.name))
            self._note(Level.INFO, f"{node.name} is up at {node.listen}", self._first_up())
            self._recount({node.name})
        elif node.state is ProcessState.STOPPING and waited >= STOP_S:
            self._move(node, ProcessState.STOPPED)
            self._events.append(LinkDropped(node.name))
            self._note(Level.INFO, f"{node.name} stopped", "")
            self._lose(node)
        elif not self._lives(node) and not node.out and waited >= OUT_S and len(self.nodes) > COPIES:
            node.out = True
            self._note(Level.WARNING, f"{node.name} is out: its copies are made elsewhere", self._first_up())

    def _lose(self, node: DemoNode) -> None:
        for transfer in [t for t in self.transfers.values() if t.via == node.name]:
            transfer.via = self._first_up()
            if not transfer.via:
                self._finish(transfer, "no node is running: start one with S")
        self._recount({node.name})

    def _staying(self) -> set[str]:
        return {node.name for node in self._up() if not node.draining}

    def _move_off(self, seconds: float) -> None:
        """A copy is made elsewhere before the one on a draining node goes."""
        draining = {node.name for node in self.nodes.values() if node.draining}
        budget = max(int(HEALED_KEYS_S * seconds), 1) if draining else 0
        for key in self.keys.values():
            free = sorted(self._staying() - key.holders) if budget else []
            if free and key.holders & draining:
                key.holders.remove(min(key.holders & draining))
                key.holders.add(self._random.choice(free))
                budget -= 1

    def _live_copies(self, key: DemoKey) -> int:
        return sum(node.state is ProcessState.RUNNING for name in key.holders if (node := self.nodes.get(name)))

    def _recount(self, names: set[str]) -> None:
        for key in self.keys.values():
            if key.holders & names:
                self._tell(key)

    def _tell(self, key: DemoKey) -> None:
        old = key.entry
        key.entry = KeyEntry(old.key, old.version, old.size_bytes, old.stored_s, self._live_copies(key), old.stored_by)
        if old != key.entry:
            self._events.append(KeyStored(key.entry))

    def _elect(self) -> None:
        if self.leader in self.nodes and self.nodes[self.leader].state is ProcessState.RUNNING:
            return
        up = self._up()
        majority = len(up) > len(self.nodes) // 2
        quiet = all(self.now - node.since >= ELECTION_S for node in self.nodes.values() if not self._lives(node))
        before, self.leader = self.leader, up[0].name if up and majority and quiet else ""
        if self.leader and self.now and before != self.leader:
            self._note(Level.INFO, f"{self.leader} leads", self.leader)

    def _heal(self, seconds: float) -> None:
        out = {node.name for node in self.nodes.values() if node.out}
        out |= {name for key in self.keys.values() for name in key.holders} - set(self.nodes)
        places = [node.name for node in self._up() if "resync" not in node.paused]
        if not out or not places:
            return
        budget = max(int(HEALED_KEYS_S * seconds), 1)
        self._may_move = min(self._may_move, 0.0) + self.repair_limit * len(places) * seconds
        for key in self.keys.values():
            if not budget or (self.repair_limit and self._may_move <= 0):
                return
            free = [name for name in places if name not in key.holders]
            if key.holders & out and free and self._live_copies(key) < COPIES:
                key.holders -= out
                key.holders.add(self._random.choice(free))
                self.healing.made(key.entry.size_bytes, self.now)
                self._may_move -= key.entry.size_bytes
                self._tell(key)
                budget -= 1

    def _begin(
        self,
        direction: Direction,
        key: str,
        size_bytes: int,
        moved: Callable[[int], None] | None,
        ended: Callable[[str], None] | None,
    ) -> str:
        self._serial += 1
        via = self._first_up()
        fails = mishap(direction, self._mishaps, sorted(self.nodes)) if moved is None else ""
        transfer = DemoTransfer(f"t{self._serial}", direction, key, size_bytes, via, self.now, 0, moved, ended, fails)
        if via:
            self.transfers[transfer.id] = transfer
        elif ended is not None:
            ended("no node is running: start one with S")
        return transfer.id

    def _step_transfer(self, transfer: DemoTransfer, seconds: float) -> None:
        pace = self._random.uniform(0.7, 1.3) * RATE_BYTES_S * seconds
        transfer.done_bytes = min(transfer.done_bytes + int(pace), transfer.size_bytes)
        if transfer.moved is not None:
            transfer.moved(transfer.done_bytes)
        if transfer.fails and 2 * transfer.done_bytes >= transfer.size_bytes:
            self._finish(transfer, transfer.fails)
        elif transfer.done_bytes >= transfer.size_bytes:
            self._finish(transfer, "")
        elif transfer.moved is None or transfer.direction is Direction.STORE:
            self._report(transfer, TransferState.ACTIVE)

    def _finish(self, transfer: DemoTransfer, error: str) -> None:
        self.transfers.pop(transfer.id, None)
        if not error and transfer.direction is Direction.STORE:
            self._keep(transfer)
        if transfer.ended is not None:
            transfer.ended(error)
        else:
            self._report(transfer, TransferState.FAILED if error else TransferState.DONE, error)

    def _keep(self, transfer: DemoTransfer) -> None:
        self._hold(transfer.key, transfer.size_bytes, transfer.via)
        self._note(Level.INFO, f"stored {transfer.key}", transfer.via)

    def _hold(self, key: str, size_bytes: int, via: str) -> None:
        """A new version of `key`, on as many nodes as it takes."""
        self._serial += 1
        up = [node.name for node in self._up()]
        holders = set(self._random.sample(up, min(COPIES, len(up))))
        entry = KeyEntry(key, self._serial, size_bytes, self.wall_s + self.now, len(holders), via)
        self.keys[key] = DemoKey(entry, holders)
        self.past.stored(entry)
        self._events.append(KeyStored(entry))

    def _report(self, transfer: DemoTransfer, state: TransferState, error: str = "") -> None:
        chunks: dict[str, int] = {}
        safe, copied = transfer.done_bytes, 0
        if transfer.direction is Direction.STORE and state is not TransferState.DONE:
            safe, copied, chunks = acknowledged(transfer, self._up())
        told = TransferReport(
            transfer.id,
            transfer.direction,
            transfer.key,
            state,
            safe,
            transfer.size_bytes,
            elapsed_s=self.now - transfer.begun_at,
            error=error,
            copies=chunks,
            copied_bytes=copied,
        )
        self._events.append(TransferReported(transfer.via, told))

    def _do_something(self) -> None:
        if self._random.random() < 0.4 and self.keys:
            key = self._random.choice(list(self.keys))
            self._begin(Direction.RETRIEVE, key, self.keys[key].entry.size_bytes, None, None)
            return
        size = int(self._random.uniform(20, 900)) << 20
        self._begin(Direction.STORE, f"photos/2025/trip-{self._serial:04}.raw", size, None, None)
