"""What can be done in the log: choose what of it is looked at and how, mark a place, write it to a file."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from dfs_tui.app.files import FileActions
from dfs_tui.messages import RowChosen
from dfs_tui.view.event_log import LEVELS
from dfs_tui.view.log_rows import TIMES, WINDOWS
from dfs_tui.view.menu import Item

if TYPE_CHECKING:
    from dfs_tui.panes.logs import LogsPane

_TIMES = {"clock": "the time of day", "exact": "date and time", "ago": "how long ago", "none": "no times"}


class LogActions(FileActions):
    """All of it concerns what is on screen; nothing here changes the cluster."""

    @property
    def logs_pane(self) -> LogsPane:
        from dfs_tui.panes.logs import LogsPane

        return self.main(LogsPane, "#logs")

    def on_row_chosen(self, message: RowChosen) -> None:
        """Textual calls this beside the main screen's: a moment of the timeline leads to the log of that time."""
        if message.table == "timeline":
            moment = next((moment for _, moment in self.bridge.timeline.rows() if moment.id == message.row), None)
            if moment is not None:
                work = self._show_log_of(moment.wall_s)
                self.run_worker(work, name="log of then", group="views", exit_on_error=False)

    async def _show_log_of(self, wall_s: float) -> None:
        await self.make_views(("logs",))
        self.enter("logs")
        self.logs_pane.follow(on=False)
        self.logs_pane.table.select(self.bridge.log.line_at(wall_s))
        self.draw()

    def _do_level(self) -> None:
        log = self.bridge.log
        log.show(log.filter.text, LEVELS[(LEVELS.index(log.level) + 1) % len(LEVELS)])
        self.draw()

    def _do_node_lines(self) -> None:
        log = self.bridge.log
        names = ["", *log.nodes]
        log.show_node(names[(names.index(log.node) + 1) % len(names)] if log.node in names else "")
        self.draw()

    def _do_window(self) -> None:
        from dfs_tui.sheets.menu import MenuSheet  # sheets are imported when one is opened

        items = [
            Item(key, key, words.capitalize(), "and nothing older" if seconds else "")
            for key, seconds, words in WINDOWS
        ]
        shown = next((key for key, seconds, _ in WINDOWS if seconds == self.bridge.log.window_s), "0")
        self.push_screen(MenuSheet("How far back?", items, self.glyphs, chosen=shown), self._after_window)

    def _after_window(self, chosen: str | None) -> None:
        if chosen is not None:
            seconds = next(seconds for key, seconds, _ in WINDOWS if key == chosen)
            self.bridge.log.show_since(seconds, self.bridge.wall())
            self.draw()

    def _do_follow(self) -> None:
        pane = self.logs_pane
        pane.follow(on=not pane.follows)
        self.draw()

    def _do_wrap(self) -> None:
        pane = self.logs_pane
        line, followed = pane.line, pane.follows
        pane.look = replace(pane.look, wrapped=not pane.look.wrapped)
        self.draw()
        if followed:
            pane.follow(on=True)
        else:
            pane.table.select(line)
        self.draw()

    def _do_times(self) -> None:
        pane = self.logs_pane
        times = TIMES[(TIMES.index(pane.look.times) + 1) % len(TIMES)]
        pane.look = replace(pane.look, times=times)
        self.say(f"The log shows {_TIMES[times]}.")

    def _do_place_mark(self) -> None:
        self.bridge.log.mark(self.bridge.wall())
        self.draw()

    def _do_record(self) -> None:
        line = self.bridge.log.lines.get(self.logs_pane.line)
        if line is None or line.mark:
            return
        from dfs_tui.sheets.text import TextSheet
        from dfs_tui.view.record import record_lines

        self.push_screen(TextSheet("Record", record_lines(line, self.size.width - 12), self.glyphs))

    def _do_save_log(self) -> None:
        log = self.bridge.log
        if not log.visible:
            self.say("There is no line to write.")
        elif self.is_web:
            self.deliver_text(io.StringIO(log.text), save_filename=self.bridge.log_name())
        else:
            from dfs_tui.sheets.save import SaveSheet

            text = log.text  # of now: more may come while the place is typed
            sheet = SaveSheet(
                len(log.visible), self.downloads, self.bridge.log_name(), self.bridge.list_folder, self.glyphs
            )
            self.push_screen(sheet, lambda place: self._after_save_log(place, text))

    def _after_save_log(self, place: str | None, text: str) -> None:
        if place is not None:
            work = self.bridge.save_log(place, text)
            self.run_worker(work, name="save", group="actions", exit_on_error=False)
