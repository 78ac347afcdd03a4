"""A majority of the voters is lost for ever: one node goes on, and the old side is refused and told why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from dfs_core.encoding.commands import Condemn
from dfs_core.errors import InvalidInput, StoreError
from dfs_core.server.forcing import NEXT_NAME, Plan, force_majority
from dfs_core.testing.cluster import SimCluster, SimNode, run_simulated


def simulated(seed: int, folder: Path, story: Callable[[SimCluster], Awaitable[None]], *, vaults: int = 0) -> None:
    async def work() -> None:
        cluster = SimCluster(seed, folder, nodes=3, vaults=vaults)
        await cluster.found()
        await story(cluster)
        await cluster.close()

    run_simulated(seed, work)


def forced(cluster: SimCluster, survivor: SimNode, lost: list[SimNode]) -> Plan:
    """As the command does it, with chances of the seed."""
    names = [str(place.node_id)[:12] for place in lost]
    plan = force_majority(survivor.folder, names, agree=lambda plan: True, token=cluster.random.randbytes).plan
    assert plan is not None
    return plan


async def said(place: SimNode) -> str:
    return " | ".join((await place.ready._status.status()).alarms)


async def says(place: SimNode, what: str) -> None:
    for _ in range(150):
        if what in await said(place):
            return
        await place.clock.sleep(0.2)
    raise AssertionError(await said(place))


def test_a_survivor_goes_on_with_all_it_acknowledged_and_the_old_side_is_refused(tmp_path: Path) -> None:
    async def story(cluster: SimCluster) -> None:
        survivor, second, third, vault = cluster.nodes
        contents = {f"key {number}": b"%d" % number * 5000 for number in range(8)}
        for key, data in contents.items():
            await cluster.ask(survivor, survivor.ready.store(key, data))
        for place in (second, third, survivor):
            await cluster.kill(place, silently=False)
        plan = forced(cluster, survivor, [second, third])
        assert (plan.generation, plan.followers) == (1, ())
        await cluster.start(survivor)
        await cluster.until(lambda: survivor.ready.full.consensus.leader == survivor.node_id, "it leads", 10.0)
        for key, data in contents.items():
            assert await cluster.ask(survivor, survivor.ready.retrieve(key)) == data
        await cluster.ask(survivor, survivor.ready.store("later", b"x" * 5000))
        # Nothing is deleted until an operator says so.
        assert "until 'dfs-core recovery lift'" in await said(survivor)
        condemn = Condemn(cluster.random.randbytes(16), b"a" * 32, [4096])
        assert (await cluster.ask(survivor, survivor.ready.full.consensus.propose(condemn))).reason == "held"
        # The vault learns of the new generation, and follows it from then on.
        await cluster.until(
            lambda: vault.ready._members.known.generation == 1 and survivor.node_id in vault.ready._mesh.alive(),
            "the vault follows",
            20.0,
        )
        # The old side comes back: it has a majority of its own voters, and is refused all the same.
        await cluster.start(second)
        await cluster.start(third)
        for place in (second, third):
            await says(place, "a forced recovery went on without it as generation 1")
            await says(place, "'dfs-core join' into an empty one")
            assert not {survivor.node_id, vault.node_id} & place.ready._mesh.alive()
        for place in (survivor, vault):
            assert not {second.node_id, third.node_id} & place.ready._mesh.alive()
        assert await cluster.ask(survivor, survivor.ready.retrieve("later")) == b"x" * 5000
        cluster.check_failures()

    simulated(1, tmp_path, story, vaults=1)


def test_what_only_the_survivors_log_had_counts_as_decided(tmp_path: Path) -> None:
    async def story(cluster: SimCluster) -> None:
        survivor, second, third = cluster.nodes
        await cluster.ask(survivor, survivor.ready.store("key", b"1"))
        await cluster.until(lambda: survivor.ready.full.consensus.leader is not None, "somebody leads", 10.0)
        index = survivor.ready.full.consensus.last_index
        for place in (second, third, survivor):
            await cluster.kill(place, silently=False)
        assert forced(cluster, survivor, [third, second]).index >= index
        with pytest.raises(InvalidInput, match="only voter already"):
            forced(cluster, survivor, [])
        await cluster.start(survivor)
        await cluster.until(lambda: survivor.ready.full.consensus.leader == survivor.node_id, "it leads", 10.0)
        # New machines join the new generation as in any cluster.
        await cluster.join(8)
        newcomer = cluster.nodes[-1]
        await cluster.until(lambda: newcomer.node_id in survivor.ready.voters, "it votes", 30.0)
        assert newcomer.ready.full.catalog.generation().number == 1
        assert await cluster.ask(newcomer, newcomer.ready.retrieve("key")) == b"1"

    simulated(2, tmp_path, story)


def test_who_is_lost_must_be_named_whole_and_agreed(tmp_path: Path) -> None:
    async def story(cluster: SimCluster) -> None:
        survivor, second, third, vault = cluster.nodes
        with pytest.raises(StoreError, match="use"):
            forced(cluster, survivor, [second, third])
        for place in cluster.nodes:
            await cluster.kill(place, silently=False)
        with pytest.raises(InvalidInput, match=f"--destroyed {str(third.node_id)[:12]}$"):
            forced(cluster, survivor, [second])
        with pytest.raises(InvalidInput, match="names no other voter"):
            forced(cluster, survivor, [second, vault])
        with pytest.raises(InvalidInput, match="vault node's folder"):
            forced(cluster, vault, [second])
        names = [str(second.node_id), str(third.node_id)]
        with pytest.raises(InvalidInput, match="nothing was changed"):
            force_majority(survivor.folder, names, agree=lambda plan: False)
        for place in cluster.nodes:  # nothing was changed, anywhere
            await cluster.start(place)
        await cluster.ask(survivor, survivor.ready.store("key", b"1"))
        cluster.check_failures()

    simulated(5, tmp_path, story, vaults=1)


def test_two_survivors_that_were_both_forced_are_stopped_by_a_vault_that_meets_both(tmp_path: Path) -> None:
    async def story(cluster: SimCluster) -> None:
        first, second, third, _ = cluster.nodes
        for place in (first, second, third):
            await cluster.kill(place, silently=False)
        forced(cluster, first, [second, third])
        forced(cluster, second, [first, third])
        await cluster.start(first)
        await cluster.start(second)
        for _ in range(150):
            if first.failure is not None and second.failure is not None:
                break
            await third.clock.sleep(0.2)
        for place in (first, second):
            assert isinstance(place.failure, ExceptionGroup)
            assert "begun twice" in str(place.failure.exceptions[0])

    simulated(3, tmp_path, story, vaults=1)


@pytest.mark.parametrize("decided", [False, True])
def test_a_command_that_was_cut_off_did_nothing_or_is_ended_by_the_next(
    tmp_path: Path, decided: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    async def story(cluster: SimCluster) -> None:
        survivor, second, third = cluster.nodes
        await cluster.ask(survivor, survivor.ready.store("key", b"1"))
        for place in (second, third, survivor):
            await cluster.kill(place, silently=False)
        with monkeypatch.context() as patch:
            patch.setattr(f"dfs_core.server.forcing.{'_swap' if decided else 'move_catalog'}", power_cut)
            with pytest.raises(KeyboardInterrupt):
                forced(cluster, survivor, [second, third])
        assert (survivor.folder / NEXT_NAME).exists()
        if decided:
            assert force_majority(survivor.folder, [], agree=lambda plan: False).plan is None
        else:
            forced(cluster, survivor, [second, third])
        assert not (survivor.folder / NEXT_NAME).exists()
        await cluster.start(survivor)
        await cluster.until(lambda: survivor.ready.full.consensus.leader == survivor.node_id, "it leads", 10.0)
        assert await cluster.ask(survivor, survivor.ready.retrieve("key")) == b"1"

    simulated(4, tmp_path, story)
