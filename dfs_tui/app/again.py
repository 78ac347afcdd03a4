"""Activity: what was done here in full, and once more, by way of what its key does."""

from __future__ import annotations

from dfs_tui.app.commanding import Commanding
from dfs_tui.messages import RowChosen
from dfs_tui.view.again import NotAgain, command_again
from dfs_tui.view.commands import Misunderstood, understood
from dfs_tui.view.peers import node_names
from dfs_tui.view.values import Level


class Again(Commanding):
    """A deed that is done again asks what it asked the first time."""

    def on_row_chosen(self, message: RowChosen) -> None:
        """Textual calls this beside the main screen's: a deed in full, from where it can be done again."""
        if message.table != "activity" or message.row not in self.bridge.activity.deeds:
            return
        from dfs_tui.sheets.text import TextSheet  # sheets are imported when one is opened
        from dfs_tui.view.record import deed_lines

        row = message.row
        lines = deed_lines(self.bridge.activity.deeds[row], self.size.width - 12)
        sheet = TextSheet("What was done", lines, self.glyphs, again="" if self.read_only else "r does it again")
        self.push_screen(sheet, lambda answer: self._once_more(row) if answer else None)

    def _do_again(self) -> None:
        self._once_more(self.pane.main_table().cursor_id)

    def _once_more(self, row: str) -> None:
        deed = self.bridge.activity.deeds.get(row)
        if deed is None:
            self.say("Nothing is selected that was done here.", Level.WARNING)
            return
        if self.read_only:
            self.say("This dashboard was opened with --read-only.", Level.WARNING)
            return
        try:
            command = understood(command_again(deed, node_names(self.bridge.view)))
        except (NotAgain, Misunderstood) as error:
            self.say(str(error), Level.WARNING)
            return
        if command.verb.name == "repair" and not command.words:
            self.do("repair_now")
            return
        self.run_worker(self.obey(command), name="again", group="command", exit_on_error=False)
