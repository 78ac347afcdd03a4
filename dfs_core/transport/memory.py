"""Nodes of one process, joined by a network that can be slow, lossy and cut; for tests and the simulation.

Everything above the socket is the real thing: Mesh, Link, Connection, both codecs; only TCP and TLS are replaced by a
`Pipe` each way, which keeps bytes in order as TCP does. Delays and losses come from the `random.Random` handed in, and
time from the running loop, so a virtual-time loop and one seed replay a run.

A loss is what TCP makes of it: a stretch that arrives a retransmission later, and all behind it with it. A cut
direction holds its bytes until it is healed or the link has died of silence, as a pulled cable does.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterable, Sequence
from random import Random

from dfs_core.clock import SystemClock
from dfs_core.errors import PeerUnreachable
from dfs_core.limits import HELLO_TIMEOUT_S
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.model.member import Member, Role
from dfs_core.transport.exchange import Exchange, Handler
from dfs_core.transport.hello import CODECS as CODEC_NAMES
from dfs_core.transport.hello import HelloFacts
from dfs_core.transport.link import Link, Notified
from dfs_core.transport.mesh import Mesh
from dfs_core.transport.network import Welcome
from dfs_core.transport.pipe import Pipe
from dfs_core.transport.wire import Wire

_RETRANSMIT_S = 0.2


class MemoryNetwork:
    """The network between the nodes of one process."""

    def __init__(self, random: Random, *, delay_s: tuple[float, float] = (0.0002, 0.002), loss: float = 0.0) -> None:
        """Every stretch of bytes takes a time drawn from `delay_s`, and with probability `loss` a retransmission."""
        self._random = random
        self._delay_s, self._loss = delay_s, loss
        self._cut: set[tuple[NodeId, NodeId]] = set()
        self._doors: dict[str, MemoryDoor] = {}
        self._members: dict[NodeId, Member] = {}
        self._peers: dict[NodeId, MemoryPeers] = {}
        self.pipes: dict[Pipe, None] = {}  # in the order of their making, so that a seed replays

    async def add(
        self,
        node: NodeId,
        *,
        handler: Handler | None = None,
        notified: Notified | None = None,
        role: Role = "full",
        connected: Callable[[NodeId, str], None] = lambda node, address: None,
        lost: Callable[[NodeId, str], None] = lambda node, reason: None,
        facts: Callable[[], HelloFacts] | None = None,
        codecs: tuple[str, ...] = CODEC_NAMES,
    ) -> MemoryPeers:
        """A node begins to run; all others learn of it, and it of them. Added again after `close`, it was restarted.

        Call it in a running loop. Which links exist already when it returns is up to the delays.
        """
        boot_nonce = self._random.randbytes(16)
        peers = MemoryPeers(
            self,
            node,
            handler=handler or _refuse,
            notified=notified or (lambda link, message: None),
            connected=connected,
            lost=lost,
            facts=facts or (lambda: HelloFacts(boot_nonce=boot_nonce)),
            codecs=codecs,
        )
        self._peers[node] = peers
        address = _address(node)
        self._members[node] = Member(node, b"", role, "", 0, "joined", (address,), 0)
        host, _, port = address.rpartition(":")
        await peers.listen(host, int(port))
        for each in self._peers.values():
            each.set_members(list(self._members.values()))
        return peers

    # -- weather

    def set_weather(self, *, delay_s: tuple[float, float], loss: float) -> None:
        """From now on as if the network had been made with these."""
        self._delay_s, self._loss = delay_s, loss

    def cut(self, source: NodeId, target: NodeId) -> None:
        """Nothing goes from `source` to `target` any more; the other way still works."""
        self._cut.add((source, target))

    def part(self, *groups: Iterable[NodeId]) -> None:
        """Cut both ways between every two of the groups; within a group all is well."""
        sets = [set(group) for group in groups]
        for one in sets:
            for other in sets:
                if one is not other:
                    self._cut.update((source, target) for source in one for target in other)

    def heal(self, source: NodeId | None = None, target: NodeId | None = None) -> None:
        """Mend the cuts from `source` and to `target`; without them, all. What was held goes on."""
        self._cut = {cut for cut in self._cut if (source not in (None, cut[0])) or (target not in (None, cut[1]))}
        for pipe in list(self.pipes):
            pipe.look()

    def break_links(self, one: NodeId, other: NodeId) -> None:
        """Every connection between the two ends at once; they may dial again."""
        for pipe in [pipe for pipe in self.pipes if {pipe.source, pipe.target} == {one, other}]:
            pipe.abort()

    def kill(self, node: NodeId, *, silently: bool) -> None:
        """The node's process is no more. The others hear of it at once, or not at all when the power went with it."""
        self._doors = {address: door for address, door in self._doors.items() if door.node != node}
        for pipe in [pipe for pipe in self.pipes if node in (pipe.source, pipe.target)]:
            if not silently:
                pipe.abort()
            elif pipe.source == node:
                pipe.fall_silent()

    def is_cut(self, source: NodeId, target: NodeId) -> bool:
        """Nothing goes this way now."""
        return bool(self._cut) and (source, target) in self._cut

    def delay_s(self) -> float:
        """How long the next stretch of bytes takes."""
        delay_s = self._random.uniform(*self._delay_s)
        return delay_s + _RETRANSMIT_S if self._loss and self._random.random() < self._loss else delay_s

    def draw(self) -> float:
        """A seed for something else."""
        return self._random.random()

    # -- doors

    def open_door(self, address: str, door: MemoryDoor) -> None:
        """Somebody listens at `address`."""
        self._doors[address] = door

    def close_door(self, door: MemoryDoor) -> None:
        """Nobody listens there any more."""
        self._doors = {address: other for address, other in self._doors.items() if other is not door}

    def door_at(self, address: str) -> MemoryDoor | None:
        """Who listens at `address`."""
        return self._doors.get(address)


