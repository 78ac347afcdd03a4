"""A call in a thread ends before its caller goes on, cancelled or not."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dfs_core.store.thread import finish_in_thread


async def test_results_and_errors_come_back() -> None:
    assert await finish_in_thread(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await finish_in_thread(divmod, 7, 0)


async def test_a_cancelled_caller_waits_for_the_thread_however_often_it_is_told() -> None:
    started, go_on = asyncio.Event(), threading.Event()
    ended: list[bool] = []
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(started.set)
        assert go_on.wait(30)
        ended.append(True)

    caller = asyncio.ensure_future(finish_in_thread(work))
    await started.wait()
    for _ in range(3):
        caller.cancel()
        await asyncio.sleep(0)
        assert not caller.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert ended == [True]


async def test_an_error_after_cancelling_is_not_reported_as_lost(caplog: pytest.LogCaptureFixture) -> None:
    started, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(started.set)
        assert go_on.wait(30)
        raise OSError("late")

    caller = asyncio.ensure_future(finish_in_thread(work))
    await started.wait()
    caller.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    del caller
    assert caplog.records == []
