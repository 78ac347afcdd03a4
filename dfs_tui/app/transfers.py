"""What can be done about transfers: pause, go on, cancel, try again, let them go before or after others, clear."""

from __future__ import annotations

from collections.abc import Callable

from dfs_tui.app.files import FileActions
from dfs_tui.messages import StoreRequested
from dfs_tui.view import format as fmt
from dfs_tui.view.peers import node_names
from dfs_tui.view.transfer_detail import transfer_lines
from dfs_tui.view.transfer_rows import priority_words
from dfs_tui.view.transfer_tabs import next_tab
from dfs_tui.view.transfers import Transfer
from dfs_tui.view.values import Level, TransferState


class TransferActions(FileActions):
    """The marked transfers, else the one under the cursor; only those that were begun in this dashboard can be told."""

    def _do_transfer_detail(self) -> None:
        transfer = self.bridge.view.transfers.get(self.pane.selected_transfer())
        if transfer is None:
            self.say("No transfer is selected.", Level.WARNING)
            return
        from dfs_tui.sheets.text import TextSheet  # sheets are imported when one is opened

        view, width = self.bridge.view, self.size.width - 12
        lines = transfer_lines(transfer, self.bridge.now(), self.glyphs, node_names(view), width)
        self.push_screen(TextSheet("Transfer", lines, self.glyphs))

    def _selected(self) -> list[Transfer]:
        rows = self.selected_rows() if self.view_name == "transfers" else [self.pane.selected_transfer()]
        known = self.bridge.view.transfers
        return [known[row] for row in rows if row in known]

    def _tell(self, transfers: list[Transfer], what: str, tell: Callable[[str], bool]) -> list[Transfer]:
        """Tell all of them that can be told; those it worked with. Says why it did not."""
        if not transfers:
            self.say("No running transfer is selected.", Level.WARNING)
            return []
        told = [transfer for transfer in transfers if tell(transfer.id)]
        if not told:
            whose = "This transfer was" if len(transfers) == 1 else "These transfers were"
            self.say(f"{whose} not started here, so {what} here.", Level.WARNING)
        self.pump()
        return told

    def _going(self) -> list[Transfer]:
        return [transfer for transfer in self._selected() if not transfer.ended]

    def _do_cancel(self) -> None:
        if self._tell(self._going(), "nothing is cancelled", self.bridge.cancel):
            self.after_marks()

    def _do_hold(self) -> None:
        running = self._going()
        moving = [transfer for transfer in running if transfer.state is not TransferState.PAUSED]
        self._tell(moving or running, "nothing is paused", lambda name: self.bridge.hold(name) is not None)

    def _do_sooner(self) -> None:
        self._prioritise(1)

    def _do_later(self) -> None:
        self._prioritise(-1)

    def _prioritise(self, step: int) -> None:
        """Marks stay: one step is often not enough."""
        waiting = [transfer for transfer in self._going() if transfer.waits]
        if not waiting:
            self.say("Nothing of it waits for its turn; what is under way goes on.", Level.WARNING)
            return
        found = [(transfer, self.bridge.prioritise(transfer.id, step)) for transfer in waiting]
        told = [(transfer.name, priority) for transfer, priority in found if priority is not None]
        if told:
            name, priority = told[0]
            who = fmt.clip_middle(fmt.printable(name), 40, self.glyphs.ellipsis) if len(told) == 1 else "They"
            self.say(priority_words(who, priority if len(told) == 1 else step, many=len(told) > 1))
        else:
            self.say("It was not started here, so its place is not changed here.", Level.WARNING)
        self.pump()

    def _do_retry(self) -> None:
        wishes = [wish for transfer in self._selected() if (wish := self.bridge.again(transfer.id)) is not None]
        if not wishes:
            self.say("Only what failed or was cancelled here can be tried again.", Level.WARNING)
            return
        self.after_marks()
        for wish in wishes:
            if isinstance(wish, StoreRequested):
                self.run_worker(self.bridge.store(wish), name="store", group="transfers", exit_on_error=False)
            else:
                self.run_worker(self.bridge.retrieve(wish), name="retrieve", group="transfers", exit_on_error=False)

    def _do_tab_before(self) -> None:
        self._turn(-1)

    def _do_tab_after(self) -> None:
        self._turn(1)

    def _turn(self, step: int) -> None:
        from dfs_tui.panes.transfers import TransfersPane

        self.show_tab(next_tab(self.main(TransfersPane, "#transfers").tab, step))

    def _do_clear(self) -> None:
        self.bridge.clear_finished()
        self.pump()
