"""A process that stands still for a while, as a machine that hangs: it keeps its sockets and says nothing.

It must never stay like that. So whoever wants it only starts a guard, a process in a session of its own, which stops
the other one, waits, and lets it go on: when the time is over, when it is told to, and as soon as whoever started it is
gone, however that ended (the guard's standard input is closed then). Should the guard itself be ended by force, the
one who started it lets the process go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from dfs_core.local import launch, process

_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PATIENCE_S = 10.0  # for the guard to start and to end, on a machine that is busy


async def freeze(pid: int, mark: str, seconds: float) -> bool:
    """Have that process and no other stand still for so long. False: it has ended already.

    On return, and when this is cancelled, it goes on.
    """
    try:
        return await _guarded(pid, mark, seconds)
    finally:  # whatever became of the guard
        process.send_signal(pid, mark, signal.SIGCONT)


async def _guarded(pid: int, mark: str, seconds: float) -> bool:
    arguments = (str(pid), mark, str(seconds))
    guard = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=launch.environment("guard", {}),
        cwd="/",  # what is called like a module of ours, where somebody works, is none
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds + _PATIENCE_S):
            return await guard.wait() == 0
    except TimeoutError:
        return True
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await guard.wait()


def main(arguments: Sequence[str]) -> int:
    """The guard: PID MARK SECONDS."""
    pid, mark, seconds = int(arguments[0]), arguments[1], float(arguments[2])
    for number in _ENDINGS:
        signal.signal(number, _end)
    try:
        if not process.send_signal(pid, mark, signal.SIGSTOP):
            return 1
        select.select([sys.stdin], [], [], seconds)
    finally:
        process.send_signal(pid, mark, signal.SIGCONT)
    return 0


def _end(number: int, _: object) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
