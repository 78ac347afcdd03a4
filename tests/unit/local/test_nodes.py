"""Starting, watching and ending a node process, with a stand-in for the node."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from dfs_core.errors import NodeFailed
from dfs_core.local import launch, nodes, ports, process, state
from dfs_core.local.nodes import NodeProcesses
from dfs_core.local.state import ClusterRecord, NodeRecord

READY = (
    "import json, os, signal, sys, time\n"
    "{before}\n"
    "print(json.dumps({{'event': 'ready', 'node_id': 'ab', 'listen': 'x', 'control': '/c', 'pid': os.getpid()}}), "
    "flush=True)\n"
    "print(sys.argv[1:], file=sys.stderr, flush=True)\n"
    "signal.pause()\n"
)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`stand_in(program)` runs that instead of `dfs-core`."""

    def use(program: str) -> None:
        monkeypatch.setattr(launch, "command", lambda *arguments: [sys.executable, "-c", program, *arguments])

    return use


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[NodeProcesses]:
    state.save(tmp_path, ClusterRecord(made=2, nodes=(NodeRecord("n1", 21_001), NodeRecord("n2", 21_002))))
    (tmp_path / "n1").mkdir()
    (tmp_path / "n2").mkdir()
    yield NodeProcesses(tmp_path, {})
    for node in state.load(tmp_path).nodes:
        process.send_signal(node.pid, node.mark, signal.SIGKILL)


