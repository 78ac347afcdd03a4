"""A process stands still for a while, and never for longer."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dfs_core.local import freezing, process
from dfs_core.local.freezing import freeze

LONG_S = 600.0
PATIENCE_S = 60.0


def frozen(child: subprocess.Popen[bytes]) -> bool:
    fields = Path(f"/proc/{child.pid}/stat").read_text()
    return fields[fields.rindex(")") + 2] == "T"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


def mark(child: subprocess.Popen[bytes]) -> str:
    return process.mark_of(child.pid) or ""


@asynccontextmanager
async def guarded(child: subprocess.Popen[bytes]) -> AsyncIterator[subprocess.Popen[bytes]]:
    """The guard alone, as it is when its starter does nothing more; the child stands still."""
    command = [sys.executable, "-m", freezing.__name__, str(child.pid), mark(child), str(LONG_S)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as guard:  # noqa: ASYNC220 - nothing else goes on
        await until(lambda: frozen(child))
        yield guard
        guard.kill()


async def test_it_goes_on_when_the_time_is_over(child: subprocess.Popen[bytes]) -> None:
    assert await freeze(child.pid, mark(child), 0.05)
    assert not frozen(child)


async def test_where_somebody_works_does_not_matter(
    child: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "select.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    assert await freeze(child.pid, mark(child), 0.05)


async def test_it_goes_on_when_whoever_wanted_it_wants_it_no_more(child: subprocess.Popen[bytes]) -> None:
    task = asyncio.create_task(freeze(child.pid, mark(child), LONG_S))
    await until(lambda: frozen(child))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not frozen(child)


async def test_it_goes_on_when_whoever_wanted_it_is_gone(child: subprocess.Popen[bytes]) -> None:
    async with guarded(child) as guard:
        assert guard.stdin is not None
        guard.stdin.close()  # as the kernel does it for a process that was killed
        await until(lambda: not frozen(child))
        await until(lambda: guard.poll() == 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
async def test_it_goes_on_when_the_guard_is_told_to_end(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    async with guarded(child) as guard:
        guard.send_signal(number)
        await until(lambda: not frozen(child))


async def test_what_has_ended_is_not_frozen(child: subprocess.Popen[bytes]) -> None:
    known = mark(child)
    child.kill()
    child.wait()
    assert not await freeze(child.pid, known, LONG_S)


async def test_another_process_with_that_id_is_left_alone(child: subprocess.Popen[bytes]) -> None:
    assert not await freeze(child.pid, "the mark of another process", LONG_S)
    assert not frozen(child)


async def test_it_goes_on_when_the_guard_is_ended_by_force(child: subprocess.Popen[bytes]) -> None:
    task = asyncio.create_task(freeze(child.pid, mark(child), LONG_S))
    await until(lambda: frozen(child))
    os.kill(guard_of(child), signal.SIGKILL)
    await task
    assert not frozen(child)


async def test_it_goes_on_when_whoever_wanted_it_has_no_time_to_wait_for_a_guard_that_is_stuck(
    child: subprocess.Popen[bytes],
) -> None:
    """Cancelled twice, as by a second Ctrl-C."""
    task = asyncio.create_task(freeze(child.pid, mark(child), LONG_S))
    await until(lambda: frozen(child))
    guard = guard_of(child)
    os.kill(guard, signal.SIGSTOP)
    try:
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not frozen(child)
    finally:
        os.kill(guard, signal.SIGKILL)


def guard_of(child: subprocess.Popen[bytes]) -> int:
    wanted = f"{freezing.__name__}\0{child.pid}\0".encode()
    (guard,) = [path.parent.name for path in Path("/proc").glob("[0-9]*/cmdline") if wanted in read(path)]
    return int(guard)


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""
