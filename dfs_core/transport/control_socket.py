"""Where a node's control socket is: `<data>/control.sock`, or a short path that `<data>/control.path` names.

A Unix socket's path has room for about a hundred bytes, a data folder's path for thousands. When the usual place is
too long, the socket goes to the user's runtime folder and the data folder gets a pointer to it, so a client needs to
know only the data folder. Whoever may enter the socket's folder is the node's master, hence only its owner may: the
folder must be the user's own and closed to everybody else.

Imports next to nothing of ours: the command line pays for this at every start.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from dfs_core.errors import StoreError
from dfs_core.limits import CONTROL_PATH_BYTES_MAX

SOCKET_NAME = "control.sock"
POINTER_NAME = "control.path"


def control_socket_path(data_dir: Path) -> Path:
    """Where the node whose folder is `data_dir` shall listen. Called by the node, which holds the folder's lock.

    Afterwards `find_control_socket` leads to the same path, and the folder that it is in exists. The socket itself is
    neither made nor removed. Blocks. StoreError: no place is both short enough and safe; the text says what to do.
    """
    data_dir = data_dir.absolute()
    pointer, path = data_dir / POINTER_NAME, data_dir / SOCKET_NAME
    try:
        if _fits(path):
            pointer.unlink(missing_ok=True)
            return path
        found = data_dir.stat()
        path = _runtime_folder() / f"{found.st_dev:x}-{found.st_ino:x}.sock"  # no other folder has both numbers
        _replace(pointer, os.fsencode(path))
    except OSError as error:
        raise StoreError(
            f"no place for the control socket of {data_dir}: {error}; set XDG_RUNTIME_DIR to a folder of your own"
        ) from error
    return path


def find_control_socket(data_dir: Path) -> Path:
    """Where the node of `data_dir` listens, or would. Says nothing about whether one is running.

    Blocks. StoreError: the pointer is there and cannot be used.
    """
    data_dir = data_dir.absolute()
    pointer = data_dir / POINTER_NAME
    try:
        with pointer.open("rb") as file:
            text = file.read(CONTROL_PATH_BYTES_MAX + 1)
    except (FileNotFoundError, NotADirectoryError):
        return data_dir / SOCKET_NAME
    except OSError as error:
        raise StoreError(f"{pointer}: {error.strerror}; run as the user who runs the node") from error
    if not text.startswith(b"/") or b"\0" in text or len(text) > CONTROL_PATH_BYTES_MAX:
        raise StoreError(f"{pointer} names no socket; start the node again, it writes a new one")
    return Path(os.fsdecode(text))


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= CONTROL_PATH_BYTES_MAX


def _runtime_folder() -> Path:
    """A folder of this user's own, closed to others, with a short path. It exists afterwards."""
    user = os.geteuid()
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    temporary = os.environ.get("TMPDIR", "")
    places = [
        *([Path(runtime) / "dfs"] if runtime.startswith("/") and Path(runtime).is_dir() else []),
        *([Path(temporary) / f"dfs-{user}"] if temporary.startswith("/") else []),
        Path("/tmp") / f"dfs-{user}",  # world-writable: that is why the folder is checked
    ]
    place = next(place for place in places if _fits(place / f"{2**64 - 1:x}-{2**64 - 1:x}.sock"))
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user or found.st_mode & 0o077:
        raise StoreError(
            f"{place} is not a folder that only you may enter: somebody else may have made it."
            " Remove it, or set XDG_RUNTIME_DIR to a folder of your own"
        )
    return place


def _replace(path: Path, content: bytes) -> None:
    """A reader sees the old content or the new one. Not synced: the node writes it anew at each start."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, content)
    finally:
        os.close(file)
    temporary.replace(path)
