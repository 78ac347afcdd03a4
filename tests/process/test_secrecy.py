"""What is stored is found in clear nowhere: not in any node's folder, not on the wire between nodes."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dfs_core.client import Client
from dfs_core.testing.command import Cli

CANARY = b"the quick brown canary sings where nobody should hear it; "
KEY = "a-very-telling-name/of-a-canary.txt"


@dataclass
class Tap:
    """A TCP proxy in front of one node that keeps all it carries."""

    target: int = 0
    heard: bytearray = field(default_factory=bytearray)
    port: int = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            try:
                while data := await source.read(65536):
                    self.heard += data
                    sink.write(data)
                    await sink.drain()
            except ConnectionError:
                return
            finally:
                sink.close()

        await asyncio.gather(pump(reader, back), pump(there, writer))


@dataclass
class Tapped:
    """Two nodes that reach each other only through taps."""

    folders: list[Path]
    controls: list[str]
    taps: list[Tap]


@pytest.fixture
async def tapped(tmp_path: Path) -> AsyncIterator[Tapped]:
    cli = Cli(tmp_path / "home")
    async with AsyncExitStack() as stack:
        taps = [Tap(), Tap()]
        for tap in taps:
            server = await asyncio.start_server(tap.carry, "127.0.0.1", 0)
            stack.callback(server.close)
            tap.port = server.sockets[0].getsockname()[1]
        folders = [tmp_path / "one", tmp_path / "two"]
        controls: list[str] = []

        async def start(place: int) -> None:
            arguments = ("--listen", "127.0.0.1:0", "--advertise", f"127.0.0.1:{taps[place].port}")
            process = await asyncio.to_thread(cli.start, "node", "--data-dir", folders[place], *arguments)
            stack.callback(_end, process)
            assert process.stdout is not None
            ready = json.loads(await asyncio.to_thread(process.stdout.readline))
            taps[place].target = int(ready["listen"].rpartition(":")[2])
            controls.append(ready["control"])

        await asyncio.to_thread(cli.ok, "init", "--data-dir", folders[0])
        await start(0)
        line = (await asyncio.to_thread(cli.ok, "invite", "--control", controls[0])).decode().strip()
        await asyncio.to_thread(cli.ok, "join", line, "--data-dir", folders[1])
        await start(1)
        yield Tapped(folders, controls, taps)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.communicate(timeout=60)


async def test_a_canary_is_found_in_no_folder_and_on_no_wire(tapped: Tapped) -> None:
    one = await Client.connect(tapped.controls[0])
    two = await Client.connect(tapped.controls[1])
    async with asyncio.timeout(60):
        while len((await one.status()).voters) < 2:
            await asyncio.sleep(0.05)
    large = CANARY * 60_000
    await one.store(KEY, large)
    await one.store(f"{KEY}.small", CANARY)
    assert await two.retrieve(KEY) == large
    assert await two.retrieve(f"{KEY}.small") == CANARY
    detail = await one.stat(KEY)
    assert sorted(detail.holders.values()) == [detail.entry.chunks] * 2
    heard = bytes(tapped.taps[0].heard + tapped.taps[1].heard)
    assert len(heard) > len(large), "the nodes talked past the taps"
    for text in (CANARY, KEY.encode()):
        assert text not in heard
    for folder in tapped.folders:
        for path in folder.rglob("*"):
            if path.is_file():
                assert CANARY not in path.read_bytes(), path
    await one.close()
    await two.close()
