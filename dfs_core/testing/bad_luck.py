"""What can happen to a simulated cluster, each event one method; the seed's own chances say when and to whom.

Some misfortunes would be too much together, because no store survives them: a disk that is lost and a copy that rots
elsewhere before the loss was mended may have been the only two. So a run has either disks that are lost, or copies that
rot, or a member that is removed with what it holds, and each only so often as copies allow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random

from dfs_core.encoding.commands import SetMember
from dfs_core.errors import DfsError, NoMajority, OutcomeUnknown, Refused
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.member import State
from dfs_core.testing.cluster import CAPACITY_BYTES, NodeDied, SimCluster, SimNode
from dfs_core.testing.newcomer import Newcomer

CALM_WITHIN_S = 60.0
JOINS_MAX, NODES_MAX = 2, 6
_SILENTLY, _IN_ORDER = 0.4, 0.2


class BadLuck:
    """Strikes one cluster. `strike` lets one thing happen."""

    def __init__(self, cluster: SimCluster, chances: Random) -> None:
        self._cluster, self._random = cluster, chances
        self.kills = self.cuts = self.lost_disks = self.rotten = self.moved = self.joined = self.removed = (
            self.slowed
        ) = 0
        self._harm = chances.choice((self.lose_disk, self.rot, self.remove))
        self._rotten: set[Address] = set()
        self._newcomers: list[Newcomer] = []
        self._leaving: SimNode | None = None

    async def strike(self) -> None:
        """One misfortune, or one that ends."""
        kinds: tuple[tuple[Callable[[], Awaitable[None]], int], ...] = (
            (self.kill_or_start, 6),
            (self.part, 2),
            (self.cut, 1),
            (self.heal, 4),
            (self.break_links, 2),
            (self.weather, 2),
            (self.fill, 1),
            (self.slow_down, 1),
            (self._harm, 3),
            (self.change_layout, 1),
            (self.join, 2),
            (self.drain, 1),
        )
        events, weights = zip(*kinds, strict=True)
        await self._random.choices(events, weights)[0]()

    async def end(self) -> None:
        """Nothing is cut, full, slow or down any more, and who came or went in between has come or gone."""
        self._cluster.network.heal()
        self._cluster.network.set_weather(delay_s=(0.0002, 0.002), loss=0.0)
        for place in self._cluster.nodes:
            place.store.set_capacity(CAPACITY_BYTES)
            place.store.slow_s = 0.0
            if not place.running:
                await self._cluster.start(place)
        calm_at = self._cluster.loop.time() + CALM_WITHIN_S
        while self._newcomers or self._leaving is not None:
            assert self._cluster.loop.time() < calm_at, "nobody can join or leave in calm weather"
            await self._see_in()
            await self._see_off()
            await asyncio.sleep(0.1)
        await self._cluster.until(self._all_know_the_same, "all have read who is in", CALM_WITHIN_S)
        members = self._cluster.full_nodes[0].ready.full.catalog.layout().members
        staying = [each for each in members if each.stores_chunks and each.listed and each.state != "draining"]
        if len(staying) < self._cluster.copies:
            await self._stop_draining()

    def _anybody(self) -> SimNode:
        return self._random.choice(self._cluster.nodes)

    async def kill_or_start(self) -> None:
        """A node dies, with its machine or without, or stops in order; or one that is dead comes back."""
        place = self._anybody()
        if not place.running:
            await self._cluster.start(place)
        elif self._random.random() < _IN_ORDER:
            await self._cluster.stop(place)
        else:
            self.kills += 1
            await self._cluster.kill(place, silently=self._random.random() < _SILENTLY)

    async def part(self) -> None:
        """The network falls into two parts."""
        names = [place.node_id for place in self._cluster.nodes]
        self._random.shuffle(names)
        at = self._random.randint(0, len(names))
        self._cluster.network.part(names[:at], names[at:])
        self.cuts += 1

    async def cut(self) -> None:
        """One node is not heard by another any more."""
        if len(self._cluster.nodes) > 1:
            one, other = self._random.sample(self._cluster.nodes, 2)
            self._cluster.network.cut(one.node_id, other.node_id)
            self.cuts += 1

    async def heal(self) -> None:
        """All cuts are mended."""
        self._cluster.network.heal()

    async def break_links(self) -> None:
        """The connections between two nodes break."""
        if len(self._cluster.nodes) > 1:
            one, other = self._random.sample(self._cluster.nodes, 2)
            self._cluster.network.break_links(one.node_id, other.node_id)

    async def weather(self) -> None:
        """The network gets slower, or better."""
        slowest = self._random.choice((0.002, 0.02, 0.3))
        loss = self._random.choice((0.0, 0.0, 0.05, 0.3))
        self._cluster.network.set_weather(delay_s=(0.0002, slowest), loss=loss)

    async def fill(self) -> None:
        """A node's disk is full, or no more."""
        self._anybody().store.set_capacity(0 if self._random.random() < 0.5 else CAPACITY_BYTES)

    async def slow_down(self) -> None:
        """A node's disk takes its time over every chunk, or no more."""
        place = self._anybody()
        place.store.slow_s = 0.0 if place.store.slow_s else self._random.choice((0.05, 0.3))
        self.slowed += bool(place.store.slow_s)

    async def rot(self) -> None:
        """One copy of a chunk is damaged; never two copies of the same."""
        place = self._anybody()
        others = [each.store.chunks for each in self._cluster.nodes if each is not place]
        held = [address for address in sorted(place.store.chunks) if any(address in chunks for chunks in others)]
        held = [address for address in held if address not in self._rotten]
        if held:
            address = self._random.choice(held)
            self._rotten.add(address)
            self.rotten += 1
            data = bytearray(place.store.chunks[address])
            data[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)
            place.store.chunks[address] = bytes(data)

    async def lose_disk(self) -> None:
        """A node's chunks are gone with its disk, once in a run: whatever was acknowledged has a copy elsewhere.

        That does not hold yet for what a node took in while it was alone.
        """
        if self.lost_disks or len(self._cluster.nodes) < 3 or self._cluster.founders == 1:
            return
        place = self._anybody()
        await self._cluster.kill(place, silently=True)
        place.lose_disk()
        self.lost_disks += 1

    async def change_layout(self) -> None:
        """A node is given another capacity, and copies move."""
        place, asked = self._anybody(), self._random.choice(self._cluster.full_nodes)
        capacity = self._random.choice((CAPACITY_BYTES // 4, CAPACITY_BYTES, 4 * CAPACITY_BYTES))
        command = SetMember(self._random.randbytes(16), place.node_id.digest, capacity=capacity)
        try:
            await self._cluster.ask(asked, asked.ready.full.consensus.propose(command, timeout_s=2.0))
            self.moved += 1
        except (DfsError, NodeDied):
            pass

    async def join(self) -> None:
        """Somebody new is invited and joins, or one who could not tries again."""
        if not self._newcomers and self.joined < JOINS_MAX and len(self._cluster.nodes) < NODES_MAX:
            inviter = self._random.choice(self._cluster.full_nodes)
            if inviter.node is not None and inviter is not self._leaving:
                self._newcomers.append(self._cluster.invite(inviter, self._random.choice(("full", "full", "vault"))))
        await self._see_in()

    async def _see_in(self) -> None:
        for newcomer in list(self._newcomers):
            try:
                await self._cluster.take_in(newcomer)
            except (DfsError, NodeDied):
                continue
            self._newcomers.remove(newcomer)
            self.joined += 1

    async def drain(self) -> None:
        """A node is to be emptied, or after all not; if there is room for the copies elsewhere."""
        asked = self._random.choice(self._cluster.full_nodes)
        if asked.node is None:
            return
        members = [each for each in asked.node.full.catalog.layout().members if each.listed]
        draining = [each for each in members if each.state == "draining"]
        if draining:
            command = _state(self._random, draining[0].node, "draining", "joined")
        elif len(members) > self._cluster.copies:
            command = _state(self._random, self._random.choice(members).node, "joined", "draining")
        else:
            return
        with suppress(DfsError, NodeDied):
            await self._cluster.ask(asked, asked.ready.full.consensus.propose(command, timeout_s=2.0))

    def _all_know_the_same(self) -> bool:
        parts = [place.ready.full for place in self._cluster.full_nodes]
        newest = max(part.consensus.last_index for part in parts)
        return all(part.consensus.applied_index == newest and part.consensus.leader is not None for part in parts)

    async def _stop_draining(self) -> None:
        """A member was removed while another was drained, and no place is left for so many copies."""
        asked = self._cluster.full_nodes[0]
        for member in asked.ready.full.catalog.layout().members:
            if member.state == "draining":
                command = _state(self._random, member.node, "draining", "joined")
                await self._cluster.ask(asked, asked.ready.full.consensus.propose(command))

    async def remove(self) -> None:
        """A member is removed for good, once in a run, as far as `dfs-core remove` allows."""
        if self._leaving is not None or self.removed:
            return
        place = self._anybody()
        asked = self._random.choice(self._cluster.full_nodes)
        if asked is place or asked.node is None or len(self._cluster.nodes) <= self._cluster.copies:
            return
        if not place.is_vault and len(self._cluster.full_nodes) < 2:
            return
        if any(newcomer.inviter == place.node_id for newcomer in self._newcomers):
            return  # its invitations would be worth nothing
        try:
            await self._cluster.ask(asked, asked.ready.full.membership._removal.check(place.node_id, False))
        except (DfsError, NodeDied):
            return
        self._leaving = place
        await self._see_off()

    async def _see_off(self) -> None:
        """Its removal may have been decided though nobody could say so: then it is said again."""
        place = self._leaving
        others = [each for each in self._cluster.full_nodes if each is not place and each.node is not None]
        if place is None or not others:
            return
        asked = self._random.choice(others)
        try:
            await self._cluster.ask(asked, asked.ready.full.admission.remove(place.node_id))
        except (NoMajority, OutcomeUnknown, NodeDied):
            return
        except Refused:
            pass  # it is no member any more
        await self._cluster.kill(place, silently=self._random.random() < _SILENTLY)
        self._cluster.nodes.remove(place)
        self._leaving = None
        self.removed += 1


def _state(chances: Random, node: NodeId, before: State, after: State) -> SetMember:
    return SetMember(chances.randbytes(16), node.digest, state=after, expects=before)
