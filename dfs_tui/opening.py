"""The very first picture, written to the terminal before the toolkit is imported: something is there at once.

Importing the toolkit takes several times as long as drawing two lines by hand. So the command draws them itself, in the
place where the dashboard puts them a moment later, and stops the terminal from echoing what is typed meanwhile; those
keys wait in the terminal and reach the dashboard. The toolkit's driver takes over from here: it is given the terminal
as it was before, so that it puts that back in the end, and draws this picture again after it has cleared the screen.
"""

from __future__ import annotations

import os
import sys
import termios
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from dfs_tui.keys import VIEWS
from dfs_tui.view.glyphs import Glyphs

if TYPE_CHECKING:
    from textual.driver import Driver

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?1049l\x1b[?25h"
ACCENT, DIM, STRONG = "1;34", "2", "1"


def first_picture(width: int, height: int, label: str, glyphs: Glyphs, *, colour: bool) -> str:
    """What to write: the headline, the views, and a word in the middle. Nothing of it is wider than the screen."""

    def drawn(text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if colour else text

    head = f" dfs {glyphs.crumb} {label}"[:width]
    tabs, used = "", 1
    for number, (_, key, title) in enumerate(VIEWS):
        text = f"[{key} {title}]" if not number else f" {key} {title} "
        if used + len(text) > width:
            break
        tabs += drawn(text, ACCENT if not number else DIM) + "  "
        used += len(text) + 2
    said = f"Opening {glyphs.ellipsis}"[:width]
    middle, start = max(height // 2, 3), max((width - len(said)) // 2 + 1, 1)
    return f"\x1b[H\x1b[2J{drawn(head, STRONG)}\x1b[2;1H {tabs}\x1b[{middle};{start}H{drawn(said, DIM)}"


class Opening:
    """`with Opening(...)`: the picture is on screen; afterwards the terminal is as it was before, whatever happened."""

    def __init__(self, label: str, glyphs: Glyphs, variables: Mapping[str, str]) -> None:
        self._label, self._glyphs = label, glyphs
        self._colour = not variables.get("NO_COLOR")
        self._file = sys.__stderr__  # where the toolkit draws as well
        self._before: list[Any] | None = None
        self._picture = ""

    def __enter__(self) -> Opening:
        if self._file is None or not self._file.isatty() or not sys.stdin.isatty():
            return self
        self._before = termios.tcgetattr(sys.stdin)
        quiet = termios.tcgetattr(sys.stdin)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(sys.stdin, termios.TCSANOW, quiet)
        width, height = os.get_terminal_size(self._file.fileno())
        self._picture = first_picture(width, height, self._label, self._glyphs, colour=self._colour)
        self._write(ENTER + self._picture)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            self._write(LEAVE)
            termios.tcsetattr(sys.stdin, termios.TCSANOW, self._before)

    def driver(self) -> type[Driver] | None:
        """The toolkit's driver for this terminal, taking over from this picture; None: the toolkit is to choose."""
        if self._before is None or "TEXTUAL_DRIVER" in os.environ:
            return None
        from dfs_tui.listening import Listening

        before, picture = self._before, self._picture

        class Overtaking(Listening):
            """Starts from the terminal as it was found, and with the picture that is there already."""

            taken_over = False  # it starts again after every suspension

            def _get_terminal_size(self) -> tuple[int, int]:
                """The terminal's own word: variables left from elsewhere (COLUMNS, LINES) would win in the toolkit."""
                try:
                    width, height = os.get_terminal_size(self.fileno)
                except OSError:
                    width = height = 0
                return (width, height) if width and height else super()._get_terminal_size()

            def start_application_mode(self) -> None:
                if not self.taken_over:
                    termios.tcsetattr(self.fileno, termios.TCSANOW, before)
                super().start_application_mode()  # type: ignore[no-untyped-call]
                if not self.taken_over:
                    self.write(picture)
                self.taken_over = True

        return Overtaking

    def _write(self, text: str) -> None:
        assert self._file is not None
        self._file.write(text)
        self._file.flush()
