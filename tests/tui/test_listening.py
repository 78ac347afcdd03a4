"""Keys from a terminal, here the other end of a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import selectors
import threading
import tty
from collections.abc import Iterator
from queue import SimpleQueue
from unittest import mock

import pytest
from textual.app import App
from textual.events import Key, Paste
from textual.message import Message

from dfs_tui.listening import Listening

PATIENCE_S = 30.0


class Terminal:
    """A driver that listens to `keyboard`; `heard` gives what it hands on, `waits` how long it is ready to sleep."""

    def __init__(self) -> None:
        self.keyboard, follower = pty.openpty()
        tty.setraw(follower)
        with mock.patch("asyncio.get_running_loop"):
            self.driver = Listening(App(), mouse=False)
        self.driver.fileno = follower
        self.driver.process_message = self._take  # type: ignore[method-assign]
        self._heard: SimpleQueue[Message] = SimpleQueue()
        self.waits: SimpleQueue[float | None] = SimpleQueue()
        self.driver._key_thread = self.thread = threading.Thread(target=self.driver.run_input_thread, daemon=True)

    def _take(self, message: Message) -> None:
        self._heard.put(message)

    def heard(self) -> Message:
        return self._heard.get(timeout=PATIENCE_S)

    def type(self, text: str) -> None:
        os.write(self.keyboard, text.encode())

    def end(self) -> None:
        with mock.patch("signal.signal"):
            self.driver.disable_input()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    select = selectors.DefaultSelector.select

    def selecting(self: selectors.DefaultSelector, timeout: float | None = None) -> object:
        if threading.current_thread() is made.thread:
            made.waits.put(timeout)
        return select(self, timeout)

    with mock.patch.object(selectors.DefaultSelector, "select", selecting):
        made.thread.start()
        yield made
        made.end()
    os.close(made.keyboard)
    os.close(made.driver.fileno)


def test_keys_and_pastes_are_handed_on(terminal: Terminal) -> None:
    terminal.type("jä\x1b[A")
    for name in ("j", "ä", "up"):
        found = terminal.heard()
        assert isinstance(found, Key)
        assert name in (found.key, found.character)
    terminal.type("\x1b[200~/tmp/a b\x1b[201~")
    pasted = terminal.heard()
    assert isinstance(pasted, Paste)
    assert pasted.text == "/tmp/a b"


def test_a_letter_that_comes_in_two_pieces_is_one(terminal: Terminal) -> None:
    first, second = "ä".encode()
    assert terminal.waits.get(timeout=PATIENCE_S) is None
    os.write(terminal.keyboard, bytes([first]))
    assert terminal.waits.get(timeout=PATIENCE_S) is None, "the first piece was read"
    os.write(terminal.keyboard, bytes([second]))
    found = terminal.heard()
    assert isinstance(found, Key)
    assert found.character == "ä"


def test_a_lone_escape_is_a_key_although_nothing_follows(terminal: Terminal) -> None:
    terminal.type("\x1b")
    found = terminal.heard()
    assert isinstance(found, Key)
    assert found.key == "escape"


def test_it_sleeps_until_something_comes(terminal: Terminal) -> None:
    assert terminal.waits.get(timeout=PATIENCE_S) is None
    terminal.type("j")
    terminal.heard()
    assert terminal.waits.get(timeout=PATIENCE_S) is None
    assert terminal.waits.empty()


def test_it_ends_when_it_is_told_to_and_can_begin_again(terminal: Terminal) -> None:
    assert terminal.waits.get(timeout=PATIENCE_S) is None
    terminal.end()
    assert not terminal.thread.is_alive()
    terminal.driver._key_thread = terminal.thread = threading.Thread(target=terminal.driver.run_input_thread)
    terminal.thread.start()
    terminal.type("k")
    assert isinstance(terminal.heard(), Key)


def test_without_a_terminal_there_is_nothing_to_listen_to() -> None:
    made = Terminal()
    ends, begins = os.pipe()
    os.close(begins)
    os.close(made.driver.fileno)
    made.driver.fileno = ends
    made.thread.start()
    made.thread.join(PATIENCE_S)
    assert not made.thread.is_alive()
    os.close(ends)
    os.close(made.keyboard)
