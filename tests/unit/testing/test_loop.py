from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from random import Random
from typing import Any, TypeVar

import pytest

from dfs_core.testing.loop import OWNER, Deadlock, Livelock, RealWorldRefused, VirtualLoop

T = TypeVar("T")


def run(work: Callable[[VirtualLoop], Coroutine[Any, Any, T]], **settings: Any) -> T:
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(**settings)) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        return runner.run(work(loop))


def test_two_months_pass_in_no_time() -> None:
    async def work(loop: VirtualLoop) -> float:
        await asyncio.sleep(60 * 86400)
        return loop.time()

    assert run(work) == pytest.approx(60 * 86400)


def test_timers_run_in_the_order_of_their_times() -> None:
    async def work(loop: VirtualLoop) -> list[float]:
        heard: list[float] = []

        async def sleeper(seconds: float) -> None:
            await asyncio.sleep(seconds)
            heard.append(loop.time())

        await asyncio.gather(*(sleeper(seconds) for seconds in (3.0, 1.0, 2.0)))
        return heard

    assert run(work) == pytest.approx([1.0, 2.0, 3.0])


def test_a_timer_never_runs_before_its_time_not_even_by_a_rounding() -> None:
    async def work(loop: VirtualLoop) -> None:
        random = Random(4)
        reached: list[float] = []

        def reach(when: float) -> None:
            reached.append(loop.time() - when)

        for _ in range(500):
            due = loop.time() + random.random() * 10 ** random.randint(-9, 3)
            also = due + random.random() * 1e-10
            reached.clear()
            for when in (due, also):
                loop.call_at(when, reach, when)
            await asyncio.sleep(also - loop.time() + 1)
            assert len(reached) == 2 and min(reached) >= 0

    run(work)


def test_waiting_for_what_never_comes_is_told_at_once_and_by_name() -> None:
    async def work(loop: VirtualLoop) -> None:
        async def reader() -> None:
            await loop.create_future()

        await asyncio.create_task(reader(), name="the reader")

    with pytest.raises(Deadlock, match="the reader"):
        run(work)


def test_work_that_never_lets_time_go_on_is_told_with_its_name() -> None:
    async def work(loop: VirtualLoop) -> None:
        while True:
            await asyncio.sleep(0)

    with pytest.raises(Livelock, match="work"):
        run(work)


def test_a_blocking_call_runs_here_and_without_a_delay_at_once() -> None:
    async def work(loop: VirtualLoop) -> tuple[int, float]:
        return await asyncio.to_thread(threading.get_ident), loop.time()

    assert run(work) == (threading.get_ident(), 0.0)


def test_a_blocking_call_takes_the_time_it_is_told_to() -> None:
    async def work(loop: VirtualLoop) -> list[str]:
        done: list[str] = []
        call = asyncio.create_task(asyncio.to_thread(done.append, "written"))
        await asyncio.sleep(0.4)
        assert not done
        await call
        assert loop.time() == pytest.approx(0.5)
        return done

    assert run(work, disk_s=lambda: 0.5) == ["written"]


def test_what_a_blocking_call_raises_is_raised_to_its_caller() -> None:
    def fail() -> None:
        raise ValueError("no")

    async def work(loop: VirtualLoop) -> None:
        await asyncio.to_thread(fail)

    with pytest.raises(ValueError, match="no"):
        run(work)


def test_the_seed_decides_the_order_of_what_is_ready_together() -> None:
    async def work(loop: VirtualLoop) -> str:
        heard: list[str] = []

        async def say(word: str) -> None:
            heard.append(word)

        await asyncio.gather(*(say(word) for word in "abcdefgh"))
        return "".join(heard)

    assert run(work) == "abcdefgh"
    orders = [run(work, random=Random(seed)) for seed in range(5)]
    assert orders == [run(work, random=Random(seed)) for seed in range(5)]
    assert len(set(orders)) > 1


def test_sets_of_tasks_are_walked_alike_in_every_run() -> None:
    async def work(loop: VirtualLoop) -> list[str]:
        tasks = {asyncio.create_task(asyncio.sleep(1), name=str(number)) for number in range(50)}
        names = [task.get_name() for task in tasks]
        await asyncio.gather(*tasks)
        return names

    assert run(work) == run(work)


def test_equal_runs_have_equal_traces_and_others_have_not() -> None:
    def trace(seconds: float) -> str:
        async def work(loop: VirtualLoop) -> str:
            await asyncio.sleep(seconds)
            loop.note("slept")
            return loop.trace

        return run(work)

    assert trace(1.0) == trace(1.0) != trace(1.5)


def test_killing_an_owner_ends_its_tasks_and_theirs_and_nobody_elses() -> None:
    async def work(loop: VirtualLoop) -> list[str]:
        heard: list[str] = []

        async def child(name: str) -> None:
            await asyncio.sleep(1)
            heard.append(name)

        async def parent(name: str) -> None:
            await asyncio.gather(asyncio.create_task(child(f"child of {name}")), child(name))

        for name in ("first", "second"):
            context = Context()
            context.run(OWNER.set, name)
            loop.create_task(parent(name), context=context)
        await asyncio.sleep(0.5)
        await loop.kill("first")
        assert not loop.tasks_of("first") and len(loop.tasks_of("second")) == 3
        await asyncio.sleep(1)
        return sorted(heard)

    assert run(work) == ["child of second", "second"]


def test_what_a_killed_owner_gave_to_a_thread_and_had_not_happened_never_happens() -> None:
    async def work(loop: VirtualLoop) -> list[str]:
        written: list[str] = []

        async def writer() -> None:
            await asyncio.to_thread(written.append, "first")
            try:
                await asyncio.to_thread(written.append, "second")
            finally:
                await asyncio.to_thread(written.append, "last words")

        context = Context()
        context.run(OWNER.set, "a node")
        loop.create_task(writer(), context=context)
        await asyncio.sleep(1.5)
        await loop.kill("a node")
        await asyncio.sleep(5)
        return written

    assert run(work, disk_s=lambda: 1.0) == ["first"]


def test_sockets_processes_and_threads_are_refused() -> None:
    async def work(loop: VirtualLoop) -> None:
        with pytest.raises(RealWorldRefused):
            await asyncio.open_connection("127.0.0.1", 1)
        with pytest.raises(RealWorldRefused):
            await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        with pytest.raises(RealWorldRefused):
            await asyncio.create_subprocess_exec(sys.executable, stdout=subprocess.PIPE)
        with ThreadPoolExecutor(1) as executor, pytest.raises(RealWorldRefused):
            await loop.run_in_executor(executor, print)
        with ThreadPoolExecutor(1) as executor, pytest.raises(RealWorldRefused):
            executor.submit(loop.call_soon_threadsafe, print).result()

    run(work)
