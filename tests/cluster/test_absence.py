"""Nodes that go, stay away and come back, in whole clusters in virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from dfs_core.encoding.commands import SetSetting
from dfs_core.model.absence import HELD_FACTOR, SAME_TIME_S
from dfs_core.testing.cluster import SimCluster, SimNode, run_simulated

OUT_S = 15.0
NOTICED_S = 5.0  # from when it is due to when every node has read it
SEEDS = (1, 2)


class World:
    """A cluster that gives its nodes OUT_S."""

    def __init__(self, seed: int, folder: Path, nodes: int) -> None:
        self.cluster = SimCluster(seed, folder, nodes=nodes)

    async def begin(self) -> None:
        await self.cluster.found()
        full = self.cluster.nodes[0].ready.full
        await self.cluster.ask(
            self.cluster.nodes[0],
            full.consensus.propose(SetSetting(b"s" * 16, "out_ms", int(OUT_S * 1000))),
        )
        joined = ["joined"] * len(self.cluster.nodes)
        await self.cluster.until(lambda: self.all_read(*joined), "every node has read that all have joined", 10.0)

    def states(self, place: SimNode) -> list[str]:
        """Each node's state as `place` has read it."""
        members = {member.node: member.state for member in place.ready.full.catalog.layout().members}
        return [members.get(each.node_id, "unknown") for each in self.cluster.nodes]

    def all_read(self, *states: str) -> bool:
        """Every node that runs has read this."""
        running = [place for place in self.cluster.nodes if place.node is not None]
        return bool(running) and all(self.states(place) == list(states) for place in running)

    def voters(self, place: SimNode) -> set[int]:
        found = place.ready.full.consensus.configuration.voters
        return {each.number for each in self.cluster.nodes if each.node_id.digest in found}

    async def stays(self, seconds: float, *states: str) -> None:
        """For so long nothing else is read anywhere."""
        end = self.cluster.loop.time() + seconds
        while self.cluster.loop.time() < end:
            assert self.all_read(*states), self.states(self.cluster.nodes[0])
            await self.cluster.nodes[0].clock.sleep(0.5)


def simulated(seed: int, folder: Path, nodes: int, story: Callable[[World], Awaitable[None]]) -> None:
    async def work() -> None:
        world = World(seed, folder, nodes)
        await world.begin()
        await story(world)
        world.cluster.check_failures()
        await world.cluster.close()

    run_simulated(seed, work)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("silently", [True, False])
def test_one_of_four_that_is_killed_is_out_in_time_loses_its_vote_and_comes_back(
    tmp_path: Path, seed: int, silently: bool
) -> None:
    async def story(world: World) -> None:
        cluster = world.cluster
        victim = next(place for place in cluster.nodes if place.number in world.voters(place))
        await cluster.kill(victim, silently=silently)
        gone = ["out" if place is victim else "joined" for place in cluster.nodes]
        await world.stays(OUT_S - 3.0, *(["joined"] * 4))
        await cluster.until(lambda: world.all_read(*gone), "it is out", OUT_S + NOTICED_S)
        others = {place.number for place in cluster.nodes} - {victim.number}
        alive = next(place for place in cluster.nodes if place is not victim)
        await cluster.until(lambda: world.voters(alive) == others, "the learner votes in its place", 20.0)
        await cluster.start(victim)
        await cluster.until(lambda: world.all_read(*(["joined"] * 4)), "it is in again", 15.0)

    simulated(seed, tmp_path, 4, story)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_of_five_that_go_at_once_are_held_and_then_go_one_by_one(tmp_path: Path, seed: int) -> None:
    async def story(world: World) -> None:
        cluster = world.cluster
        for place in cluster.nodes[3:]:
            await cluster.kill(place, silently=True)
        await world.stays(HELD_FACTOR * OUT_S - 3.0, *(["joined"] * 5))

        def out() -> int:
            return world.states(cluster.nodes[0]).count("out")

        await cluster.until(lambda: out() == 1, "one of them is out", 3.0 + NOTICED_S)
        first_at = cluster.loop.time()
        await cluster.until(lambda: out() == 2, "the other is out, too", OUT_S + NOTICED_S)
        assert cluster.loop.time() - first_at >= OUT_S - 1.5
        await cluster.until(lambda: world.voters(cluster.nodes[0]) == {1, 2, 3}, "those that live vote", 20.0)

    simulated(seed, tmp_path, 5, story)


def test_two_of_five_that_go_a_minute_apart_go_out_each_in_its_time(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        cluster = world.cluster
        await cluster.kill(cluster.nodes[3], silently=True)
        await cluster.nodes[0].clock.sleep(SAME_TIME_S + 5.0)
        await cluster.kill(cluster.nodes[4], silently=True)
        await world.stays(OUT_S - 3.0, "joined", "joined", "joined", "out", "joined")
        await cluster.until(
            lambda: world.all_read("joined", "joined", "joined", "out", "out"), "both are out", 3.0 + NOTICED_S
        )

    simulated(1, tmp_path, 5, story)


def test_a_cluster_that_falls_in_two_and_heals_has_put_nobody_out(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        cluster = world.cluster
        names = [place.node_id for place in cluster.nodes]
        cluster.network.part(names[:2], names[2:])
        await world.stays((HELD_FACTOR - 1) * OUT_S, *(["joined"] * 5))
        cluster.network.heal()  # with time left to dial one another before it would be too long
        await world.stays(2 * OUT_S, *(["joined"] * 5))

    simulated(2, tmp_path, 5, story)


def test_a_node_that_was_away_for_less_than_its_time_was_never_out(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        cluster = world.cluster
        await world.cluster.kill(cluster.nodes[2], silently=True)
        await cluster.nodes[0].clock.sleep(OUT_S - 5.0)
        await cluster.start(cluster.nodes[2])
        await world.stays(2 * OUT_S, "joined", "joined", "joined")

    simulated(3, tmp_path, 3, story)


@pytest.mark.parametrize("seed", SEEDS)
def test_who_was_away_while_another_joined_and_came_to_lead_catches_up(seed: int, tmp_path: Path) -> None:
    """It takes its leader for a stranger, until somebody whom it knows tells it who has joined."""

    async def story(world: World) -> None:
        cluster = world.cluster
        away = cluster.nodes[2]
        await cluster.kill(away, silently=False)
        await cluster.join(4)
        newcomer = cluster.nodes[3]
        await cluster.until(lambda: 4 in world.voters(newcomer), "the newcomer votes in its place", OUT_S + 30.0)

        def leads() -> bool:
            for place in cluster.nodes[:2]:
                if place.ready.full.consensus.leads:
                    place.ready.full.consensus.transfer_leadership(newcomer.node_id)
            return newcomer.ready.full.consensus.leads

        await cluster.until(leads, "the newcomer leads", 10.0)
        await cluster.start(away)
        await cluster.until(lambda: world.all_read(*["joined"] * 4), "it has read everything, and is in again", 15.0)
        assert newcomer.ready.full.consensus.leads

    simulated(seed, tmp_path, 3, story)
