"""Two of three nodes are gone, or an answer is: nothing is decided that was not, and what was is learnt."""

from __future__ import annotations

import asyncio
import json
import secrets
from pathlib import Path

import pytest

from dfs_core.cli.exit_codes import EXIT_CODES
from dfs_core.client import DfsError, NoMajority, NotEnoughCopies, OutcomeUnknown, PeerError, Refused
from dfs_core.encoding.control_messages import FileStored, SettleStore, StoreFile, StoreSettled
from dfs_core.limits import MIB
from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli
from dfs_core.transport.exchange import Exchange
from dfs_core.transport.link import connect_local

from .acts import (
    NAMES,
    Reached,
    blocks_of,
    client_of,
    clients_of,
    content,
    copies_are,
    eventually,
    everywhere,
    keys_of,
    leader_of,
    paused,
)

pytestmark = pytest.mark.xdist_group("majority")

PHOTO = content("photo", 2 * MIB + 5)
LINE = b"less than a chunk"


@pytest.fixture(autouse=True)
async def three_nodes_run(cluster: LocalCluster) -> None:
    """Whatever the test before did to the shared cluster, all three nodes run and are connected."""
    await cluster.up(3)


@pytest.mark.parametrize("survives", ["the leader", "a follower"])
async def test_with_two_of_three_down_a_store_fails_naming_them_and_reads_go_on_marked_stale(
    cluster: LocalCluster, cli: Cli, tmp_path: Path, survives: str
) -> None:
    leader = await leader_of(cluster)
    survivor = leader if survives == "the leader" else next(name for name in NAMES if name != leader)
    before = {f"{survives}/photo": PHOTO, f"{survives}/line": LINE}
    async with await client_of(cluster, "n1") as client:
        for key, data in before.items():
            await client.store(key, data)
            await copies_are(cluster, key, 3)
    gone = [name for name in NAMES if name != survivor]
    large, small = tmp_path / "large", tmp_path / "small"
    large.write_bytes(content((survives, "large"), 3 * MIB))
    small.write_bytes(content((survives, "small"), 300))

    await cluster.kill(gone[0])
    await cluster.stop(gone[1])

    half = f"{survives}/half"
    stores = {
        cli.start("store", large, "--key", f"{half}/large", node=survivor): "copies",
        cli.start("store", small, "--key", f"{half}/small", node=survivor): "majority",
        # Fewer chunk copies may be enough for a user, never fewer voters for the log.
        cli.start("store", large, "--key", f"{half}/few", "--min-copies", "1", node=survivor): "majority",
    }
    for key, data in before.items():
        got = cli.run("retrieve", key, "-o", "-", node=survivor)
        assert got.returncode == 0
        assert got.stdout == data
        assert b"stale" in got.stderr
    got = cli.run("ls", "--json", f"{survives}/", node=survivor)
    assert got.returncode == 0
    assert {json.loads(line)["key"] for line in got.stdout.splitlines()} == before.keys()
    assert b"stale" in got.stderr
    async with await client_of(cluster, survivor) as client:
        status = await client.status()
        assert status.health == "AT RISK"
        assert any(cluster.node(gone[0]).node_id[:12] in reason for reason in status.reasons)

    for store, code in stores.items():
        _, heard = await asyncio.to_thread(store.communicate, timeout=60)
        said = heard.decode()
        assert store.returncode == EXIT_CODES[code], said
        assert said.count("\n") == 1
        for name in gone:
            assert cluster.node(name).node_id[:12] in said

    await cluster.up(3)
    async with clients_of(cluster) as clients:
        await clients[0].store(f"{survives}/after", LINE)
        for client in clients:
            keys = await keys_of(client, f"{survives}/")
            assert keys == before.keys() | {f"{survives}/after"}


async def test_with_fewer_copies_wanted_a_store_is_done_when_they_are_there(cluster: LocalCluster) -> None:
    async with await client_of(cluster, "n1") as client:
        assert (await client.store("few/copies", PHOTO, min_copies=1)).copies >= 1
    await copies_are(cluster, "few/copies", 3)


async def test_two_of_three_paused_is_like_two_down_and_ends_when_they_go_on(cluster: LocalCluster) -> None:
    async with await client_of(cluster, "n1") as client:
        await client.store("paused/before", PHOTO)
        await copies_are(cluster, "paused/before", 3)
        with paused(cluster, "n2"), paused(cluster, "n3"):
            stores = [
                asyncio.create_task(client.store("paused/large", content("paused", 3 * MIB))),
                asyncio.create_task(client.store("paused/small", LINE)),
            ]
            assert await client.retrieve("paused/before") == PHOTO
            await eventually(client.page_keys, lambda page: page.stale)
            large, small = await asyncio.gather(*stores, return_exceptions=True)
        assert isinstance(large, NotEnoughCopies | NoMajority | OutcomeUnknown)
        assert isinstance(small, NoMajority | OutcomeUnknown)
        await eventually(client.page_keys, lambda page: not page.stale)
    async with clients_of(cluster) as clients:
        keys = [await keys_of(each, "paused/") for each in clients]
        assert keys[0] == keys[1] == keys[2]
        assert "paused/large" not in keys[0]
        if isinstance(small, NoMajority):
            assert "paused/small" not in keys[0]


