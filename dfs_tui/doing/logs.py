"""Writing the log that is looked at to a file of this machine."""

from __future__ import annotations

import time
from pathlib import Path

from dfs_tui.doing.desk import Desk
from dfs_tui.sources import files
from dfs_tui.sources.base import SourceError
from dfs_tui.view import format as fmt
from dfs_tui.view.values import Level


class LogDeeds(Desk):
    """One file a time, whole or not at all."""

    def log_name(self) -> str:
        """What the file is called in a folder: its names are in the order in which they were written."""
        return f"dfs-log-{time.strftime('%Y%m%d-%H%M%S', time.localtime(self.wall()))}.txt"

    async def save_log(self, place: str, text: str) -> None:
        """Write `text` to a folder or path; nothing that exists is overwritten. How it went is said."""
        try:
            path = await files.place_for(place, self.log_name())
            await files.write_new(path, text)
        except SourceError as error:
            self.note(Level.ERROR, f"the log was not written: {error}")
        else:
            shown = fmt.tilde(path, str(Path.home()))
            self.note(Level.INFO, f"Wrote {fmt.plural(text.count(chr(10)), 'line')} to {shown}")
