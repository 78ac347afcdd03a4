"""What can be done about transfers: pause them, let them go on, cancel, try again, clear the list of what is over."""

from __future__ import annotations

from dfs_tui.app.files import FileActions
from dfs_tui.messages import StoreRequested
from dfs_tui.view.transfer_tabs import next_tab
from dfs_tui.view.transfers import Transfer
from dfs_tui.view.values import Level


class TransferActions(FileActions):
    """The transfer under the cursor, if it was begun in this dashboard."""

    def _transfer(self) -> Transfer | None:
        return self.bridge.view.transfers.get(self.pane.selected_transfer())

    def _do_cancel(self) -> None:
        transfer = self._transfer()
        if transfer is None or transfer.ended:
            self.say("No running transfer is selected.", Level.WARNING)
        elif not self.bridge.cancel(transfer.id):
            self.say("This transfer was not started here, so it is not cancelled here.", Level.WARNING)

    def _do_hold(self) -> None:
        transfer = self._transfer()
        if transfer is None or transfer.ended:
            self.say("No running transfer is selected.", Level.WARNING)
            return
        paused = self.bridge.hold(transfer.id)
        if paused is None:
            self.say("This transfer was not started here, so it is not paused here.", Level.WARNING)
        self.pump()

    def _do_retry(self) -> None:
        transfer = self._transfer()
        wish = self.bridge.again(transfer.id) if transfer is not None else None
        if wish is None:
            self.say("Only what failed or was cancelled here can be tried again.", Level.WARNING)
        elif isinstance(wish, StoreRequested):
            self.run_worker(self.bridge.store(wish), name="store", group="transfers", exit_on_error=False)
        else:
            self.run_worker(self.bridge.retrieve(wish), name="retrieve", group="transfers", exit_on_error=False)

    def _do_tab_before(self) -> None:
        self._turn(-1)

    def _do_tab_after(self) -> None:
        self._turn(1)

    def _turn(self, step: int) -> None:
        from dfs_tui.panes.transfers import TransfersPane

        pane = self.main(TransfersPane, "#transfers")
        pane.tab = next_tab(pane.tab, step)
        self.draw()

    def _do_clear(self) -> None:
        self.bridge.clear_finished()
        self.pump()