# -- the answer is lost


async def sent_by_hand(control: str, key: str, data: bytes, store_id: bytes, *, last: bool) -> Exchange:
    """A client that has sent all of a store's bytes, and (with `last`) that they are all, and read no answer."""
    link = await connect_local(control)
    request = StoreFile(key=key, id=store_id, size=len(data), mtime_ns=0, mode=0o644)
    exchange = await link.open(request, timeout_s=60)
    await exchange.send(data, last=last)
    return exchange


async def test_an_answer_lost_after_the_commit_is_learnt_from_another_node(cluster: LocalCluster) -> None:
    store_id = secrets.token_bytes(16)
    exchange = await sent_by_hand(cluster.node("n1").control, "answer/lost", PHOTO, store_id, last=True)
    async with clients_of(cluster, "n2", "n3") as (other, third):
        entry = (await eventually(lambda: other.stat("answer/lost"))).entry
        exchange.link.drop("cut off before the answer was read")
        assert await other.settle(store_id) == StoreSettled(stored=True, version=entry.version)
        assert await third.settle(store_id) == StoreSettled(stored=True, version=entry.version)
    await everywhere(cluster, "answer/lost", PHOTO)


async def test_a_store_that_never_arrived_is_settled_as_void_for_ever(cluster: LocalCluster) -> None:
    store_id = secrets.token_bytes(16)
    async with clients_of(cluster) as clients:
        for client in (clients[2], *clients):
            assert await client.settle(store_id) == StoreSettled(stored=False)
        exchange = await sent_by_hand(cluster.node("n1").control, "too/late", LINE, store_id, last=True)
        with pytest.raises(Refused):
            await exchange.reply(timeout_s=60)
        await exchange.link.close()
        for client in clients:
            assert "too/late" not in await keys_of(client)
            assert await client.settle(store_id) == StoreSettled(stored=False)


@pytest.mark.parametrize("said_whole", [True, False])
async def test_wherever_a_client_is_cut_off_all_nodes_agree_on_what_became_of_its_store(
    cluster: LocalCluster, said_whole: bool
) -> None:
    stored = 0
    async with clients_of(cluster) as clients:
        for number in range(12):
            key, store_id = f"cut/{said_whole}/{number}", secrets.token_bytes(16)
            data = content(key, (50, 200_000, 2 * MIB)[number % 3])
            node = NAMES[number % 3]
            exchange = await sent_by_hand(cluster.node(node).control, key, data, store_id, last=said_whole)
            exchange.link.drop("cut off")
            answers = [await client.settle(store_id) for client in clients]
            assert answers[0] == answers[1] == answers[2]
            stored += answers[0].stored
            for client in clients:
                if answers[0].stored:
                    assert await client.retrieve(key, version=answers[0].version) == data
                else:
                    assert key not in await keys_of(client)
    assert said_whole or not stored, "a stream without its end is not a file"


@pytest.mark.parametrize("name", ["n1", "n2"])
async def test_a_client_whose_node_dies_at_the_end_learns_the_outcome_when_it_is_back(
    cluster: LocalCluster, name: str
) -> None:
    key, data = f"died/{name}", content(name, 5 * MIB)
    whole = Reached(len(data))
    async with await client_of(cluster, name) as client:
        storing = asyncio.create_task(client.store_stream(blocks_of(data), key, size=len(data), progress=whole))
        await whole.wait()
        await cluster.kill(name)
        await cluster.start(name)
        try:
            outcome: FileStored | DfsError = await storing
        except PeerError as error:
            outcome = error
    async with clients_of(cluster) as clients:
        for client in clients:
            if isinstance(outcome, FileStored):
                assert await client.retrieve(key, version=outcome.version) == data
            else:
                assert "not stored" in str(outcome)
                assert key not in await keys_of(client)


async def test_a_leader_killed_between_proposal_and_answer_leaves_no_open_question(cluster: LocalCluster) -> None:
    leader = await leader_of(cluster)
    other = next(name for name in NAMES if name != leader)
    async with await client_of(cluster, other) as client:
        stores = [asyncio.create_task(client.store(f"burst/{number}", LINE)) for number in range(40)]
        await asyncio.wait(stores, return_when=asyncio.FIRST_COMPLETED)
        await cluster.kill(leader)
        outcomes = await asyncio.gather(*stores, return_exceptions=True)
        assert all(isinstance(outcome, FileStored) for outcome in outcomes), outcomes
        versions = [outcome.version for outcome in outcomes if isinstance(outcome, FileStored)]
        assert len(set(versions)) == len(versions)
    await cluster.start(leader)
    for number in (0, 20, 39):
        await everywhere(cluster, f"burst/{number}", LINE)


async def test_a_settled_store_is_said_over_a_link_that_offers_only_msgpack(cluster: LocalCluster) -> None:
    link = await connect_local(cluster.node("n2").control, codecs=("msgpack",))
    assert await link.call(SettleStore(secrets.token_bytes(16)), timeout_s=60) == StoreSettled(stored=False)
    await link.close()
