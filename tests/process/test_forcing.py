"""Two of three nodes are lost for ever; the third is forced to go on. With real processes and the command line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dfs_core.limits import MIB
from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli

from .acts import client_of, content, copies_are, eventually

pytestmark = pytest.mark.xdist_group("forcing")


async def test_the_third_of_three_goes_on_and_the_others_come_back_and_are_refused_with_the_reason(
    make_cluster: Callable[..., LocalCluster], tmp_path: Path
) -> None:
    cluster = await asyncio.to_thread(make_cluster)
    cli = Cli(tmp_path)
    contents = {f"key {number}": content(number, MIB + number) for number in range(3)}
    async with await client_of(cluster, "n3") as client:
        for key, data in contents.items():
            await client.store(key, data)
            await copies_are(cluster, key, 3)
        status = await client.status()
    folder, lost = Path(status.data_dir), [peer.node for peer in status.peers if peer.node != status.node]
    for name in ("n1", "n2", "n3"):
        await cluster.kill(name)

    command = ["recovery", "force-quorum", "--data-dir", str(folder), "--yes"]
    refused = cli.run(*command, "--destroyed", lost[0][:12])
    assert refused.returncode != 0
    assert f"--destroyed {lost[1][:12]}".encode() in refused.stderr
    forced = cli.run(*command, *(word for node in lost for word in ("--destroyed", node[:12])), "--json")
    assert json.loads(forced.stdout) == {"generation": 1, "ended_earlier": False}

    await cluster.start("n3")
    async with await client_of(cluster, "n3") as client:
        for key, data in contents.items():
            assert await client.retrieve(key) == data
        await client.store("later", b"one copy is all there can be")
        assert any("recovery lift" in alarm for alarm in (await client.status()).alarms)

        await cluster.start("n1")
        await cluster.start("n2")
        async with await client_of(cluster, "n1") as old:

            async def is_told() -> bool:
                alarms = " ".join((await old.status()).alarms)
                return "a forced recovery went on without it" in alarms and "'dfs-core join'" in alarms

            await eventually(is_told)  # why it is refused, and what to do
        await client.lift_hold()
        assert not any("recovery lift" in alarm for alarm in (await client.status()).alarms)
