"""An event loop in which time is a number: it jumps to the next timer when nothing is ready.

A run is decided by what is handed in and by nothing of this machine: no sockets, no threads, no clock. What other
loops hand to a thread runs here in the loop, after a time that `disk_s` draws; so a thread's work still has a moment
at which it has not happened yet, and a crash can come before it. Tasks and futures hash by the order in which they were
made, hence sets of them are walked alike in every run.

Tasks belong to an *owner*, which they hand down to the tasks that they make: `kill` ends one owner's tasks as the end
of a process does, without any of their work reaching the disk.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from array import array
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, ContextVar
from heapq import heapify, heappop, heappush
from random import Random
from typing import Any, NoReturn, TypeVar

from blake3 import blake3

T = TypeVar("T")

OWNER: ContextVar[object] = ContextVar("owner", default=None)
_KILL_ROUNDS_MAX = 1000
TURNS_MAX = 50_000  # of the loop at one moment; the busiest moments of whole clusters take some hundreds


class Deadlock(RuntimeError):
    """Nothing is ready and no timer runs: what is waited for never comes."""


class Livelock(RuntimeError):
    """Something is always ready: time never goes on."""


class RealWorldRefused(RuntimeError):
    """Something asked the loop for a socket, a process, a signal or a thread, which no seed decides."""


class SimTask(asyncio.Task[Any]):
    """A task with a number and an owner."""

    number: int
    owner: object

    def __new__(cls, *_: Any, loop: VirtualLoop, **__: Any) -> SimTask:
        task = super().__new__(cls)
        task.number, task.owner = loop.next_number(), OWNER.get()
        return task

    def __hash__(self) -> int:
        return self.number


class SimFuture(asyncio.Future[Any]):
    """A future with a number."""

    number: int

    def __new__(cls, *, loop: VirtualLoop) -> SimFuture:
        future = super().__new__(cls)
        future.number = loop.next_number()
        return future

    def __hash__(self) -> int:
        return self.number


class _Call(asyncio.Handle):
    """A handle as asyncio makes it, without what it does for debugging: there are a hundred thousand in a run."""

    __slots__ = ()
    _context: Context
    _loop: Any
    _callback: Any
    _args: Any
    _cancelled: bool
    _repr: Any
    _source_traceback: Any

    def __init__(self, callback: Callable[..., Any], args: Any, loop: VirtualLoop, context: Context | None) -> None:
        self._context = contextvars.copy_context() if context is None else context
        self._loop, self._callback, self._args, self._cancelled = loop, callback, args, False
        self._repr = self._source_traceback = None


class _Timer(asyncio.TimerHandle):
    """The same with a time."""

    __slots__ = ()
    _context: Context
    _loop: Any
    _callback: Any
    _args: Any
    _cancelled: bool
    _repr: Any
    _source_traceback: Any
    _when: float
    _scheduled: bool

    def __init__(
        self, when: float, callback: Callable[..., Any], args: Any, loop: VirtualLoop, context: Context | None
    ) -> None:
        self._context = contextvars.copy_context() if context is None else context
        self._loop, self._callback, self._args, self._cancelled = loop, callback, args, False
        self._repr = self._source_traceback = None
        self._when, self._scheduled = when, True


class VirtualLoop(asyncio.BaseEventLoop):
    """Use it with `asyncio.Runner(loop_factory=...)`."""

    _ready: deque[Any]
    _closed: bool
    _stopping: bool
    get_debug = bool  # never; asked with every future, and a function of our own would cost more than the answer

    def __init__(self, random: Random | None = None, *, disk_s: Callable[[], float] | None = None) -> None:
        """`disk_s` draws how long the next blocking call takes; None: it is done when it is asked for.

        With `random`, callbacks that are ready at the same moment run in an order drawn from it, instead of the one in
        which they were made ready.
        """
        super().__init__()
        self._now = 0.0
        self._numbers = self._turns = self._cancelled_timers = 0
        self._random, self._disk_s = random, disk_s
        self._timers: list[tuple[float, int, _Timer]] = []  # a heap; those of one moment in the order of their making
        self._thread = threading.get_ident()
        self._tasks: dict[SimTask, None] = {}
        self._jobs: dict[SimFuture, tuple[object, asyncio.TimerHandle]] = {}
        self._dead: set[object] = set()
        self._trace = blake3()
        self._untraced = array("d")

    # -- time and order

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now

    def _run_once(self) -> None:
        """One turn. Time stands still while anything is ready; then it is that of the next timer, exactly."""
        ready, timers = self._ready, self._timers
        if ready or self._stopping:
            self._turns += 1
            if self._turns > TURNS_MAX:
                self._report_livelock()
        else:
            self._jump()
        if self._random is not None and len(ready) > 1:
            draw = self._random.random
            if len(ready) == 2:  # as mostly
                if draw() > draw():
                    ready.rotate()
            else:
                shuffled = sorted(ready, key=lambda _: draw())
                ready.clear()
                ready.extend(shuffled)
        now = self._now
        while timers and timers[0][0] <= now:
            ready.append(heappop(timers)[2])
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()

    def _jump(self) -> None:
        timers = self._timers
        if self._cancelled_timers > 64 and 2 * self._cancelled_timers > len(timers):
            timers[:] = [timer for timer in timers if not timer[2]._cancelled]
            heapify(timers)
            self._cancelled_timers = 0
        while timers and timers[0][2]._cancelled:
            heappop(timers)
        if not timers:
            self._report_deadlock()
        if timers[0][0] > self._now:
            self._now, self._turns = timers[0][0], 0
        else:
            self._turns += 1

    def next_number(self) -> int:
        """1, 2, 3, …"""
        self._numbers += 1
        return self._numbers

    def note(self, text: str) -> None:
        """Put `text`, and when it was said, into the trace."""
        self._flush()
        self._trace.update(f"{self._now!r} {self._numbers} {text}\n".encode())

    def _flush(self) -> None:
        self._trace.update(self._untraced.tobytes())
        del self._untraced[:]

    @property
    def trace(self) -> str:
        """A digest of every timer, every blocking call and every note so far: equal for equal runs."""
        self._flush()
        return str(self._trace.hexdigest())

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        if self._closed:
            raise RuntimeError("the loop is closed")
        self._numbers += 1
        self._untraced.extend((when, self._numbers))
        timer = _Timer(when, callback, args, self, context)
        heappush(self._timers, (when, self._numbers, timer))
        return timer

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        if self._closed:
            raise RuntimeError("the loop is closed")
        handle = _Call(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        self._cancelled_timers += 1

    def _report_livelock(self) -> NoReturn:
        self._turns = 0  # so that what is still there can be taken apart
        works = [getattr(handle._callback, "__self__", handle) for handle in self._ready]
        busy = sorted({repr(work) for work in works})
        raise Livelock(f"at {self._now:.3f} s time stands still, and these go on: {', '.join(busy[:20])}")

    def _report_deadlock(self) -> NoReturn:
        waiting = [f"{task.get_name()} of {task.owner}" for task in self._tasks if not task.done()]
        raise Deadlock(f"at {self._now:.3f} s nothing is scheduled, and these wait: {', '.join(waiting[:20])}")

    # -- tasks and futures

    def create_future(self) -> SimFuture:
        return SimFuture(loop=self)

    def create_task(  # type: ignore[override]
        self,
        coro: Coroutine[Any, Any, T] | Generator[Any, None, T],
        *,
        name: str | None = None,
        context: contextvars.Context | None = None,
        **_: Any,
    ) -> asyncio.Task[T]:
        if context is None:
            task = SimTask(coro, loop=self, name=name)
        else:
            task = context.run(lambda: SimTask(coro, loop=self, name=name, context=context))
        self._tasks[task] = None
        task.add_done_callback(self._forget, context=contextvars.Context())
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)  # type: ignore[call-overload]

    def tasks_of(self, owner: object) -> list[SimTask]:
        """The owner's tasks that go on, in the order of their making."""
        return [task for task in self._tasks if task.owner == owner and not task.done()]

    async def kill(self, owner: object) -> None:
        """End every task of `owner`. What it had given to a thread and had not happened never happens.

        On return none of its tasks runs; until then no virtual time passes. An owner dies once.
        """
        self._dead.add(owner)
        for future, (whose, timer) in list(self._jobs.items()):
            if whose == owner:
                timer.cancel()
                del self._jobs[future]
                future.cancel()
        for _ in range(_KILL_ROUNDS_MAX):
            rest = self.tasks_of(owner)
            if not rest:
                return
            for task in rest:
                task.cancel()
            await asyncio.sleep(0)
        raise AssertionError(f"tasks of {owner} go on although it is dead: {rest}")

    # -- threads

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> SimFuture:  # type: ignore[override]
        """Run `func` in the loop. Cancelled before its time came, it runs or not, as a thread might."""
        if executor is not None:
            raise RealWorldRefused("an executor of one's own has threads; only the loop's default one is simulated")
        future, owner = self.create_future(), OWNER.get()
        if owner in self._dead:
            future.cancel()
        elif self._disk_s is None:
            _finish(future, func, args)
        else:
            timer = self.call_later(self._disk_s(), self._run_job, future, func, args)
            self._jobs[future] = (owner, timer)
        return future

    def _run_job(self, future: SimFuture, func: Callable[..., Any], args: tuple[Any, ...]) -> None:
        del self._jobs[future]
        if future.cancelled() and self._random is not None and self._random.random() < 0.5:
            return
        _finish(future, func, args)

    def call_soon_threadsafe(self, *args: Any, **kwargs: Any) -> asyncio.Handle:  # type: ignore[override]
        """There are no other threads, except to interrupt a run."""
        if threading.get_ident() != self._thread:
            raise RealWorldRefused("a thread called into the loop")
        return self.call_soon(*args, **kwargs)

    # -- the real world

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise RealWorldRefused("this loop has no sockets, processes, pipes and signals: hand in what stands for them")

    create_connection = create_server = create_datagram_endpoint = _refuse
    create_unix_connection = create_unix_server = sendfile = start_tls = _refuse
    connect_accepted_socket = connect_read_pipe = connect_write_pipe = _refuse
    subprocess_exec = subprocess_shell = getaddrinfo = getnameinfo = _refuse
    add_reader = add_writer = remove_reader = remove_writer = _refuse  # type: ignore[assignment]
    sock_recv = sock_recv_into = sock_sendall = sock_connect = sock_accept = _refuse
    add_signal_handler = remove_signal_handler = _refuse  # type: ignore[assignment]


def _finish(future: SimFuture, func: Callable[..., Any], args: tuple[Any, ...]) -> None:
    with _Carried(future):
        result = func(*args)
        if not future.cancelled():
            future.set_result(result)


class _Carried:
    """What is raised within goes to whoever awaits the future, as it does from an executor."""

    def __init__(self, future: SimFuture) -> None:
        self._future = future

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        if not self._future.cancelled():
            self._future.set_exception(error)
        return True
