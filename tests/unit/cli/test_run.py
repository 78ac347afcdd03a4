"""However a verb ends, it ends with one line and a code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from dfs_core.cli.run import run_async, run_command
from dfs_core.errors import KeyNotFound

Run = Callable[..., Any]


def raising(error: BaseException) -> Callable[[], object]:
    def command() -> object:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyNotFound("a\x1b[2Jb"), 3, "dfs-core: no such key: 'a\\x1b[2Jb'; 'dfs-core ls' lists what is stored\n"),
        (click.UsageError("what?"), 2, "dfs-core: what?; see 'dfs-core --help'\n"),
        (KeyboardInterrupt(), 130, "dfs-core: interrupted; the same command again goes on where this one stopped\n"),
        (BrokenPipeError(), 141, ""),
        (OSError(13, "Permission denied", "/x"), 1, "dfs-core: /x: Permission denied\n"),
        (click.exceptions.Exit(5), 5, ""),
    ],
)
def test_an_error_becomes_one_line_and_a_code(
    capfdbinary: pytest.CaptureFixture[bytes], error: BaseException, code: int, line: str
) -> None:
    assert run_command(raising(error)) == code
    assert capfdbinary.readouterr().err.decode() == line


def test_with_dfs_debug_the_traceback_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DFS_DEBUG", "1")
    with pytest.raises(KeyNotFound):
        run_command(raising(KeyNotFound("k")))


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run_command(raising(ZeroDivisionError()))


def test_the_code_of_a_command_is_its_result() -> None:
    assert run_command(lambda: 7) == 7
    assert run_command(lambda: None) == 0


@pytest.mark.parametrize("option", ["--data-dir", "--control"])
def test_a_node_elsewhere_and_one_here_are_not_both_meant(run: Run, tmp_path: Path, option: str) -> None:
    ended = run("status", "--connect", "127.0.0.1:1", option, str(tmp_path))
    assert (ended.code, "give one" in ended.err) == (2, True)


def test_dfs_connect_sends_every_verb_elsewhere(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DFS_CONNECT", "127.0.0.1:1")
    ended = run("status")
    assert "dfs-core invite --role operator" in ended.err


def test_a_result_comes_out_of_the_loop() -> None:
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    assert run_async(answer()) == 42
