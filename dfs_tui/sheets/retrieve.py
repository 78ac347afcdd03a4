"""Where a key's file is to be written. Nothing that exists is overwritten: a number is put behind the name."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from textual.app import ComposeResult

from dfs_tui.messages import RetrieveRequested
from dfs_tui.sheets.place import PlaceSheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.values import KeyEntry
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.path_input import ListFolder

KEYS_SHOWN = 5


class RetrieveSheet(PlaceSheet[tuple[RetrieveRequested, ...]]):
    """Dismissed with what to retrieve and where to. Several keys go below one folder, each with its own folders."""

    def __init__(
        self, entries: Sequence[KeyEntry], place: str, list_folder: ListFolder, glyphs: Glyphs, *, name: str = ""
    ) -> None:
        """`name`: what the file is called in a folder, when that is not the key's last part (an older version)."""
        super().__init__(place, list_folder, glyphs)
        self._entries = tuple(entries)
        self._file_name = name
        self._shared = shared_folder([entry.key for entry in entries])
        self._about = Lines("retrieve-about")

    @property
    def _many(self) -> bool:
        return len(self._entries) > 1

    def compose(self) -> ComposeResult:
        for lines in (self._about, self._below):
            lines.glyphs = self.glyphs
        what = f"{len(self._entries)} keys" if self._many else self._entries[0].key
        yield self.frame(f"Retrieve {what}", self._about, self.field("to", self._place), self._below)

    def on_mount(self) -> None:
        lines: list[Cell] = []
        for entry in self._entries[:KEYS_SHOWN]:
            key = fmt.clip_middle(fmt.printable(entry.key), 54, self.glyphs.ellipsis)
            label = "key     " if not lines else "        "
            lines.append(((label, "dim"), (key, "strong"), (f"  {fmt.size(entry.size_bytes)}", "dim")))
        if len(self._entries) > KEYS_SHOWN:
            lines.append(cell(f"        and {len(self._entries) - KEYS_SHOWN} more", "dim"))
        if self._many:
            lines.append((("total   ", "dim"), (fmt.size(sum(entry.size_bytes for entry in self._entries)), "")))
        self._about.set_lines([*lines, ()])

    def take(self, typed: str) -> None:
        if not self._many:
            entry = self._entries[0]
            version = entry.version if self._file_name else 0
            self.dismiss((RetrieveRequested(entry.key, entry.size_bytes, typed, version, self._file_name),))
            return
        base = typed.rstrip("/") + "/"
        self.dismiss(
            tuple(
                RetrieveRequested(entry.key, entry.size_bytes, base + self._folder_of(entry.key), base=base)
                for entry in self._entries
            )
        )

    def _folder_of(self, key: str) -> str:
        """The folders of a key below what all of them share, with a slash behind."""
        folder = key[len(self._shared) :].rpartition("/")[0]
        return f"{folder}/" if folder else ""

    def effect(self, typed: str) -> Sequence[Cell]:
        leaf = fmt.printable(self._file_name or self._entries[0].key.rpartition("/")[2])
        if self._many:
            said = f"{typed.rstrip('/')}/ ..., one file a key"
        elif typed.endswith("/"):
            said = f"{typed}{leaf}"
        else:
            return [(("writes  ", "dim"), (typed, ""), (", or into it if it is a folder", "dim"))]
        return [(("writes  ", "dim"), (fmt.clip_middle(said, 60, self.glyphs.ellipsis), ""))]

    def ending(self) -> Sequence[Cell]:
        return [
            cell("Never overwrites: a number is put behind a name that is taken.", "dim"),
            (),
            self.buttons([("enter", "Retrieve"), ("tab", "complete"), ("esc", "Cancel")]),
        ]


def shared_folder(keys: Sequence[str]) -> str:
    """The folder that all keys are in, with a slash behind; empty when there is none."""
    folders = [key.rpartition("/")[0] for key in keys]
    shared = posixpath.commonpath(folders) if all(folders) else ""
    return f"{shared}/" if shared else ""
