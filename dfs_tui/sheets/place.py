"""What sheets that ask for a place on this machine share: a field for a folder or a path, completed by tab."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from textual.widgets import Input

from dfs_tui.sheets.sheet import MARGIN, Result, Sheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.widgets.drop_input import DropInput
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.path_input import ListFolder, PathInput

CHOICES_SHOWN = 4


class PlaceSheet(Sheet[Result]):
    """Composes `_place` and `_below`; what the typed place comes to is drawn there. An empty place is none."""

    def __init__(self, place: str, list_folder: ListFolder, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._place = PathInput(list_folder, value=place, id="place")
        self._below = Lines("place-below")

    @abstractmethod
    def take(self, typed: str) -> None:
        """Enter was pressed on this place: dismiss."""

    @abstractmethod
    def effect(self, typed: str) -> Sequence[Cell]:
        """What would be written there."""

    @abstractmethod
    def ending(self) -> Sequence[Cell]:
        """The last lines: hints and keys."""

    def on_mount(self) -> None:
        self._place.focus()
        self._place.cursor_position = len(self._place.value)
        self._say(())

    def on_path_input_choices_found(self, message: PathInput.ChoicesFound) -> None:
        message.stop()
        self._say(message.choices)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say(())

    def on_drop_input_pasted(self, message: DropInput.Pasted) -> None:
        message.stop()
        message.field.take_text(message.text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if typed := self._place.value.strip():
            self.take(typed)

    def _say(self, choices: Sequence[str]) -> None:
        typed = self._place.value.strip()
        lines: list[Cell] = [()]
        if choices:
            lines += choice_lines(choices, self.size.width - MARGIN, self.glyphs)
        elif typed:
            lines += self.effect(typed)
        else:
            lines.append(cell("a folder or a path", "warn"))
        self._below.set_lines([*lines, *self.ending()])


def choice_lines(choices: Sequence[str], width: int, glyphs: Glyphs) -> list[Cell]:
    """The names a path could go on with, in a few columns."""
    shown = [fmt.clip(fmt.printable(choice), 22, glyphs.ellipsis) for choice in choices]
    columns = max(min(width, 70) // 24, 1)
    rows = [shown[start : start + columns] for start in range(0, len(shown), columns)]
    lines: list[Cell] = [cell("".join(fmt.pad(name, 24) for name in row), "accent") for row in rows[:CHOICES_SHOWN]]
    hidden = len(shown) - CHOICES_SHOWN * columns
    if hidden > 0:
        lines.append(cell(f"and {hidden} more: type another letter", "dim"))
    return lines