class Told:
    """Hears progress."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []

    def __call__(self, name: str, step: str) -> None:
        self.steps.append((name, step))


def record(root: Path, name: str = "n1") -> NodeRecord:
    found = state.load(root).find(name)
    assert found is not None
    return found


async def test_a_node_is_started_watched_stopped_and_reaped(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path
) -> None:
    stand_in(READY.format(before=""))
    told = Told()
    assert processes.look(record(tmp_path)).state == "stopped"
    await processes.start(record(tmp_path), told)
    here = processes.look(record(tmp_path))
    assert (here.state, here.node_id, here.control) == ("running", "ab", "/c")
    assert here.pid is not None
    assert os.getsid(here.pid) == here.pid, "Ctrl-C in our terminal does not reach it"
    await processes.stop(record(tmp_path), told)
    assert (processes.look(record(tmp_path)).state, processes.look(record(tmp_path)).pid) == ("stopped", None)
    with pytest.raises(ChildProcessError):
        os.waitpid(here.pid, os.WNOHANG)  # noqa: ASYNC222 - it does not wait: nothing is left of the process
    assert told.steps == [("n1", "starting"), ("n1", "ready"), ("n1", "stopping")]


async def test_starting_what_runs_does_nothing(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path
) -> None:
    stand_in(READY.format(before=""))
    await processes.start(record(tmp_path), Told())
    before, told = record(tmp_path), Told()
    await processes.start(before, told)
    assert (record(tmp_path), told.steps) == (before, [])


async def test_later_nodes_dial_those_made_before_them(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path
) -> None:
    stand_in(READY.format(before=""))
    for name in ("n1", "n2"):
        await processes.start(record(tmp_path, name), Told())
    async with asyncio.timeout(10):
        lines = await process.wait_until(lambda: launch.log_tail(tmp_path / "n2", 1))
    assert "'--bootstrap', '127.0.0.1:21001'" in lines[0]
    assert "'--listen', '127.0.0.1:21002'" in lines[0]


async def test_nodes_started_together_whose_ports_were_all_taken_know_each_others_new_ones(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(READY.format(before=""))
    names = ("n1", "n2")
    for name in names:
        await processes.start(record(tmp_path, name), Told())
        await processes.kill(record(tmp_path, name))
    old = [record(tmp_path, name).port for name in names]
    monkeypatch.setattr(nodes, "choose_port", lambda wished, taken: wished + 100)
    await asyncio.gather(*(processes.start(record(tmp_path, name), Told()) for name in names))
    new = [record(tmp_path, name).port for name in names]
    assert new == [port + 100 for port in old]
    async with asyncio.timeout(10):
        (said,) = await process.wait_until(lambda: launch.log_tail(tmp_path / "n2", 1))
    assert f"'--bootstrap', '127.0.0.1:{new[0]}'" in said, "n2 chose last"


async def test_a_node_that_comes_back_dials_later_nodes_too(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path
) -> None:
    stand_in(READY.format(before=""))
    for name in ("n1", "n2"):
        await processes.start(record(tmp_path, name), Told())
    await processes.stop(record(tmp_path, "n1"), Told())
    await processes.start(record(tmp_path, "n1"), Told())
    async with asyncio.timeout(10):
        (said,) = await process.wait_until(lambda: launch.log_tail(tmp_path / "n1", 1))
    assert "'--bootstrap', '127.0.0.1:21002'" in said


async def test_a_killed_node_has_crashed_until_it_is_started_again(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path
) -> None:
    stand_in(READY.format(before=""))
    await processes.start(record(tmp_path), Told())
    await processes.kill(record(tmp_path))
    assert processes.look(record(tmp_path)).state == "crashed"
    await processes.start(record(tmp_path), Told())
    assert processes.look(record(tmp_path)).state == "running"


async def test_a_node_that_dies_at_its_start_says_why(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path
) -> None:
    stand_in("import sys; sys.exit('dfs-core: the disk is on fire')")
    with pytest.raises(NodeFailed, match=r"^n1: ended while it was started: the disk is on fire$"):
        await processes.start(record(tmp_path), Told())
    assert processes.look(record(tmp_path)).state == "crashed"


async def test_a_node_whose_disk_is_away_is_named_with_its_folder(processes: NodeProcesses, tmp_path: Path) -> None:
    away = msgspec.structs.replace(record(tmp_path), folder=str(tmp_path / "away" / "n1"))
    with pytest.raises(NodeFailed, match=r"^n1: .*away/n1 cannot be used: .*; is its disk there\?$"):
        await processes.start(away, Told())


async def test_a_node_that_never_gets_ready_is_named_with_its_log(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in("import signal; signal.pause()")
    monkeypatch.setattr(nodes, "NODE_START_TIMEOUT_S", 0.2)
    with pytest.raises(NodeFailed, match=r"node\.log"):
        await processes.start(record(tmp_path), Told())
    assert processes.look(record(tmp_path)).state == "starting"


async def test_a_node_that_ignores_sigterm_is_killed(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(READY.format(before="signal.signal(signal.SIGTERM, signal.SIG_IGN)"))
    monkeypatch.setattr(nodes, "NODE_STOP_TIMEOUT_S", 0.1)
    await processes.start(record(tmp_path), Told())
    told, running = Told(), record(tmp_path)
    await processes.stop(running, told)
    assert [step for _, step in told.steps] == ["stopping", "does not stop, killing it"]
    assert not process.is_running(running.pid, running.mark)
    assert processes.look(record(tmp_path)).state == "stopped"


async def test_another_process_sees_and_stops_what_we_started(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path
) -> None:
    stand_in(READY.format(before=""))
    await processes.start(record(tmp_path), Told())
    other = NodeProcesses(tmp_path, {})
    assert other.look(record(tmp_path)).state == "running"
    await other.stop(record(tmp_path), Told())
    assert processes.look(record(tmp_path)).state == "stopped"


async def test_a_recorded_id_that_now_belongs_to_another_process_is_left_alone(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path
) -> None:
    stand_in(READY.format(before=""))
    await processes.start(record(tmp_path), Told())
    running = record(tmp_path)
    recycled = NodeRecord("n2", 21_002, "ab", "/c", running.pid, "the mark it had before", True)
    assert processes.look(recycled).state == "crashed"
    await processes.stop(recycled, Told())
    await processes.kill(recycled)
    assert processes.look(running).state == "running"


async def test_a_taken_port_is_said_and_the_next_one_written_down(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(READY.format(before=""))
    monkeypatch.setattr("dfs_core.local.ports.is_free", lambda port: port != 21_001)
    told = Told()
    await processes.start(record(tmp_path), told)
    assert told.steps[0] == ("n1", "port 21001 is taken, using 21003"), "21002 is n2's"
    assert processes.look(record(tmp_path)).listen == "127.0.0.1:21003"


async def test_a_port_that_was_taken_after_we_looked_is_passed_over_too(
    processes: NodeProcesses, stand_in: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        taken = other.getsockname()[1]
        state.save(tmp_path, ClusterRecord(made=2, nodes=(NodeRecord("n1", taken), NodeRecord("n2", 21_002))))
        stand_in(READY.format(before=f"if '127.0.0.1:{taken}' in sys.argv: sys.exit('Address already in use')"))
        looks = iter([True])
        real = ports.is_free
        monkeypatch.setattr(ports, "is_free", lambda port: next(looks, None) or real(port))
        told = Told()
        await processes.start(record(tmp_path), told)
    assert processes.look(record(tmp_path)).state == "running"
    assert processes.look(record(tmp_path)).listen != f"127.0.0.1:{taken}"
    assert told.steps[1][1].startswith(f"port {taken} is taken, using ")
