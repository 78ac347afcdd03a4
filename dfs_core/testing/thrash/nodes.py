"""Five node processes behind doors, and what can happen to them: killed, paused, cut off, filled, clocks set wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from dfs_core.client import Client, DfsError
from dfs_core.limits import GIB, MIB
from dfs_core.local.ports import choose_port
from dfs_core.testing.base_ports import draw_base_port
from dfs_core.testing.command import Cli
from dfs_core.testing.thrash.proxy import Doors

NODES = 5
DISK_BYTES = GIB
SMALL_DISK_BYTES = 160 * MIB  # of the last node: it fills up by itself, and faults fill what is left
WRONG_CLOCK_S = 86_400.0
READY_WITHIN_S = 60.0


@dataclass
class ThrashNode:
    """One node: its folder and ports stay, `process` is there while it runs."""

    name: str
    folder: Path
    port: int
    door: int = 0
    process: subprocess.Popen[bytes] | None = None
    paused: bool = False
    control: str = ""
    ballast: Path | None = None

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "node.log"


class ThrashCluster:
    """Make it, `found` it, thrash it, `close` it: then no process, mount or port is left."""

    def __init__(self, root: Path, chances: Random, *, out_after_s: float, asleep_s: float) -> None:
        """`root` exists and is empty. `asleep_s`: for how long a store may sleep before its commit."""
        self._random, self._out_after_s, self._asleep_s = chances, out_after_s, asleep_s
        self.skewed = 0  # nodes that were started with a wrong clock
        self._cli = Cli(root)
        self._mounted: list[Path] = []
        base = draw_base_port()  # not of the seed: a node's port must stay free while it is down
        self.nodes: list[ThrashNode] = []
        for number in range(1, NODES + 1):
            port = choose_port(base, {node.port for node in self.nodes})
            self.nodes.append(ThrashNode(f"n{number}", root / f"n{number}", port))
        self.doors = Doors(lambda: {node.name: node.process.pid for node in self.nodes if node.process})

    async def found(self) -> None:
        """All nodes are members, run, and reach each other through the doors only."""
        first, *others = self.nodes
        for node in self.nodes:
            node.folder.mkdir()
            node.door = await self.doors.open(node.name, node.port)
        small = self.nodes[-1]
        self._small_disk(small)
        room = {node.name: str(SMALL_DISK_BYTES if node is small else DISK_BYTES) for node in self.nodes}
        out_after = f"{self._out_after_s:g}s"
        place = ("--listen", f"127.0.0.1:{first.port}", "--capacity", room[first.name])
        await self._run(first, "init", *place, "--out-after", out_after)
        await self.start(first)
        await asyncio.gather(*(self._join(node, first, room[node.name]) for node in others))
        await self.until_all_linked()
        # They know each other's own ports from before the doors were announced: that is forgotten.
        await asyncio.gather(*(self.stop(node) for node in self.nodes))
        await asyncio.gather(*(self.start(node) for node in self.nodes))
        await self.until_all_linked()

    async def _join(self, node: ThrashNode, inviter: ThrashNode, room: str) -> None:
        line = (await self._run(inviter, "invite")).decode().split()[-1]
        await self._run(node, "join", line, "--listen", f"127.0.0.1:{node.port}", "--capacity", room)
        await self.start(node)

    def _small_disk(self, node: ThrashNode) -> None:
        """Give the node a disk of its own that can be filled, where this user may mount one."""
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={2 * SMALL_DISK_BYTES}", "tmpfs", str(node.folder)],
            capture_output=True,
            check=False,
        )
        if made.returncode == 0:
            self._mounted.append(node.folder)

    async def _run(self, node: ThrashNode, *arguments: str) -> bytes:
        command = [arguments[0], "--data-dir", str(node.data_dir), *arguments[1:]]
        return await asyncio.to_thread(self._cli.ok, *command)

    # -- life and death

    async def start(self, node: ThrashNode) -> None:
        """Start it with its clock set somewhere, and wait until it is ready. AssertionError: it does not get ready."""
        wrong_by_s = self._random.choice((0.0, self._random.uniform(-WRONG_CLOCK_S, WRONG_CLOCK_S)))
        self.skewed += bool(wrong_by_s)
        ready = node.folder / "ready.json"
        command = [sys.executable, "-m", "dfs_core.testing.thrash.skewed", str(wrong_by_s), str(self._asleep_s), "node"]
        command += ["--data-dir", str(node.data_dir), "--advertise", f"127.0.0.1:{node.door}"]
        for other in self.nodes:
            if other is not node and other.door:
                command += ["--bootstrap", f"127.0.0.1:{other.door}"]
        with ready.open("wb") as stdout, node.log.open("ab") as stderr:
            node.process = await asyncio.to_thread(
                subprocess.Popen,
                command,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=self._cli.environment,
                start_new_session=True,
            )
        node.paused = False
        process = node.process
        async with asyncio.timeout(READY_WITHIN_S):
            while not (text := ready.read_bytes()).endswith(b"\n"):
                assert process.poll() is None, f"{node.name} ended by itself: {self.last_words(node)}"
                await asyncio.sleep(0.05)
        node.control = json.loads(text)["control"]

    async def kill(self, node: ThrashNode) -> None:
        """SIGKILL; its process is gone on return."""
        await self._end(node, signal.SIGKILL)

    async def stop(self, node: ThrashNode) -> None:
        """SIGTERM; its process is gone on return."""
        await self._end(node, signal.SIGTERM)

    async def _end(self, node: ThrashNode, number: signal.Signals) -> None:
        process, node.process = node.process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.send_signal(number)
        try:
            await asyncio.to_thread(process.wait, READY_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)
            raise AssertionError(f"{node.name} does not stop: {self.last_words(node)}") from None

    def pause(self, node: ThrashNode) -> None:
        """SIGSTOP: it keeps its sockets and says nothing."""
        if node.process is not None:
            node.process.send_signal(signal.SIGSTOP)
            node.paused = True

    def go_on(self, node: ThrashNode) -> None:
        """SIGCONT."""
        if node.process is not None:
            node.process.send_signal(signal.SIGCONT)
            node.paused = False

    def fill(self, node: ThrashNode) -> bool:
        """Leave nothing of the node's disk. False: it has none of its own."""
        if node.folder not in self._mounted or node.ballast is not None:
            return False
        node.ballast = node.folder / "ballast"
        with contextlib.suppress(OSError), node.ballast.open("wb", buffering=0) as file:
            while file.write(bytes(MIB)):
                pass
        return True

    def empty(self, node: ThrashNode) -> None:
        """Its disk has room again."""
        if node.ballast is not None:
            node.ballast.unlink()
            node.ballast = None

    # -- looking

    def check_alive(self) -> None:
        """AssertionError when a node ended by itself."""
        for node in self.nodes:
            code = node.process.poll() if node.process else None
            assert code is None, f"{node.name} ended by itself with {code}: {self.last_words(node)}"

    def last_words(self, node: ThrashNode) -> str:
        """The end of its log."""
        return node.log.read_text(errors="replace")[-2000:]

    async def until_all_linked(self) -> None:
        """Every node runs, reaches all others, and knows a leader."""
        running = [node for node in self.nodes if node.process is not None]
        async with asyncio.timeout(READY_WITHIN_S):
            while not all([await self._linked(node, len(running)) for node in running]):
                self.check_alive()
                await asyncio.sleep(0.2)

    async def _linked(self, node: ThrashNode, wanted: int) -> bool:
        try:
            async with await Client.connect(node.control) as client:
                status = await client.status()
        except DfsError:
            return False
        return bool(status.leader) and sum(peer.liveness in ("self", "up") for peer in status.peers) >= wanted

    def chunk_files(self, node: ThrashNode) -> set[str]:
        """The chunks that the node has on its disk."""
        return {path.name for path in (node.data_dir / "chunks").glob("???/*") if len(path.name) == 64}

    def deleted_elsewhere(self, node: ThrashNode) -> set[str]:
        """What is on this node's disk and on that of no other one that runs: it was away when they deleted it."""
        running = [other for other in self.nodes if other is not node and other.process and not other.paused]
        others = (self.chunk_files(other) for other in running)
        return self.chunk_files(node).difference(*others)

    def log_lines(self) -> Iterator[str]:
        """What all nodes have written so far."""
        for node in self.nodes:
            if node.log.exists():
                yield from node.log.read_text(errors="replace").splitlines()

    @property
    def may_fill(self) -> bool:
        """The last node has a disk of its own."""
        return bool(self._mounted)

    async def close(self) -> None:
        """Kill, unmount and close everything."""
        for node in self.nodes:
            await self.kill(node)
        await self.doors.close()
        for folder in self._mounted:
            await asyncio.to_thread(subprocess.run, ["umount", str(folder)], capture_output=True, check=True)
        self._mounted.clear()


def may_read_proc() -> bool:
    """Whether the doors can find out who knocks."""
    return Path("/proc/net/tcp").exists()
