"""History with real nodes: undone removals, restored versions, retention decided by the leader and alike everywhere."""

from __future__ import annotations

import json
from functools import partial

import pytest

from dfs_core.client import Client, KeyNotFound, NotFound
from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli

from .acts import addresses_of, client_of, content, eventually, running

pytestmark = pytest.mark.usefixtures("cluster")


def numbers(cli: Cli, key: str, node: str) -> list[int]:
    return [json.loads(line)["version"] for line in cli.ok("history", key, "--json", node=node).splitlines()]


def test_a_removal_is_undone_and_an_older_version_restored_through_other_nodes(cli: Cli) -> None:
    old, new = content("old", 200_000), content("new", 3_000)
    first = json.loads(cli.ok("store", "-", "--key", "undo/k", "--json", given=old, node="n1"))["version"]
    cli.ok("store", "-", "--key", "undo/k", given=new, node="n2")
    cli.ok("rm", "undo/k", node="n3")
    assert cli.run("cat", "undo/k", node="n1").returncode == 3
    cli.ok("restore", "undo/k", node="n1")
    assert cli.ok("cat", "undo/k", node="n2") == new
    cli.ok("restore", "undo/k", "--version", str(first), node="n3")
    assert cli.ok("cat", "undo/k", node="n1") == old
    assert len(numbers(cli, "undo/k", "n2")) == 5


def test_a_removed_folder_comes_back_in_one_step_through_another_node(cli: Cli) -> None:
    for key in ("folder/a", "folder/b", "folders"):
        cli.ok("store", "-", "--key", key, given=key.encode(), node="n1")
    cli.ok("rm", "-r", "folder", node="n2")
    assert cli.ok("restore", "-r", "folder", node="n3") == b"restored 2 keys below folder/\n"
    assert cli.ok("cat", "folder/b", node="n1") == b"folder/b"


def test_what_was_purged_is_found_nowhere(cli: Cli) -> None:
    for text in (b"one", b"two"):
        cli.ok("store", "-", "--key", "purge/k", given=text, node="n1")
    cli.ok("rm", "purge/k", node="n1")
    assert cli.ok("rm", "--purge", "purge/k", node="n2") == b"purged purge/k\n"
    for verb in (("history", "purge/k"), ("restore", "purge/k"), ("cat", "purge/k")):
        assert cli.run(*verb, node="n3").returncode == 3


def test_keys_are_found_by_a_part_of_them_through_any_node(cli: Cli) -> None:
    for key in ("find/Needle.txt", "find/haystack"):
        cli.ok("store", "-", "--key", key, given=b"x", node="n1")
    for node in ("n1", "n2", "n3"):
        assert cli.ok("find", "needle", node=node) == b"find/Needle.txt\n"


async def histories(client: Client) -> tuple[int, int]:
    """How many versions are kept of both keys. Stores something first, since log time passes with entries."""
    await client.store("short/tick", b"x")
    counts = []
    for key in ("short/k", "short/gone"):
        try:
            counts.append(len([entry async for entry in client.history(key)]))
        except KeyNotFound:
            counts.append(0)
    return counts[0], counts[1]


async def test_old_versions_go_by_themselves_on_every_node_and_their_references_with_them(
    cli: Cli, cluster: LocalCluster
) -> None:
    async with await client_of(cluster, "n1") as client:
        for seed in range(5):
            await client.store("short/k", content(seed, 70_000))
        await client.store("short/gone", content("gone", 70_000))
        await client.remove(["short/gone"])
        await client.change_setting("history_versions", 2)
        await client.change_setting("history_ms", 0)
        assert await histories(client) in {(count, 2) for count in (2, 3, 4, 5)}
        await client.change_setting("removed_ms", 1_000)
    for name in running(cluster):
        async with await client_of(cluster, name) as client:
            await eventually(partial(histories, client), lambda found: found == (2, 0))
            assert await client.retrieve("short/k") == content(4, 70_000)
            assert len(await addresses_of(client, "short/k")) == 1
            with pytest.raises(NotFound):
                await client.restore("short/gone")
    refused = cli.run("settings", "history_versions", "0", node="n2")
    assert (refused.returncode, refused.stderr.count(b"\n")) == (2, 1)
