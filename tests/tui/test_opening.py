"""The picture before the toolkit: where it stands, and that the terminal is given back as it was."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios

import pyte
import pytest

from dfs_tui.opening import Opening, first_picture
from dfs_tui.view.glyphs import ASCII, UNICODE


def screen_of(width: int, height: int, *, glyphs: object = UNICODE, label: str = "demo") -> list[str]:
    screen = pyte.Screen(width, height)
    stream = pyte.Stream(screen)
    stream.feed(first_picture(width, height, label, glyphs, colour=True))  # type: ignore[arg-type]
    return list(screen.display)


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16), (10, 4)])
def test_it_stands_where_the_dashboard_will_stand_and_is_never_too_wide(size: tuple[int, int]) -> None:
    lines = screen_of(*size)
    assert lines[0].startswith(" dfs ▸ dem")
    assert lines[2].strip() == "" or size[1] < 6
    if size[0] >= 80:
        assert lines[1].startswith(" [1 Cluster]   2 Nodes ")
        assert "Opening …" in lines[size[1] // 2 - 1]


def test_without_unicode_it_is_ascii_and_without_colour_it_is_plain() -> None:
    said = first_picture(80, 24, "local", ASCII, colour=False)
    assert said.isascii()
    assert not re.search(r"\x1b\[[0-9;]*m", said)


def test_without_a_terminal_nothing_is_drawn_and_nothing_is_chosen() -> None:
    with Opening("demo", UNICODE, {}) as opening:
        assert opening.driver() is None


PROGRAM = """
import sys, termios
from dfs_tui.opening import Opening
from dfs_tui.view.glyphs import UNICODE
try:
    with Opening("demo", UNICODE, {}) as opening:
        inside = termios.tcgetattr(sys.stdin)[3]
        print("echo" if inside & termios.ECHO else "quiet", opening.driver().__name__)
        raise KeyboardInterrupt
except KeyboardInterrupt:
    print("again" if termios.tcgetattr(sys.stdin)[3] & termios.ECHO else "still quiet")
assert "textual" in sys.modules
"""


def test_the_terminal_is_as_it_was_afterwards_whatever_happened() -> None:
    leader, follower = pty.openpty()
    try:
        termios.tcsetwinsize(leader, (24, 80))
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], stdin=follower, stdout=follower, stderr=follower, timeout=60, check=False
        )
        assert done.returncode == 0
        said = os.read(leader, 65536).decode()
    finally:
        os.close(leader)
        os.close(follower)
    assert "quiet Overtaking" in said
    assert said.rstrip().endswith("again")
    assert said.index("\x1b[?1049h") < said.index("Opening") < said.index("\x1b[?1049l")
