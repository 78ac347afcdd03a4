"""Where a key's file is to be written, and what happens where there is one already: by default, nothing to it."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from dfs_tui.messages import RetrieveRequested
from dfs_tui.sheets.place import PlaceSheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Span, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.plan import free_name
from dfs_tui.view.values import KeyEntry, Taken
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.path_input import ListFolder

KEYS_SHOWN = 5
TAKEN_ROUND = (Taken.NUMBER, Taken.SKIP, Taken.OVERWRITE)
TAKEN_WORDS = {
    Taken.NUMBER: "a number is put behind the name",
    Taken.SKIP: "what is there stays",
    Taken.OVERWRITE: "replaced once the new one is whole",
}


class RetrieveSheet(PlaceSheet[tuple[RetrieveRequested, ...]]):
    """Dismissed with what to retrieve and where to. Several keys go below one folder, in their own folders or flat."""

    BINDINGS: ClassVar[list[BindingType]] = [  # keys that a field leaves to the sheet
        Binding("ctrl+t", "taken", show=False),
        Binding("ctrl+n", "flat", show=False),
    ]

    def __init__(
        self,
        entries: Sequence[KeyEntry],
        place: str,
        list_folder: ListFolder,
        glyphs: Glyphs,
        *,
        name: str = "",
        taken: Taken = Taken.NUMBER,
    ) -> None:
        """`name`: what the file is called in a folder, when that is not the key's last part (an older version)."""
        super().__init__(place, list_folder, glyphs)
        self._entries = tuple(entries)
        self._file_name = name
        self._shared = shared_folder([entry.key for entry in entries])
        self._about = Lines("retrieve-about")
        self._taken = taken
        self._flat = False

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
            lines.append(cell(f"        and {fmt.count(len(self._entries) - KEYS_SHOWN)} more", "dim"))
        if self._many:
            lines.append((("total   ", "dim"), (fmt.size(sum(entry.size_bytes for entry in self._entries)), "")))
        self._about.set_lines([*lines, ()])

    def take(self, typed: str) -> None:
        if not self._many:
            entry = self._entries[0]
            version = entry.version if self._file_name else 0
            wish = RetrieveRequested(entry.key, entry.size_bytes, typed, version, self._file_name, taken=self._taken)
            self.dismiss((wish,))
            return
        base = typed.rstrip("/") + "/"
        names = [""] * len(self._entries)
        if self._flat and self._taken is not Taken.NUMBER:  # else who writes finds a free name, of all that is there
            names = flat_names([entry.key for entry in self._entries])
        self.dismiss(
            tuple(
                RetrieveRequested(
                    entry.key,
                    entry.size_bytes,
                    base if self._flat else base + self._folder_of(entry.key),
                    name=name,
                    base=base,
                    taken=self._taken,
                )
                for entry, name in zip(self._entries, names, strict=True)
            )
        )

    def action_taken(self) -> None:
        """Something else is done about names that are taken."""
        self._taken = TAKEN_ROUND[(TAKEN_ROUND.index(self._taken) + 1) % len(TAKEN_ROUND)]
        self._say(())

    def action_flat(self) -> None:
        """With folders of their own, or all in one."""
        self._flat = self._many and not self._flat
        self._say(())

    def _folder_of(self, key: str) -> str:
        """The folders of a key below what all of them share, with a slash behind."""
        folder = key[len(self._shared) :].rpartition("/")[0]
        return f"{folder}/" if folder else ""

    def effect(self, typed: str) -> Sequence[Cell]:
        leaf = fmt.printable(self._file_name or self._entries[0].key.rpartition("/")[2])
        if self._many:
            where = f"{typed.rstrip('/')}/ ..., one file a key"
            said = f"{where}, {'all in this folder' if self._flat else 'in their own folders'}"
        elif typed.endswith("/"):
            said = f"{typed}{leaf}"
        else:
            return [(("writes  ", "dim"), (typed, ""), (", or into it if it is a folder", "dim"))]
        return [(("writes  ", "dim"), (fmt.clip_middle(said, 60, self.glyphs.ellipsis), ""))]

    def ending(self) -> Sequence[Cell]:
        warns = self._taken is Taken.OVERWRITE
        words = (f"{self.glyphs.attention} " if warns else "") + TAKEN_WORDS[self._taken]
        taken = chosen("ctrl+t", TAKEN_ROUND, TAKEN_ROUND.index(self._taken))
        lines: list[Cell] = [(*taken, (f" {words}", "warn" if warns else "dim"))]
        if self._many:
            lines.append(chosen("ctrl+n", ("keep folders", "names only"), int(self._flat)))
        return [*lines, (), self.buttons([("enter", "Retrieve"), ("tab", "complete"), ("esc", "Cancel")])]


def chosen(key: str, names: Sequence[str], which: int) -> Cell:
    """A key and what it goes round through; where it stands is told by brackets too, for who sees no colours."""
    spans: list[Span] = [(key, "accent"), (" ", "")]
    for index, name in enumerate(names):
        spans.append((f"[{name}]", "strong") if index == which else (f" {name} ", "dim"))
    return tuple(spans)


def flat_names(keys: Sequence[str]) -> list[str]:
    """The last parts of keys, with numbers behind what comes twice: two of them never mean one file."""
    taken: set[str] = set()
    names: list[str] = []
    for key in keys:
        taken.add(name := free_name(key.rpartition("/")[2], taken))
        names.append(name)
    return names


def shared_folder(keys: Sequence[str]) -> str:
    """The folder that all keys are in, with a slash behind; empty when there is none."""
    folders = [key.rpartition("/")[0] for key in keys]
    shared = posixpath.commonpath(folders) if all(folders) else ""
    return f"{shared}/" if shared else ""
