"""The real dashboard in a real pseudo-terminal, with real nodes: what a person sees and presses, from start to end."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from dfs_core.local import LocalCluster
from dfs_core.testing.base_ports import draw_base_port

COLUMNS, ROWS = 120, 36
PATIENCE_S = 90.0
# Variables left from elsewhere say another size; the terminal's own is what counts.
SURROUNDINGS = {
    "TERM": "xterm-256color",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "COLUMNS": "80",
    "LINES": "24",
}
PASTE_BEGIN, PASTE_END = "\x1b[200~", "\x1b[201~"


class Terminal:
    """A terminal of 120 x 36 with one program in it."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "dfs_tui", *arguments],
            env={**os.environ, **SURROUNDINGS, **environment},
            dimensions=(ROWS, COLUMNS),
            timeout=PATIENCE_S,
        )
        self.child.delaybeforesend = None  # pexpect would wait before each key
        self.raw = bytearray()

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def read(self, seconds: float = 0.05) -> bool:
        """Take what the program wrote; False when it has ended."""
        try:
            data = self.child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        return True

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Read until something is so on screen; fails with the screen."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            alive = self.read()
            assert alive and time.monotonic() < end, f"{what} never came; the screen:\n{self.text}"

    def sees(self, text: str) -> None:
        self.until(lambda: text in self.text, repr(text))

    def press(self, keys: str) -> None:
        """One key after the other, each read before the next: as slow as a person."""
        for key in keys:
            self.child.send(key)
            self.read(0.1)

    def paste(self, text: str) -> None:
        self.child.send(f"{PASTE_BEGIN}{text}{PASTE_END}")

    def leaves(self) -> int:
        """Read to the end; the exit code."""
        end = time.monotonic() + PATIENCE_S
        while self.read(0.2):
            assert time.monotonic() < end, f"it did not end; the screen:\n{self.text}"
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else -1


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A DFS_HOME whose nodes are all gone afterwards, whatever happened."""
    folder = tmp_path / "home"
    try:
        yield folder
    finally:
        asyncio.run(LocalCluster(folder / "local").down())


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def states(home: Path) -> dict[str, str]:
    return {node.name: node.state for node in LocalCluster(home / "local").nodes()}


@pytest.mark.timeout(300)
def test_a_cluster_is_started_a_file_is_dropped_seen_and_retrieved_and_a_node_is_killed(
    home: Path, tmp_path: Path
) -> None:
    dropped = tmp_path / "my holiday kill.raw"
    dropped.write_bytes(random.Random(5).randbytes(3_000_000))
    place = tmp_path / "back"
    place.mkdir()
    port = draw_base_port()
    terminal = Terminal(["--base-port", str(port)], {"DFS_HOME": str(home)})

    terminal.sees("nodes 3/3")
    terminal.sees("HEALTHY")

    terminal.paste(f"'{dropped}' ")  # as GNOME Terminal does it
    terminal.sees("1 file, 2.86 MiB x 3 copies")
    terminal.press("\r")
    terminal.sees("Stored my holiday kill.raw")

    terminal.press("4")
    terminal.sees("my holiday kill.raw")
    terminal.sees("●●●")

    terminal.press("r")
    terminal.sees("Retrieve my holiday kill.raw")
    terminal.press("\x15")  # clears the field up to the cursor
    terminal.sees("a folder or a path")
    terminal.press(f"{place}/")
    terminal.sees("writes  /")
    terminal.press("\r")
    terminal.sees("Retrieved my holiday kill.raw")
    assert digest(place / dropped.name) == digest(dropped)

    # The same path typed by the terminal instead of pasted: no letter of it is a command, and it is a drop as well.
    terminal.press("1")
    terminal.sees("[1 Cluster]")  # else, on a busy machine, the 1 may come in one piece with what follows
    terminal.child.send(f"{dropped} ")
    terminal.sees("1 key exists already: my holiday kill.raw")
    assert "nodes 3/3" in terminal.text
    terminal.press("\x1b")
    terminal.until(lambda: "new version" not in terminal.text, "the closed sheet")

    terminal.press("jK")
    terminal.sees("Kill n2?")
    terminal.press("k")
    terminal.sees("✖ killed")
    terminal.sees("nodes 2/3")
    assert states(home)["n2"] == "crashed"
    terminal.press("S")
    terminal.sees("nodes 3/3")

    terminal.press("q")
    terminal.sees("were started by this dashboard")
    terminal.press("s")
    assert terminal.leaves() == 0
    assert set(states(home).values()) == {"stopped"}
    assert b"Traceback" not in terminal.raw


@pytest.mark.timeout(200)
def test_nodes_go_on_when_the_dashboard_leaves_and_the_next_one_finds_them(home: Path) -> None:
    port = draw_base_port()
    first = Terminal(["--base-port", str(port), "--nodes", "1"], {"DFS_HOME": str(home)})
    first.sees("nodes 1/1")
    first.press("q")
    first.sees("was started by this dashboard")
    first.press("k")
    assert first.leaves() == 0
    assert states(home) == {"n1": "running"}

    second = Terminal(["--nodes", "1"], {"DFS_HOME": str(home)})
    second.sees("nodes 1/1")
    second.press("q")
    assert second.leaves() == 0, "nodes that it only found are not its to ask about"
    assert states(home) == {"n1": "running"}


@pytest.mark.timeout(100)
def test_a_socket_without_a_node_is_said_and_tried_again(tmp_path: Path) -> None:
    terminal = Terminal(["--control", str(tmp_path / "none.sock")], {"DFS_HOME": str(tmp_path)})
    terminal.sees("No node answers")
    terminal.sees("RECONNECTING")
    terminal.sees("trying again")
    terminal.press("q")
    assert terminal.leaves() == 0


@pytest.mark.timeout(200)
def test_a_path_typed_by_the_terminal_fires_no_binding_and_without_colour_none_is_sent(tmp_path: Path) -> None:
    terminal = Terminal(["--demo"], {"DFS_HOME": str(tmp_path), "NO_COLOR": "1"})
    terminal.sees("HEALTHY")
    terminal.sees("n1 ★")
    for burst in (
        "/tmp/q d K D a/quit/photos qqdK.raw ",
        "'/q/K it'\\''s aqd' ",
        "file:///q/d/K%20a/xyz ",
        "C:\\q\\d K\\a.raw ",
    ):
        terminal.child.send(burst)
        terminal.sees("Not a file on this machine")
        assert "[1 Cluster]" in terminal.text, "no key of it went to another view"
        assert "Kill n1?" not in terminal.text
        terminal.press("4")  # a key by itself is a key again, and the message goes with what it does
        terminal.sees("[4 Keys]")
        terminal.press("S")
        terminal.sees("Start works in")
        terminal.press("1")
        terminal.sees("[1 Cluster]")
    assert not re.search(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m", bytes(terminal.raw))
    terminal.press("q")
    assert terminal.leaves() == 0
    assert b"Traceback" not in terminal.raw
