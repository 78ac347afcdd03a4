"""A process that may outlive us and whose id may be given to another: told apart by when it started.

The mark of a process is its start time (with the boot it belongs to, where the kernel counts from the boot). A signal
is sent only to a process whose mark is still the recorded one, through a descriptor of exactly that process where the
platform has them, so a recycled id is never hit.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

Answer = TypeVar("Answer")

POLL_S = 0.02  # processes that are not our children, and files, tell nobody when they change

_PROC = Path("/proc")


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def mark_of(pid: int) -> str | None:
    """The mark of the process `pid`; None when there is none, or only its unreaped remains."""
    if not _PROC.joinpath("self").exists():
        return _mark_by_ps(pid)
    try:
        facts = _PROC.joinpath(str(pid), "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the command's name in parentheses, which may itself contain spaces and parentheses.
    fields = facts[facts.rindex(")") + 2 :].split()
    state, started = fields[0], fields[19]
    return None if state in "ZX" else f"{_boot()}:{started}"


def _mark_by_ps(pid: int) -> str | None:
    """For platforms without /proc (macOS)."""
    import subprocess  # here: verbs of the command line that only look at a process need not pay for it

    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False, env={"LC_ALL": "C"}
    )
    state, _, started = shown.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def is_running(pid: int, mark: str) -> bool:
    """Whether the process that had this id and mark still runs."""
    return pid > 0 and mark_of(pid) == mark


def send_signal(pid: int, mark: str, number: signal.Signals) -> bool:
    """Signal that process and no other. False when it has ended already (or never was: `pid` 0)."""
    if pid <= 0:
        return False
    opened = getattr(os, "pidfd_open", None)
    if opened is None:
        if not is_running(pid, mark):
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False
    try:
        descriptor = opened(pid)
    except ProcessLookupError:
        return False
    try:
        if not is_running(pid, mark):  # after the descriptor was opened: what is compared is what is signalled
            return False
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True


async def wait_until(condition: Callable[[], Answer | None]) -> Answer:
    """The first answer of `condition` that says something (is true), asked every POLL_S. The caller sets a deadline."""
    while True:
        answer = condition()
        if answer:
            return answer
        await asyncio.sleep(POLL_S)
