"""Processes are told apart by more than their id."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess

import pytest

from dfs_core.local import process


def test_a_running_process_keeps_its_mark(child: subprocess.Popen[bytes]) -> None:
    mark = process.mark_of(child.pid)
    assert mark is not None
    assert process.mark_of(child.pid) == mark
    assert process.is_running(child.pid, mark)
    assert mark != process.mark_of(os.getpid())


def test_a_process_that_ended_is_gone_even_before_it_is_reaped(child: subprocess.Popen[bytes]) -> None:
    mark = process.mark_of(child.pid)
    assert mark is not None
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process.mark_of(child.pid) is None
    assert not process.is_running(child.pid, mark)
    assert process.send_signal(child.pid, mark, signal.SIGTERM) is False
    child.wait()
    assert process.mark_of(child.pid) is None


def test_a_recycled_id_is_never_signalled(child: subprocess.Popen[bytes]) -> None:
    assert process.send_signal(child.pid, "the mark of another process", signal.SIGKILL) is False
    assert child.poll() is None
    assert process.send_signal(0, "", signal.SIGKILL) is False


@pytest.mark.parametrize("descriptors", [True, False])
def test_the_process_with_the_mark_is_signalled(
    child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, descriptors: bool
) -> None:
    if not descriptors:  # as on a platform without them
        monkeypatch.delattr(os, "pidfd_open")
    mark = process.mark_of(child.pid) or ""
    assert process.send_signal(child.pid, mark, signal.SIGTERM) is True
    assert child.wait(10) == -signal.SIGTERM


def test_where_there_is_no_proc_ps_tells(child: subprocess.Popen[bytes]) -> None:
    mark = process._mark_by_ps(child.pid)
    assert mark
    assert process._mark_by_ps(child.pid) == mark
    child.kill()
    child.wait()
    assert process._mark_by_ps(child.pid) is None


async def test_waiting_ends_with_the_first_answer() -> None:
    answers = iter([None, 0, "", "yes"])
    async with asyncio.timeout(5):
        assert await process.wait_until(lambda: next(answers)) == "yes"
