"""Handing a file of this machine to the program that its desktop opens it with: xdg-open, or open on macOS.

The opener is started without a shell, in a session of its own and with nothing of the terminal, so that it can neither
draw over the dashboard nor end with it. What is stored may come from anybody: a file that would run instead of being
shown is known by `may_run`, and who opens it is asked first.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO

from dfs_tui.sources.base import SourceError
from dfs_tui.sources.disk import DISK_TIMEOUT_S, within

WAIT_S = 2.0  # an opener that failed has ended by then; one that is the program itself goes on
TEXT_BYTES_MAX = 4096
PROGRAMS = frozenset(
    (".appimage", ".app", ".bat", ".cmd", ".command", ".desktop", ".exe", ".jar", ".js", ".pkg", ".ps1", ".py", ".scpt",
     ".sh", ".terminal", ".tool", ".url", ".vbs", ".webloc", ".workflow")
)  # fmt: skip
_XDG = {1: "the opener was called wrongly", 2: "there is no such file", 3: "no program opens files of this kind"}


def program() -> str:
    """What opens files on this system."""
    return "open" if sys.platform == "darwin" else "xdg-open"


async def may_run(path: str) -> bool:
    """Might opening this file run it? Told by its ending and its permissions, not by its content."""
    return await within(DISK_TIMEOUT_S, lambda: _may_run(Path(path)))


async def open_file(path: str) -> None:
    """Open the file. SourceError: it is gone, there is no desktop or no opener, or the opener said no.

    Returned: an opener has it. It is not waited for, and what it starts outlives the dashboard.
    """
    found = await within(DISK_TIMEOUT_S, why_not)
    if found:
        raise SourceError(found)
    await within(DISK_TIMEOUT_S + WAIT_S, lambda: _open(path))


def why_not() -> str:
    """Why no file can be opened on this machine now; empty when one can."""
    if shutil.which(program()) is None:
        return f"there is no {program()} on this machine"
    if sys.platform != "darwin" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "there is no desktop here (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    return ""


def _may_run(path: Path) -> bool:
    if path.suffix.lower() in PROGRAMS:
        return True
    try:
        return bool(path.stat().st_mode & 0o111)
    except OSError:
        return False  # there is nothing to open; the opening says so


def _open(path: str) -> None:
    if not Path(path).is_file():
        raise SourceError("it is not there any more")
    with tempfile.TemporaryFile() as said:  # not a pipe: what goes on would end when nobody reads it any more
        try:
            opener = subprocess.Popen(
                [program(), path],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
                close_fds=True,
            )
        except OSError as error:
            raise SourceError(f"{program()}: {error.strerror or error}") from error
        try:
            code = opener.wait(timeout=WAIT_S)
        except subprocess.TimeoutExpired:
            threading.Thread(target=opener.wait, name="opener", daemon=True).start()  # or it would stay as a zombie
            return
        if code:
            raise SourceError(_why(code, said))


def _why(code: int, said: IO[bytes]) -> str:
    """One line: what the opener wrote last, else what its exit code means."""
    text = b""
    with contextlib.suppress(OSError):
        said.seek(0)
        text = said.read(TEXT_BYTES_MAX)
    lines = text.decode(errors="replace").strip().splitlines()
    meant = _XDG.get(code, f"exit code {code}") if program() == "xdg-open" else f"exit code {code}"
    return f"{program()}: {lines[-1].strip() if lines else meant}"
