"""When something inside breaks: it is said, without any value that was being worked with."""

from __future__ import annotations

from rich.segment import Segments
from textual.app import App
from textual.worker import Worker, WorkerState

from dfs_tui.bridge import Bridge
from dfs_tui.view.events import SourceFailed
from dfs_tui.view.values import Level


class Failing(App[None]):
    """The bottom of the dashboard: what goes wrong above it ends here."""

    bridge: Bridge

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that fails does not end the app: it is said, by name and never with values."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            kind = type(error).__name__ if error is not None else "error"
            self.bridge.note(Level.ERROR, f"dfs-tui: '{event.worker.name}' failed inside ({kind}); please report it")
            if event.worker.name == "watch":
                self.bridge.receive(
                    SourceFailed("The dashboard has stopped listening; leave with q and start it again.")
                )

    def _fatal_error(self) -> None:
        """Textual would print every local variable, passphrases and file contents among them."""
        from rich.traceback import Traceback

        self.bell()
        trace = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(trace, self.console.options)))
        self._close_messages_no_wait()
