"""Opening what was retrieved with the program that this system has for it; nothing is waited for."""

from __future__ import annotations

from pathlib import Path

from dfs_tui.app.files import FileActions
from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.view import format as fmt
from dfs_tui.view.transfers import Transfer, in_order
from dfs_tui.view.values import Level


class Showing(FileActions):
    """The selected transfer in Transfers; `:open` elsewhere means what was retrieved last."""

    def offers(self, action: str) -> bool:
        return super().offers(action) and not (action == "open" and self._why_not_open())

    def refusal(self, action: str) -> str:
        return (self._why_not_open() if action == "open" else "") or super().refusal(action)

    def _why_not_open(self) -> str:
        """Why nothing that is retrieved here can be opened, whatever it is."""
        if self.is_web:
            return "What is retrieved in a browser is a download: the browser opens it."
        if self.bridge.view.generated:
            return "This is a demo: what is retrieved is a few words of text, so nothing is opened."
        return ""

    def _do_open(self) -> None:
        self._open_file_of(self.bridge.view.transfers.get(self.pane.selected_transfer()))

    def open_retrieved(self) -> None:
        why_not = self._why_not_open()
        if why_not:
            self.say(why_not, Level.WARNING)
        elif self.view_name == "transfers":
            self._do_open()
        else:
            there = (transfer for transfer in self.bridge.view.transfers.values() if transfer.path)
            self._open_file_of(next(iter(in_order(there)), None))

    def _open_file_of(self, transfer: Transfer | None) -> None:
        if transfer is None or not transfer.path:
            self.say("Only what was retrieved here can be opened, once it is whole.", Level.WARNING)
            return
        self.run_worker(self._ask_and_open(transfer.path), name="open", group="actions", exit_on_error=False)

    async def _ask_and_open(self, path: str) -> None:
        """At once, unless opening it might be running it: stored files may come from anybody."""
        if not await self.bridge.may_run(path):
            await self.bridge.open_file(path)
            return
        shown = fmt.clip_middle(fmt.printable(fmt.tilde(path, str(Path.home()))), 66, self.glyphs.ellipsis)
        text = [shown, "", "By its name or its permissions this is a program: opening it may run it."]
        sheet = ConfirmSheet("Open this program?", text, [Choice("o", "open", "Open it")], self.glyphs, danger=True)
        self.push_screen(sheet, lambda answer: self._after_question(answer, path))

    def _after_question(self, answer: str | None, path: str) -> None:
        if answer == "open":
            self.run_worker(self.bridge.open_file(path), name="open", group="actions", exit_on_error=False)
