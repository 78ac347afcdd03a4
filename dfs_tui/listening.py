"""The toolkit's driver of the terminal, but it sleeps until a key comes.

The toolkit's own looks for one ten times a second, which is a fifth of what a dashboard at rest costs. Only a lone
escape has to be looked after for a tenth of a second: it may be the beginning of what a longer key sends.
"""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder

from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

LOOK_S = 0.1  # while what came may go on
READ_BYTES = 4096


class Listening(LinuxDriver):
    """Ends as promptly as the toolkit's own: `disable_input` wakes the thread that listens."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._ended, self._end = os.pipe()  # can be read while the thread is to end

    def disable_input(self) -> None:
        os.write(self._end, b"\0")
        try:
            super().disable_input()
        finally:
            os.read(self._ended, 1)

    def run_input_thread(self) -> None:
        """Hand on keys, pastes and clicks until the input is disabled or there is no terminal any more."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")().decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._ended, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = selector.select(None if parser._timeout_time is None else LOOK_S)
                if any(key.fd == self.fileno for key, _ in ready):
                    data = os.read(self.fileno, READ_BYTES)
                    if not data:
                        return
                    if text := decode(data):  # empty in the middle of a letter; to the parser that means the end
                        for event in parser.feed(text):
                            self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
