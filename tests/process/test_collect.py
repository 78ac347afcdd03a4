"""Freeing what nothing refers to, with real nodes: shown before, gone after from every disk, and nothing else."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from dfs_core.client import Client
from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli

from .acts import addresses_of, client_of, clients_of, content, eventually, running

pytestmark = pytest.mark.usefixtures("cluster")

SIZE = 1_500_000  # two chunks


def held_by(cluster: LocalCluster, name: str) -> set[str]:
    """The chunk files on a node's disk."""
    return {path.name for path in Path(cluster.node(name).data_dir, "chunks").glob("*/*")}


async def pending_of(client: Client) -> tuple[int, int]:
    pending = (await client.status()).pending_free
    return pending.chunks, pending.bytes


async def test_what_was_purged_is_pending_and_then_freed_on_every_node_and_what_shares_its_bytes_stays(
    cli: Cli, cluster: LocalCluster
) -> None:
    shared = content("shared", SIZE)
    async with await client_of(cluster, "n1") as client:
        await client.store("collect/one", shared)
        await client.store("collect/other", shared)
        await client.store("collect/alone", content("alone", SIZE))
        await client.store("other/key", content("kept", SIZE))
        alone = set(await addresses_of(client, "collect/alone"))
        kept = {*await addresses_of(client, "collect/other"), *await addresses_of(client, "other/key")}
        cli.ok("rm", "--purge", "collect/one", "collect/alone", node="n2")

        chunks, size_bytes = await eventually(partial(pending_of, client), lambda found: found[0] == len(alone))
        assert size_bytes > 1_000_000
        told = json.loads(cli.ok("collect", "--dry-run", "--json", node="n3"))
        assert (told["chunks"], told["pending"]["chunks"]) == (0, chunks), "its grace time is a day"
        assert 86_000 < told["pending"]["next_s"] <= 86_400
        for name in running(cluster):
            assert alone <= held_by(cluster, name)
        await client.change_setting("grace_ms", 1_000)
    async with clients_of(cluster) as clients:
        for client in clients:
            await eventually(partial(pending_of, client), lambda found: found == (0, 0))
    for name in running(cluster):
        assert not alone & held_by(cluster, name)
        assert kept <= held_by(cluster, name)
        async with await client_of(cluster, name) as client:
            assert await client.retrieve("collect/other") == shared
            assert await client.retrieve("other/key") == content("kept", SIZE)


async def test_what_was_freed_can_be_stored_again(cli: Cli, cluster: LocalCluster) -> None:
    async with await client_of(cluster, "n1") as client:
        await client.change_setting("grace_ms", 0)
        for _ in range(3):
            await client.store("again/key", content("again", SIZE))
            assert await client.retrieve("again/key") == content("again", SIZE)
            cli.ok("rm", "--purge", "again/key", node="n3")
            cli.ok("collect", node="n2")
            await eventually(partial(pending_of, client), lambda found: found == (0, 0))
        await client.store("again/key", content("again", SIZE))
    async with await client_of(cluster, "n3") as client:
        assert await client.retrieve("again/key") == content("again", SIZE)
