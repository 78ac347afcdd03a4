"""A file is handed to the system's opener as it is, and what the opener says is told in one line."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from dfs_tui.sources import opener
from dfs_tui.sources.base import SourceError


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for an opener; nothing else is on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setattr(opener, "WAIT_S", 60.0)  # what ends is seen to end, however busy this machine is
    return folder


def say(folder: Path, script: str) -> None:
    """What the opener does when it is called."""
    path = folder / opener.program()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


async def test_the_opener_gets_the_very_path_without_a_shell_and_without_the_terminal(
    desktop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []
    begin = subprocess.Popen

    def seen(words: list[str], **how: object) -> subprocess.Popen[bytes]:
        asked.append(how)
        return begin(words, **how)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(subprocess, "Popen", seen)
    got = tmp_path / "got"
    say(
        desktop,
        f'exec > {got}; printf "%s\\n" "$#" "$1"; read x || echo "nothing typed"; (: < /dev/tty) || echo "no terminal"',
    )
    path = tmp_path / "a; touch harm 'b' $(id) `id`.txt"
    path.write_text("x")
    await opener.open_file(str(path))
    assert got.read_text().splitlines() == ["1", str(path), "nothing typed", "no terminal"]
    assert asked[0]["start_new_session"], "else it ends with the terminal"
    assert not asked[0].get("shell")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo nothing opens that >&2; exit 4", "nothing opens that"),
        ("exit 3", "no program opens files of this kind"),
        ("exit 9", "exit code 9"),
    ],
)
async def test_an_opener_that_fails_is_quoted_in_one_line(
    desktop: Path, tmp_path: Path, script: str, said: str
) -> None:
    say(desktop, script)
    (tmp_path / "f").touch()
    with pytest.raises(SourceError) as raised:
        await opener.open_file(str(tmp_path / "f"))
    assert str(raised.value) == f"{opener.program()}: {said}"


async def test_an_opener_that_is_the_program_itself_is_not_waited_for(
    desktop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opener, "WAIT_S", 0.02)
    os.mkfifo(tmp_path / "until")
    say(desktop, f"read x < {tmp_path}/until; echo done > {tmp_path}/ended")
    (tmp_path / "f").touch()
    await opener.open_file(str(tmp_path / "f"))
    assert not (tmp_path / "ended").exists()
    await asyncio.to_thread((tmp_path / "until").write_text, "now\n")
    async with asyncio.timeout(60):
        while not (tmp_path / "ended").exists():
            await asyncio.sleep(0.01)


async def test_without_a_file_an_opener_or_a_desktop_nothing_is_opened_and_the_reason_said(
    desktop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f").touch()
    monkeypatch.setenv("PATH", str(desktop))
    with pytest.raises(SourceError, match=f"there is no {opener.program()}"):
        await opener.open_file(str(tmp_path / "f"))
    say(desktop, "exit 0")
    with pytest.raises(SourceError, match="not there any more"):
        await opener.open_file(str(tmp_path / "gone"))
    monkeypatch.setattr(opener.sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    say(desktop, "exit 0")
    with pytest.raises(SourceError, match="no desktop here"):
        await opener.open_file(str(tmp_path / "f"))


@pytest.mark.parametrize(
    ("name", "mode", "runs"),
    [("a.pdf", 0o644, False), ("a.desktop", 0o644, True), ("A.Command", 0o600, True), ("tool", 0o755, True)],
)
async def test_what_would_run_is_known_by_its_ending_or_its_permissions(
    tmp_path: Path, name: str, mode: int, runs: bool
) -> None:
    (tmp_path / name).touch()
    (tmp_path / name).chmod(mode)
    assert await opener.may_run(str(tmp_path / name)) is runs


def test_each_system_has_its_opener(monkeypatch: pytest.MonkeyPatch) -> None:
    for platform, program in (("darwin", "open"), ("linux", "xdg-open"), ("freebsd14", "xdg-open")):
        monkeypatch.setattr(opener.sys, "platform", platform)
        assert opener.program() == program
