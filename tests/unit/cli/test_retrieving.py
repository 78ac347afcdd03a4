"""retrieve and cat against a fake node: where files land, ranges, and how it ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from dfs_core.testing.command import Cli
from dfs_core.testing.fake_node import FakeNode

Run = Callable[..., Any]
DATA = bytes(range(256)) * 40


@pytest.fixture
def cli(tmp_path: Path, node: FakeNode) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """The verb as a process, for what goes to a real standard output."""

    def run_it(verb: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return Cli(tmp_path / "home").run(verb, "--control", node.control, *arguments)

    return run_it


def test_a_file_goes_where_it_is_told(at: Run, node: FakeNode, tmp_path: Path) -> None:
    node.put("photos/a.jpg", DATA)
    ended = at("retrieve", "photos/a.jpg", "-o", str(tmp_path / "out"))
    assert ended == (0, f"retrieved photos/a.jpg to {tmp_path / 'out'} (10.0 KiB)\n", "")
    assert (tmp_path / "out").read_bytes() == DATA


def test_without_o_it_goes_here_by_its_last_part_and_into_a_folder_too(
    at: Run, node: FakeNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.put("photos/a.jpg", DATA)
    (tmp_path / "here").mkdir()
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert at("get", "photos/a.jpg").code == 0
    assert (tmp_path / "here" / "a.jpg").read_bytes() == DATA
    assert at("get", "photos/a.jpg", "-o", str(tmp_path / "folder")).code == 0
    assert (tmp_path / "folder" / "a.jpg").read_bytes() == DATA


def test_a_file_can_be_named_by_its_hash(at: Run, node: FakeNode, tmp_path: Path) -> None:
    node.put("k", DATA)
    assert at("retrieve", f"b3:{blake3(DATA).hexdigest()}", "-o", str(tmp_path / "out")).code == 0
    assert (tmp_path / "out").read_bytes() == DATA
    assert at("retrieve", "b3:" + "0" * 64, "-o", str(tmp_path / "no")).code == 3


@pytest.mark.parametrize(
    ("part", "wanted"),
    [("0-0", DATA[:1]), ("10-19", DATA[10:20]), ("10000-", DATA[10000:]), ("-7", DATA[-7:]), ("-99999", DATA)],
)
def test_ranges_include_their_last_byte(
    at: Run, cli: Run, node: FakeNode, tmp_path: Path, part: str, wanted: bytes
) -> None:
    node.put("k", DATA)
    assert at("retrieve", "k", "--range", part, "-o", str(tmp_path / "out")).code == 0
    assert (tmp_path / "out").read_bytes() == wanted
    assert cli("cat", "k", "--range", part).stdout == wanted


def test_a_range_behind_the_end_is_an_error_of_the_caller(at: Run, node: FakeNode, tmp_path: Path) -> None:
    node.put("k", b"tea")
    ended = at("retrieve", "k", "--range", "5-9", "-o", str(tmp_path / "out"))
    assert ended.code == 2
    assert not (tmp_path / "out").exists()


def test_an_older_version_can_be_had(at: Run, node: FakeNode, tmp_path: Path) -> None:
    node.put("k", b"one")
    node.put("k", b"two")
    assert at("retrieve", "k", "--version", "1", "-o", str(tmp_path / "out")).code == 0
    assert (tmp_path / "out").read_bytes() == b"one"


def test_a_damaged_file_leaves_no_file_and_says_so(at: Run, node: FakeNode, tmp_path: Path) -> None:
    node.put("k", DATA)
    node.faults.damage = True
    ended = at("retrieve", "k", "-o", str(tmp_path / "out"))
    assert ended.code == 4
    assert ended.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_stale_answer_is_marked(at: Run, node: FakeNode, tmp_path: Path) -> None:
    node.put("k", DATA)
    node.stale = True
    ended = at("retrieve", "k", "-o", str(tmp_path / "out"))
    assert ended.code == 0
    assert "may be stale: no leader reachable" in ended.err


def test_a_folder_of_keys_becomes_a_tree(at: Run, node: FakeNode, tmp_path: Path) -> None:
    for key in ("p/a", "p/b/c", "pq"):
        node.put(key, key.encode())
    ended = at("retrieve", "-r", "p/", "-o", str(tmp_path / "out"))
    assert ended == (0, f"retrieved 2 files to {tmp_path / 'out'} (8 B)\n", "")
    assert (tmp_path / "out" / "a").read_bytes() == b"p/a"
    assert (tmp_path / "out" / "b" / "c").read_bytes() == b"p/b/c"
    again = at("retrieve", "-r", "p", "-o", str(tmp_path / "out"))
    assert again == (0, f"retrieved 0 files to {tmp_path / 'out'} (0 B); 2 there already\n", "")


def test_a_file_that_is_named_is_replaced_and_that_is_said(at: Run, node: FakeNode, tmp_path: Path) -> None:
    node.put("k", b"new")
    (tmp_path / "out").write_bytes(b"mine")
    ended = at("retrieve", "k", "-o", str(tmp_path / "out"))
    assert ended == (0, f"retrieved k to {tmp_path / 'out'} (3 B), replacing what was there\n", "")
    assert (tmp_path / "out").read_bytes() == b"new"


@pytest.mark.parametrize("words", [(), ("-o", "."), ("-o", "./"), ("-r", "-o", ".")])
def test_a_file_that_nobody_named_is_left_as_it_is(
    at: Run, node: FakeNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    node.put("p/k", b"new")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "k").write_bytes(b"mine")
    ended = at("retrieve", "p" if "-r" in words else "p/k", *words)
    assert ended.code == 5
    assert "k: is there already and was left as it is" in ended.err
    assert "--if-exists replace, number or skip" in ended.err
    assert (tmp_path / "k").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("choice", "code", "said", "there"),
    [
        ("replace", 0, "retrieved k to {0}/k (3 B), replacing what was there", {"k": b"new"}),
        ("number", 0, "retrieved k to {0}/k-2 (3 B)", {"k": b"mine", "k-2": b"new"}),
        ("skip", 0, "skipped k: {0}/k is there already", {"k": b"mine"}),
        ("fail", 5, "", {"k": b"mine"}),
    ],
)
def test_what_is_done_about_a_file_that_is_there_can_be_said(
    at: Run, node: FakeNode, tmp_path: Path, choice: str, code: int, said: str, there: dict[str, bytes]
) -> None:
    node.put("k", b"new")
    folder = tmp_path / "folder"
    for target in (folder, folder / "k"):
        folder.mkdir()
        (folder / "k").write_bytes(b"mine")
        ended = at("retrieve", "k", "-o", str(target), "--if-exists", choice)
        assert (ended.code, ended.out.strip()) == (code, said.format(folder))
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == there
        shutil.rmtree(folder)


def test_the_very_version_that_is_there_is_no_failure(at: Run, node: FakeNode, tmp_path: Path) -> None:
    node.put("k", b"new", mtime_ns=1_700_000_000_000_000_000)
    words = ("retrieve", "k", "-o", f"{tmp_path}/")
    assert at(*words).code == 0
    assert at(*words) == (0, f"{tmp_path}/k is k already (same size and time)\n", "")


def test_r_with_the_key_of_a_file_brings_the_file(at: Run, node: FakeNode, tmp_path: Path) -> None:
    node.put("p/a", b"x")
    assert at("retrieve", "-r", "p/a", "-o", str(tmp_path / "out")).code == 0
    assert (tmp_path / "out").read_bytes() == b"x"
    assert at("retrieve", "-r", "nothing", "-o", str(tmp_path / "no")).code == 3


def test_one_damaged_file_in_a_tree_is_named_and_the_rest_is_written(at: Run, node: FakeNode, tmp_path: Path) -> None:
    for key in ("p/a", "p/b"):
        node.put(key, key.encode())
    node.current("p/a").data = b"bad"
    ended = at("retrieve", "-r", "p", "-o", str(tmp_path / "out"))
    assert ended.code == 4
    assert "p/a" in ended.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b"]


def test_cat_writes_the_bytes_and_nothing_else(cli: Run, node: FakeNode) -> None:
    data = os.urandom(3_000_000)
    node.put("k", data)
    for words in (("cat", "k"), ("retrieve", "k", "-o", "-")):
        done = cli(*words)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout == data


def test_cat_of_damaged_bytes_ends_with_a_code(cli: Run, node: FakeNode) -> None:
    node.put("k", DATA)
    node.faults.damage = True
    done = cli("cat", "k")
    assert done.returncode == 4
    assert done.stderr.startswith(b"dfs-core: ")


def test_a_reader_that_goes_away_ends_cat_quietly(tmp_path: Path, node: FakeNode) -> None:
    node.put("k", bytes(20_000_000))
    command = Cli(tmp_path / "home").command("cat", "--control", node.control, "k")
    environment = Cli(tmp_path / "home").environment
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.read(10) == bytes(10)
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 141


def test_a_reader_that_goes_away_ends_ls_quietly(tmp_path: Path, node: FakeNode) -> None:
    for number in range(5000):
        node.put(f"{number:0100}", b"")
    home = Cli(tmp_path / "home")
    listing = subprocess.list2cmdline(home.command("ls", "--control", node.control))
    done = subprocess.run(
        f"{listing} | head -n 1; exit ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        env=home.environment,
        capture_output=True,
        check=False,
    )
    assert done.stdout == b"0" * 100 + b"\n"
    assert (done.returncode, done.stderr) == (141, b"")
    assert sys.platform != "win32"
