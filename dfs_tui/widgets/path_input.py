"""A field for a path of this machine: tab goes on as far as there is only one way, then shows the choices.

Reading a folder may take long (a disk that sleeps, a network that is gone), so it happens in a worker; what comes back
is used only if the text is still the one it was asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from dfs_tui.view.complete import complete, split
from dfs_tui.widgets.drop_input import DropInput

ListFolder = Callable[[str], Awaitable[Sequence[str]]]


class PathInput(DropInput):
    """`list_folder` gives the names in a folder, those of folders with a slash behind."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", show=False)]

    class ChoicesFound(Message):
        """Tab was pressed; `choices` are the ways to go on, none when there is at most one."""

        def __init__(self, choices: Sequence[str]) -> None:
            super().__init__()
            self.choices = tuple(choices)

    def __init__(self, list_folder: ListFolder, *, value: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(value=value, id=id, compact=True, select_on_focus=False)
        self._list_folder = list_folder

    def action_complete(self) -> None:
        """Tab: complete what was typed."""
        self.run_worker(self._complete(self.value), group="complete", exclusive=True, exit_on_error=False)

    async def _complete(self, text: str) -> None:
        home = str(Path.home())
        _, folder, _ = split(text, home)
        names = await self._list_folder(folder)
        if self.value != text:
            return
        found = complete(text, lambda _: names, home)
        self.value = found.text
        self.cursor_position = len(found.text)
        self.post_message(self.ChoicesFound(found.choices))