class MemoryDoor:
    """One node's way into a MemoryNetwork (`network.Network`)."""

    def __init__(self, network: MemoryNetwork, node: NodeId) -> None:
        self._network, self.node = network, node
        self._welcome: Welcome | None = None
        self.context = contextvars.copy_context()  # of whoever opens it: what comes in is their work
        self._accepted: Callable[[Link], None] = lambda link: None
        self._tasks: set[asyncio.Task[None]] = set()
        self._links: set[Link] = set()

    def trust(self, certificates: Sequence[bytes]) -> None:
        """Nobody can pretend here; the role look-up decides alone."""

    async def listen(self, host: str, port: int, welcome: Welcome, accepted: Callable[[Link], None]) -> int:
        """Answer at `host:port`, whatever these are."""
        self._welcome, self._accepted = welcome, accepted
        self._network.open_door(f"{host}:{port}", self)
        return port

    async def dial(
        self, address: str, welcome: Welcome, *, expected: NodeId | None, role: Callable[[NodeId], str | None]
    ) -> Link:
        """`Network.dial`."""
        network = self._network
        await asyncio.sleep(network.delay_s() + network.delay_s())
        door = network.door_at(address)
        if door is None:
            raise PeerUnreachable(address, "nobody listens there")
        if network.is_cut(self.node, door.node) or network.is_cut(door.node, self.node):
            await asyncio.sleep(HELLO_TIMEOUT_S)
            raise PeerUnreachable(address, f"no connection within {HELLO_TIMEOUT_S:g} s")
        found = role(door.node)
        if found is None or (expected is not None and door.node != expected):
            raise PeerUnreachable(address, "another node answers there")
        here = Pipe(network, self.node, door.node)
        there = Pipe(network, door.node, self.node, door.context)
        wire, their_wire = Wire(), Wire()
        Pipe.join(here, wire, there, their_wire)
        network.pipes.update({here: None, there: None})
        door.knock(self.node, there, their_wire)
        link = _link(wire, welcome, peer=door.node, role=found, address=address, dialled=True)
        await link.greet(here, timeout_s=HELLO_TIMEOUT_S, judge=lambda theirs: welcome.judge(door.node, theirs))
        return link

    def knock(self, node: NodeId, pipe: Pipe, wire: Wire) -> None:
        """`node` has dialled this door."""
        work = self._serve(node, pipe, wire)
        task = asyncio.get_running_loop().create_task(work, context=self.context.copy())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, node: NodeId, pipe: Pipe, wire: Wire) -> None:
        welcome = self._welcome
        role = welcome.role(node) if welcome is not None else None
        if welcome is None or role is None:
            pipe.abort()
            return
        link = _link(wire, welcome, peer=node, role=role, address=_address(node), dialled=False)
        try:
            await link.greet(pipe, timeout_s=HELLO_TIMEOUT_S, judge=lambda theirs: welcome.judge(node, theirs))
        except PeerUnreachable:
            return
        self._links.add(link)
        self._accepted(link)
        await link.wait_closed()
        self._links.discard(link)

    async def close(self) -> None:
        """`Network.close`."""
        self._network.close_door(self)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(link.close("the node stops") for link in list(self._links)))


class _Named:
    """An identity without a key."""

    def __init__(self, node_id: NodeId) -> None:
        self.node_id = node_id


class MemoryPeers(Mesh):
    """One node's Peers in a MemoryNetwork. Made by `MemoryNetwork.add`; `close` stops the node."""

    def __init__(
        self,
        network: MemoryNetwork,
        node: NodeId,
        *,
        handler: Handler,
        notified: Notified,
        connected: Callable[[NodeId, str], None],
        lost: Callable[[NodeId, str], None],
        facts: Callable[[], HelloFacts],
        codecs: tuple[str, ...],
    ) -> None:
        """See `MemoryNetwork.add`."""
        self.node = node
        super().__init__(
            identity=_Named(node),
            cluster=ClusterId(bytes(ClusterId.size)),
            local_hello=facts,
            handler=handler,
            notified=notified,
            clock=SystemClock(),
            random=Random(network.draw()),
            connected=connected,
            lost=lost,
            codecs=codecs,
            network=MemoryDoor(network, node),
        )


async def _refuse(exchange: Exchange) -> None:
    raise PeerUnreachable("this node", "it answers nothing")


def _address(node: NodeId) -> str:
    return f"{node.digest.hex()[:16]}.memory:1"


def _link(wire: Wire, welcome: Welcome, *, peer: NodeId, role: str, address: str, dialled: bool) -> Link:
    return Link(
        wire,
        welcome.hello(),
        address=address,
        dialled=dialled,
        peer=peer,
        role=role,
        handler=welcome.handler,
        notified=welcome.notified,
    )
