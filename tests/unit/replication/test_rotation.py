"""A new secret epoch: on a majority before the log hears of it, and only ever handed to listed full nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import msgspec
import pytest

from dfs_core.catalog.facts import SecretEpochFacts
from dfs_core.crypto.recovery import recovery_authority
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.commands import AnyCommand, Outcome, SecretEpoch
from dfs_core.encoding.message import Done
from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.encoding.recovery_messages import AskSecret, HoldSecret, SecretTold
from dfs_core.errors import NoMajority, PeerUnreachable, Refused
from dfs_core.model.ids import NodeId
from dfs_core.model.raft_messages import Configuration
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.rotation import Rotation
from dfs_core.testing.clock import ManualClock
from dfs_core.transport.peers import Peers

from .conftest import record

ME, TWO, THREE, VAULT, GONE = (NodeId(record(number).node) for number in range(1, 6))


def listed(number: int, role: str, state: str = "joined") -> Any:
    return msgspec.structs.replace(record(number), role=role, state=state)


class World:
    """This node's keys, the others, and a log that answers as it is told."""

    def __init__(self) -> None:
        self.current = 1
        self.lacking: SecretEpochFacts | None = None
        self.happened: list[object] = []
        self.down: set[NodeId] = set()
        self.told: dict[NodeId, bytes] = {}
        self.outcome = Outcome()
        self.configuration = Configuration.of([ME.digest, TWO.digest, THREE.digest])
        roles = [listed(1, "full"), listed(2, "full"), listed(3, "full"), listed(4, "vault")]
        self.members = MemberList(MembersKnown(9, 3, [*roles, listed(5, "full", "removed")]))
        self.rotation = Rotation(
            node=ME,
            keys=self,
            log=self,
            members=self.members,
            peers=cast(Peers, self),
            clock=ManualClock(),
            token=lambda size: bytes(range(size)),
            refresh=self.refresh,
        )

    def hold(self, number: int, secret: bytes) -> None:
        self.happened.append(("held here", number, secret))

    async def refresh(self) -> None:
        self.happened.append("refreshed")

    async def catch_up(self) -> bool:
        return True

    async def propose(self, command: AnyCommand) -> Outcome:
        self.happened.append(command)
        return self.outcome

    def alive(self) -> frozenset[NodeId]:
        return frozenset({TWO, THREE, VAULT, GONE}) - self.down

    async def call(self, node: NodeId, request: Any, *, timeout_s: float) -> Any:
        if node in self.down:
            raise PeerUnreachable(str(node), "down")
        self.happened.append((node, request))
        if isinstance(request, AskSecret):
            if node not in self.told:
                raise Refused("epoch", "not held here")
            return SecretTold(self.told[node])
        return Done()

    def said(self, kind: type[object]) -> list[Any]:
        pairs = [each for each in self.happened if isinstance(each, tuple) and isinstance(each[1], kind)]
        return [node for node, _ in pairs]


@pytest.fixture
def world() -> World:
    return World()


async def test_the_secret_is_on_full_nodes_before_the_log_hears_of_it(world: World) -> None:
    rotated = await world.rotation.rotate()
    assert rotated.epoch == 2
    assert rotated.holding == [str(ME), *map(str, sorted([TWO, THREE]))]
    (command,) = [each for each in world.happened if isinstance(each, SecretEpoch)]
    place = world.happened.index(command)
    assert all(world.happened.index(each) < place for each in world.happened if isinstance(each, tuple))
    secrets = ClusterSecrets({2: bytes(range(32))}, 2)
    assert (command.number, command.hash) == (2, secrets.hash(2))
    assert command.authority == recovery_authority(secrets, 2).certificate
    assert world.happened[-1] == "refreshed"


async def test_neither_a_vault_nor_a_removed_full_node_is_handed_the_secret(world: World) -> None:
    await world.rotation.rotate()
    assert sorted(world.said(HoldSecret)) == sorted([TWO, THREE])


async def test_one_of_three_may_be_away_and_fetches_it_later(world: World) -> None:
    world.down = {THREE}
    rotated = await world.rotation.rotate()
    assert rotated.waiting == [str(THREE)]


async def test_without_a_majority_that_holds_it_nothing_changes(world: World) -> None:
    world.down = {TWO, THREE}
    with pytest.raises(NoMajority):
        await world.rotation.rotate()
    assert not any(isinstance(each, SecretEpoch) for each in world.happened)


async def test_a_rotation_that_the_log_refuses_says_so(world: World) -> None:
    world.outcome = Outcome(reason="epoch", text="somebody else was quicker")
    with pytest.raises(Refused, match="quicker"):
        await world.rotation.rotate()


def facts(secret: bytes) -> SecretEpochFacts:
    return SecretEpochFacts(2, ClusterSecrets({2: secret}, 2).hash(2), b"certificate", False, 7)


async def fetched(world: World, until: Callable[[], bool]) -> None:
    running = asyncio.create_task(world.rotation.run())
    async with asyncio.timeout(10):
        while not until():
            await asyncio.sleep(0)
    running.cancel()


async def test_who_was_away_asks_full_nodes_until_one_tells_it(world: World) -> None:
    secret = b"t" * 32
    world.lacking, world.told = facts(secret), {THREE: secret}
    await fetched(world, lambda: "refreshed" in world.happened)
    assert ("held here", 2, secret) in world.happened
    assert VAULT not in world.said(AskSecret)
    assert GONE not in world.said(AskSecret)


async def test_another_secret_than_the_logs_is_not_taken(world: World) -> None:
    world.lacking, world.told = facts(b"t" * 32), {TWO: b"w" * 32, THREE: b"t" * 32}
    await fetched(world, lambda: "refreshed" in world.happened)
    assert [each for each in world.happened if isinstance(each, tuple) and each[0] == "held here"] == [
        ("held here", 2, b"t" * 32)
    ]
