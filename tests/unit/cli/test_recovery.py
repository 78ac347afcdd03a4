"""recovery and rotate against a fake node, with the files of a real one."""

from __future__ import annotations

import io
import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dfs_core.crypto.recovery import RecoverySheet
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.control_messages import ConfirmRecovery
from dfs_core.encoding.recovery_messages import RotateSecret, SecretEpochEntry, TakeSnapshot
from dfs_core.server.founding import Founded, init
from dfs_core.testing.fake_node import FakeNode

Run = Callable[..., Any]


@pytest.fixture
def founded(node: FakeNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Founded:
    """A real node's folder, which the fake node says is its own."""
    founded = init(tmp_path / "data", capacity=2**30)
    status = msgspec.structs.replace(node.status(), data_dir=founded.data_dir, cluster=founded.cluster_id)
    monkeypatch.setattr(node, "status", lambda: status)
    sheet = RecoverySheet.parse(founded.recovery_sheet)
    node.epochs = [SecretEpochEntry(1, sheet.secrets.hash(1).hex(), confirmed=False, held=True)]
    return founded


@pytest.fixture
def recover(run: Run, node: FakeNode) -> Run:
    def run_it(verb: str, *arguments: str, terminal: bool = False) -> Any:
        return run("recovery", verb, "--control", str(node.control), *arguments, terminal=terminal)

    return run_it


def typed(monkeypatch: pytest.MonkeyPatch, text: str, *, terminal: bool = False) -> None:
    stream = io.StringIO(text)
    stream.isatty = lambda: terminal  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdin", stream)


def test_show_prints_the_sheet_that_init_printed(recover: Run, founded: Founded, node: FakeNode) -> None:
    ended = recover("show")
    assert ended.out == founded.recovery_sheet + "\n"
    assert node.asked(ConfirmRecovery) == [], "a pipe has not kept it"


def test_show_can_confirm_at_once(recover: Run, founded: Founded, node: FakeNode) -> None:
    assert recover("show", "--confirm").code == 0
    assert len(node.asked(ConfirmRecovery)) == 1


@pytest.mark.parametrize(("answer", "times"), [("yes\n", 1), ("no\n", 0), ("", 0)])
def test_on_a_terminal_show_asks_whether_the_sheet_is_safe_now(
    recover: Run, founded: Founded, node: FakeNode, monkeypatch: pytest.MonkeyPatch, answer: str, times: int
) -> None:
    typed(monkeypatch, answer, terminal=True)
    ended = recover("show", terminal=True)
    assert "▀" in ended.out, "and shows a QR code"
    assert "safe place" in ended.err
    assert len(node.asked(ConfirmRecovery)) == times


def test_confirm_tells_the_node(recover: Run, node: FakeNode) -> None:
    assert recover("confirm").code == 0
    assert len(node.asked(ConfirmRecovery)) == 1


def test_an_exported_sheet_is_for_its_owner_only_and_never_overwrites(
    recover: Run, founded: Founded, tmp_path: Path
) -> None:
    file = tmp_path / "sheet.txt"
    assert recover("export", str(file)).code == 0
    assert file.read_text() == founded.recovery_sheet + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("something else")
    ended = recover("export", str(file))
    assert ended.code == 2
    assert "never overwritten" in ended.err
    assert file.read_text() == "something else"


def test_a_sheet_can_be_exported_as_a_picture(recover: Run, founded: Founded, tmp_path: Path) -> None:
    assert recover("export", str(tmp_path / "sheet.svg")).code == 0
    assert (tmp_path / "sheet.svg").read_bytes().startswith(b"<?xml")
    assert stat.S_IMODE((tmp_path / "sheet.svg").stat().st_mode) == 0o600


def test_an_export_into_a_folder_that_is_not_there_is_one_line(recover: Run, founded: Founded, tmp_path: Path) -> None:
    ended = recover("export", str(tmp_path / "nowhere" / "sheet.txt"))
    assert ended.code == 5
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("way", [("--connect", "127.0.0.1:1"), ("--operator-dir", "operator")])
def test_an_operator_reads_no_sheet_not_even_where_the_path_exists(run: Run, founded: Founded, way: tuple[str]) -> None:
    ended = run("recovery", "show", *way)
    assert (ended.code, ended.out) == (10, "")
    assert "run this on its machine" in ended.err


@pytest.mark.parametrize("way", ["words", "file", "standard input"])
def test_a_good_sheet_is_told_so_however_it_is_given(
    recover: Run, founded: Founded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    words: tuple[str, ...] = ()
    if way == "words":
        words = tuple(founded.recovery_sheet.split())
    elif way == "file":
        (tmp_path / "sheet.txt").write_text(founded.recovery_sheet)
        words = (str(tmp_path / "sheet.txt"),)
    else:
        typed(monkeypatch, founded.recovery_sheet)
    ended = recover("check", *words)
    assert (ended.code, ended.err) == (0, "")
    assert "good for secret epoch 1" in ended.out


def test_a_sheet_of_before_a_rotation_is_told_so(recover: Run, founded: Founded, node: FakeNode) -> None:
    node.epochs = [*node.epochs, SecretEpochEntry(2, "ab" * 32, confirmed=False, held=True)]
    ended = recover("check", *founded.recovery_sheet.split())
    assert ended.code == 2
    assert "good for secret epoch 1" in ended.err
    assert "epoch 2 is in force" in ended.err


def test_a_sheet_of_another_cluster_opens_nothing(recover: Run, founded: Founded, tmp_path: Path) -> None:
    other = init(tmp_path / "other", capacity=2**30)
    ended = recover("check", *other.recovery_sheet.split())
    assert ended.code == 2
    assert other.cluster_id in ended.err


def test_a_mistyped_sheet_says_so_and_shows_none_of_it(recover: Run, founded: Founded) -> None:
    words = founded.recovery_sheet.split()
    words[-3] = "aaaaa"
    ended = recover("check", *words)
    assert ended.code == 2
    assert "typing mistake" in ended.err
    assert words[-4] not in ended.err


def test_a_sheet_file_that_is_not_there_is_said_to_be_missing(recover: Run, founded: Founded, tmp_path: Path) -> None:
    ended = recover("check", str(tmp_path / "nowhere.txt"))
    assert ended.code == 5
    assert "no such file" in ended.err


def test_a_node_that_does_not_hold_the_newest_secret_prints_no_sheet(
    recover: Run, founded: Founded, node: FakeNode
) -> None:
    later = ClusterSecrets({2: b"\x02" * 32}, 2)
    node.epochs = [*node.epochs, SecretEpochEntry(2, later.hash(2).hex(), confirmed=False, held=False)]
    ended = recover("show")
    assert (ended.code, ended.out) == (2, "")
    assert "epoch 2" in ended.err


def test_rotate_says_who_holds_the_new_secret_and_that_a_sheet_is_due(at: Run, node: FakeNode) -> None:
    ended = at("rotate")
    assert "secret epoch 2 is in force" in ended.out
    assert "cdcdcdcdcdcd" in ended.err
    assert "recovery show" in ended.err
    assert json.loads(at("rotate", "--json").out)["epoch"] == 2
    assert len(node.asked(RotateSecret)) == 2


def test_snapshot_lists_what_is_kept_and_who_leads_to_it(recover: Run, node: FakeNode) -> None:
    assert "no snapshot yet" in recover("snapshot", "--list").err
    ended = recover("snapshot")
    assert ended.out == "1: 68.0 KiB, 1 h ago, known to 2 of 3 nodes\n"
    assert len(node.asked(TakeSnapshot)) == 1
    assert json.loads(recover("snapshot", "--list", "--json").out)["number"] == 1


def test_restore_puts_secrets_back_where_a_node_is(run: Run, tmp_path: Path) -> None:
    founded = init(tmp_path / "data", capacity=2**30)
    secret = tmp_path / "data" / "secrets" / "cluster"
    there = run("recovery", "restore", *founded.recovery_sheet.split(), "--data-dir", str(tmp_path / "data"))
    assert f"nothing was restored: {tmp_path / 'data'} is a node's folder and has its secrets already" in there.out
    assert "start the node: dfs-core node" in there.out
    secret.unlink()
    back = run("recovery", "restore", *founded.recovery_sheet.split(), "--data-dir", str(tmp_path / "data"))
    assert (back.code, "secrets are back" in back.out, secret.exists()) == (0, True, True)


def test_restore_says_when_nobody_answers(run: Run, tmp_path: Path) -> None:
    founded = init(tmp_path / "data", capacity=2**30)
    words = founded.recovery_sheet.split()
    for arguments, why, code in ((), "--from", 2), (("--from", "127.0.0.1:1"), "127.0.0.1:1", 9):
        ended = run("recovery", "restore", *words, "--data-dir", str(tmp_path / "new"), *arguments)
        assert ended.code == code
        assert why in ended.err
