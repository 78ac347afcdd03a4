"""A fake node in a thread of its own, and the command line run in this process against it."""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dfs_core.cli.main import main
from dfs_core.testing.fake_node import FakeNode


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class Stream(io.TextIOWrapper):
    """A standard stream in memory that says whether it is a terminal as it was told."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="surrogateescape")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def text(self) -> str:
        self.flush()
        raw = self.buffer
        assert isinstance(raw, io.BytesIO)
        return raw.getvalue().decode("utf-8", "surrogateescape")


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def no_own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the tester's own environment, and a home that is empty."""
    for name in ("DFS_DATA_DIR", "DFS_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DFS_HOME", str(tmp_path / "home"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("ls", "--json")` gives code, out and err; `terminal=True` makes output one, `watched` errors."""

    def run_it(*arguments: str, terminal: bool = False, watched: bool = False) -> Ended:
        out, err = Stream(terminal=terminal), Stream(terminal=watched)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = main(arguments)
        return Ended(code, out.text(), err.text())

    return run_it


@pytest.fixture
def node(tmp_path: Path) -> Iterator[FakeNode]:
    """A fake node that runs in a loop of its own while the command runs in ours."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="fake node")
    thread.start()

    async def make() -> FakeNode:
        return await FakeNode(tmp_path / "n.sock").__aenter__()

    made = asyncio.run_coroutine_threadsafe(make(), loop).result(10)
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(made.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def at(run: Run, node: FakeNode) -> Run:
    """As `run`, with the verb talking to the fake node."""

    def run_it(verb: str, *arguments: str, terminal: bool = False, watched: bool = False) -> Ended:
        return run(verb, "--control", str(node.control), *arguments, terminal=terminal, watched=watched)

    return run_it
