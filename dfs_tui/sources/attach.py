"""Another cluster while the dashboard runs: what was typed, read as a place, and tried before anything is left for it.

A place is HOST:PORT of a node (reached with the operator's certificate that `dfs-core join` made), the data folder of a
node that runs on this machine, or its control socket; a recording is a place too. Whoever stands behind it must answer
once; only then there is a source to go to, so that a mistake costs nothing but a line that says what it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from dfs_tui.sources import choose
from dfs_tui.sources.base import Clock, Source, SourceError
from dfs_tui.sources.recording import is_recording, replayed
from dfs_tui.view.absence import CERTIFICATE

DIAL_S = 5.0
DEMO = "demo"

Make = Callable[[Clock], Source]


async def reach(place: str, operator_folder: str = "") -> Make:
    """What makes a source of the cluster at `place`. SourceError: nothing answers there; the text says what to do."""
    if place == DEMO:
        return choose.demo
    if not _is_path(place):
        await _try_address(place, operator_folder)
        return partial(choose.connected, address=place, operator_folder=operator_folder)
    path, is_folder, is_there = await asyncio.to_thread(_look, place)
    if not is_there:
        raise SourceError(f"there is nothing at {path}")
    if await asyncio.to_thread(is_recording, path):
        return partial(replayed, path=str(path))
    await _try_path(path, is_folder=is_folder)
    return partial(choose.attached, data_dir=str(path)) if is_folder else partial(choose.attached, control=str(path))


def _is_path(place: str) -> bool:
    return "/" in place or place.startswith(("~", "."))


def _look(place: str) -> tuple[Path, bool, bool]:
    path = Path(place).expanduser().absolute()
    return path, path.is_dir(), path.exists()


async def _try_address(address: str, operator_folder: str) -> None:
    from dfs_core.client import Client, DfsError, NotAdmitted  # here: the first picture need not wait for the client
    from dfs_core.local.places import operator_dir

    try:
        folder = await asyncio.to_thread(
            lambda: Path(operator_folder).expanduser() if operator_folder else operator_dir()
        )
        client = await Client.connect_tls(folder, address, timeout_s=DIAL_S)
    except NotAdmitted as error:
        raise SourceError(f"{error}; {CERTIFICATE}") from error
    except DfsError as error:
        raise SourceError(str(error)) from error
    await client.close()


async def _try_path(path: Path, *, is_folder: bool) -> None:
    from dfs_core.client import Client, DfsError, NodeNotRunning, find_control_socket

    try:
        socket = await asyncio.to_thread(find_control_socket, path) if is_folder else path
        client = await Client.connect(socket, timeout_s=DIAL_S)
    except NodeNotRunning as error:
        what = f"no node runs with its data in {path}" if is_folder else f"no node listens at {path}"
        raise SourceError(f"{what}; 'dfs-core node --data-dir D' starts one") from error
    except DfsError as error:
        raise SourceError(str(error)) from error
    await client.close()
