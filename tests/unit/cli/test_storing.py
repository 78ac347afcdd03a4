"""store against a fake node: what it prints, what it leaves out, how it ends."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dfs_core.encoding.control_messages import FileStored, StoreFile
from dfs_core.errors import NotEnoughCopies, StoreFull
from dfs_core.testing.fake_node import FakeNode

Run = Callable[..., Any]


def test_a_file_is_stored_and_one_line_says_so(at: Run, node: FakeNode, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"tea")
    ended = at("store", str(tmp_path / "a.txt"), "--min-copies", "1")
    assert ended == (0, "stored a.txt (3 B, 3 copies, version 1)\n", "")
    assert node.asked(StoreFile)[0].min_copies == 1


def test_put_is_store(at: Run, node: FakeNode, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"tea")
    assert at("put", str(tmp_path / "a.txt"), "--prefix", "p").code == 0
    assert node.keys() == ["p/a.txt"]


def test_json_has_one_object_a_file_with_its_path(at: Run, node: FakeNode, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x")
    ended = at("store", "--json", str(tmp_path / "a"), str(tmp_path / "b"))
    found = [json.loads(line) for line in ended.out.splitlines()]
    assert {item["path"] for item in found} == {str(tmp_path / "a"), str(tmp_path / "b")}
    assert all(set(item) == {*FileStored.__struct_fields__, "path", "unchanged"} for item in found)


def test_a_missing_file_is_named_and_the_others_are_stored(at: Run, node: FakeNode, tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(b"x")
    ended = at("store", str(tmp_path / "missing"), str(tmp_path / "here"))
    assert ended.code == 5
    assert ended.err == f"dfs-core: {tmp_path / 'missing'}: No such file or directory\n"
    assert node.keys() == ["here"]


def test_a_folder_without_r_says_r(at: Run, node: FakeNode, tmp_path: Path) -> None:
    ended = at("store", str(tmp_path))
    assert ended.code == 5
    assert "store it with -r" in ended.err


def test_a_tree_with_bad_things_in_it_is_stored_but_for_them(at: Run, node: FakeNode, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "good").write_bytes(b"x" * 2048)
    (tree / "dangling").symlink_to("nowhere")
    os.mkfifo(tree / "fifo")
    ended = at("store", "-r", str(tree))
    assert ended.code == 5
    assert ended.out == "tree: stored 1 file, 2.0 KiB, 2.0 KiB sent; 2 files not stored\n"
    assert sorted(ended.err.splitlines()) == [
        f"dfs-core: {tree}/dangling: a link to nothing",
        f"dfs-core: {tree}/fifo: a fifo, not a regular file",
    ]
    assert node.keys() == ["tree/good"]


def test_two_files_of_one_name_are_refused_before_anything_is_sent(at: Run, node: FakeNode, tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_bytes(b"x")
    ended = at("store", str(tmp_path / "x" / "a"), str(tmp_path / "y" / "a"))
    assert ended.code == 2
    assert node.requests == []


@pytest.mark.parametrize(("error", "code"), [(StoreFull("no room left"), 11), (NotEnoughCopies(2, 1, {}), 6)])
def test_a_refusal_ends_with_its_own_code_and_stores_nothing(
    at: Run, node: FakeNode, tmp_path: Path, error: Exception, code: int
) -> None:
    (tmp_path / "a").write_bytes(b"x")
    node.faults.refuse_store = error  # type: ignore[assignment]
    ended = at("store", str(tmp_path / "a"))
    assert (ended.code, ended.out, ended.err) == (code, "", f"dfs-core: {error}\n")
    assert node.keys() == []


@pytest.mark.parametrize("kind", ["pipe", "file", "null"])
def test_standard_input_is_stored_under_its_key(
    at: Run, node: FakeNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    data = b"" if kind == "null" else os.urandom(50_000)
    if kind == "pipe":
        reading, writing = os.pipe()
        os.write(writing, data)
        os.close(writing)
        given = os.fdopen(reading, "rb")
    elif kind == "file":
        (tmp_path / "given").write_bytes(data)
        given = (tmp_path / "given").open("rb")
    else:
        given = Path("/dev/null").open("rb")  # noqa: SIM115 - closed below
    with given:
        monkeypatch.setattr(sys, "stdin", given)
        assert at("store", "-", "--key", "from/stdin").code == 0
    assert node.current("from/stdin").data == data
    assert node.asked(StoreFile)[0].size == -1


def test_names_in_results_are_safe_on_a_terminal(at: Run, node: FakeNode, tmp_path: Path) -> None:
    (tmp_path / "evil\x1b[2J").write_bytes(b"x")
    ended = at("store", str(tmp_path / "evil\x1b[2J"), str(tmp_path / "missing\x1b[2J"), terminal=True)
    assert "\x1b" not in ended.out + ended.err
    assert "evil\\x1b[2J" in ended.out
    assert "missing\\x1b[2J" in ended.err
