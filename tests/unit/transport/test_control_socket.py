"""The control socket's place: in the data folder, or where the data folder points, and never where others may enter."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from dfs_core.errors import StoreError
from dfs_core.limits import CONTROL_PATH_BYTES_MAX
from dfs_core.transport.control_socket import control_socket_path, find_control_socket


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a path that leaves room for a socket's, wherever the tests' own folders are."""
    with TemporaryDirectory(dir="/tmp", prefix="d") as folder:
        yield Path(folder)


@pytest.fixture
def runtime(short: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's runtime folder."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    monkeypatch.delenv("TMPDIR", raising=False)
    return short


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A data folder whose path is too long for a socket."""
    folder = tmp_path / ("d" * CONTROL_PATH_BYTES_MAX)
    folder.mkdir()
    return folder


def test_the_socket_is_in_the_data_folder_when_its_path_is_short(short: Path) -> None:
    assert control_socket_path(short) == short / "control.sock" == find_control_socket(short)
    assert list(short.iterdir()) == []


def test_bytes_count_and_not_characters(short: Path, runtime: Path) -> None:
    room = CONTROL_PATH_BYTES_MAX - len(os.fsencode(short)) - len("//control.sock")
    fits, exceeds = short / ("x" * room), short / ("é" * (room // 2 + 1))
    for folder in (fits, exceeds):
        folder.mkdir()
    assert control_socket_path(fits).parent == fits
    assert control_socket_path(exceeds).parent != exceeds


def test_a_long_path_leads_to_the_users_runtime_folder_and_a_client_finds_it(deep: Path, runtime: Path) -> None:
    path = control_socket_path(deep)
    assert path.parent == runtime / "dfs"
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert find_control_socket(deep) == path == control_socket_path(deep)
    assert len(os.fsencode(path)) <= CONTROL_PATH_BYTES_MAX


def test_a_socket_can_be_bound_there(deep: Path, runtime: Path) -> None:
    path = control_socket_path(deep)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    path.unlink()


def test_two_nodes_get_two_sockets(tmp_path: Path, deep: Path, runtime: Path) -> None:
    other = tmp_path / ("e" * CONTROL_PATH_BYTES_MAX)
    other.mkdir()
    assert control_socket_path(deep) != control_socket_path(other)


def test_the_same_folder_by_a_relative_path_has_the_same_socket(
    deep: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = control_socket_path(deep)
    monkeypatch.chdir(deep.parent)
    assert control_socket_path(Path(deep.name)) == path
    assert find_control_socket(Path(deep.name)) == path


def test_a_folder_that_was_moved_to_a_short_path_has_its_socket_inside_again(
    short: Path, deep: Path, runtime: Path
) -> None:
    control_socket_path(deep)
    moved = deep.rename(short / "moved")
    assert control_socket_path(moved) == moved / "control.sock" == find_control_socket(moved)
    assert list(moved.iterdir()) == []


def test_without_a_runtime_folder_a_folder_of_the_users_own_in_the_temporary_one_serves(
    short: Path, deep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short / "nowhere"))
    monkeypatch.setenv("TMPDIR", str(short))
    path = control_socket_path(deep)
    assert path.parent == short / f"dfs-{os.geteuid()}"
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_runtime_folder_that_others_may_enter_is_refused(deep: Path, runtime: Path) -> None:
    (runtime / "dfs").mkdir()
    (runtime / "dfs").chmod(0o755)
    with pytest.raises(StoreError, match=r"only you may enter.*XDG_RUNTIME_DIR"):
        control_socket_path(deep)


def test_a_link_to_another_folder_is_refused(tmp_path: Path, deep: Path, runtime: Path) -> None:
    (tmp_path / "trap").mkdir(mode=0o700)
    (runtime / "dfs").symlink_to(tmp_path / "trap")
    with pytest.raises(StoreError, match="only you may enter"):
        control_socket_path(deep)


def test_a_runtime_folder_of_another_user_is_refused(
    deep: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (runtime / "dfs").mkdir(mode=0o700)
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(StoreError, match="only you may enter"):
        control_socket_path(deep)


@pytest.mark.parametrize("content", [b"", b"relative", b"/a\0b", b"/" + b"x" * 4096])
def test_a_pointer_that_names_no_socket_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "control.path").write_bytes(content)
    with pytest.raises(StoreError, match="start the node again"):
        find_control_socket(tmp_path)


def test_asking_about_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert find_control_socket(tmp_path / "away") == tmp_path / "away" / "control.sock"


def test_it_is_cheap_to_import() -> None:
    program = "import sys, dfs_core.transport.control_socket; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    loaded = set(ran.stdout.split())
    assert not loaded & {"asyncio", "ssl", "socket", "sqlite3", "msgspec", "cryptography", "dfs_core.store"}
