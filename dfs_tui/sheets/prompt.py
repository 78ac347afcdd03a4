"""The command line: a field, and below it the ways to go on. Tab completes, up and down choose, enter does it.

The same sheet is the palette (ctrl+p): it then lists every action of the key table as well, and finds them by any words
of what they do. What is no command is said below the field, and the line stays to be mended.

It is made once and then kept (`begin`): making it and laying it out takes twice as long as showing it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.widgets import Input

from dfs_tui.messages import RowChosen
from dfs_tui.sheets.sheet import Sheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Column, Row, cell
from dfs_tui.view.commands import Misunderstood, Offer, common, understood
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.virtual_table import VirtualTable

_COLUMNS = (Column("line", "", 26, flex=1), Column("text", "", 40, flex=2, priority=1))

Offers = Callable[[str], Sequence[Offer]]
Paths = Callable[[str], Awaitable[Sequence[Offer]]]


class _Line(Input):
    """A field whose cursor need not blink while nobody sees it."""

    def rest(self) -> None:
        self.cursor_blink = False

    def wake(self) -> None:
        self.cursor_blink = True
        self._restart_blink()


class PromptSheet(Sheet[str]):
    """Dismissed with a line that was understood, or with the id of an action as `!id`.

    `past`: lines given before, the newest last; up goes back to them while nothing is typed. `paths`: ways to go on
    that are found on a disk, which may take a while: they are shown if the line is still what it was.
    """

    takes_text = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False, priority=True),
        Binding("down", "choose(1)", show=False, priority=True),
        Binding("up", "choose(-1)", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        offers: Offers,
        glyphs: Glyphs,
        *,
        past: Sequence[str] = (),
        palette: bool = False,
        paths: Paths | None = None,
    ) -> None:
        super().__init__(glyphs)
        self._heading = title
        self._offers = offers
        self._paths = paths
        self._past = list(past)
        self._palette = palette
        self._back = 0  # how many lines back in the past
        self._reason = ("", "")  # why a line is none, for as long as it stays that line
        self._shown: list[Offer] = []
        self._offered: str | None = None  # for which text
        self._chosen = palette  # enter takes the row under the cursor rather than what is typed
        self._field = _Line(id="prompt", compact=True, select_on_focus=False)
        self._table = VirtualTable("prompt-offers", _COLUMNS)
        self._below = Lines("prompt-below")

    def compose(self) -> ComposeResult:
        self._table.glyphs = self._below.glyphs = self.glyphs
        frame = self.frame(
            self._heading, self.field("" if self._palette else ":", self._field), self._table, self._below
        )
        frame.border_subtitle = "tab completes, enter does it, esc closes"
        frame.add_class("-prompt")
        yield frame

    def on_mount(self) -> None:
        self._table.can_focus = False
        self._field.focus()
        self._offer("")

    def begin(self, offers: Offers, past: Sequence[str]) -> None:
        """Be as new."""
        self._offers, self._past, self._back = offers, list(past), 0
        self._reason = ("", "")
        self._chosen = self._palette
        self._put("")
        self._say("")
        self._offer("")
        if self._field.is_attached:
            self.set_focus(self._field, scroll_visible=False)

    def prepare(self, size: Size) -> None:
        """Give everything its place before it is shown."""
        self._refresh_layout(size)

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        self._field.wake()
        self.call_later(self._on_timer_update)  # what is due to be painted: now, and not when the next frame is due

    def _on_screen_suspend(self) -> None:
        self._field.rest()

    async def on_key(self, event: events.Key) -> None:
        """What is typed before the field can have the focus is for it all the same."""
        if self.focused is not None:
            return
        if event.is_printable and event.character is not None:
            event.stop()
            self._field.insert_text_at_cursor(event.character)
        elif event.key == "enter":
            event.stop()
            await self._field.action_submit()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value == self._offered:
            return
        self._chosen = self._palette
        self._say(self._reason[1] if event.value == self._reason[0] else "")
        self._offer(event.value)
        if self._paths is not None:
            look: Callable[[], Awaitable[None]] = partial(self._look, self._paths, event.value)
            self.run_worker(look, group="look", exclusive=True, exit_on_error=False)

    async def _look(self, paths: Paths, text: str) -> None:
        found = await paths(text)
        if found and self._field.value == text:
            self._show(text, [*self._offers(text), *found])

    def _offer(self, text: str) -> None:
        self._show(text, self._offers(text))

    def _show(self, text: str, offers: Sequence[Offer]) -> None:
        self._offered = text
        self._shown = list(offers)
        rows = [str(number) for number in range(len(self._shown))]
        self._table.set_rows(rows, self._cells, empty=self._nothing(text))
        self._table.action_edge(0)

    def _nothing(self, text: str) -> list[Cell]:
        if self._palette or not text.strip():
            return [cell("Nothing does that.", "dim")]
        return [cell("enter does it as it is typed", "dim")]

    def _cells(self, row: str) -> Row:
        offer = self._shown[int(row)]
        shown = offer.line.partition(" ")[2] if offer.line.startswith("!") else offer.line
        shown = offer.shown or shown
        return {"line": cell(fmt.printable(shown), "accent"), "text": cell(offer.text, "dim")}

    def action_complete(self) -> None:
        """Fill in what all ways to go on have in common; with none typed of it yet, the one under the cursor."""
        plain = [offer for offer in self._shown if not offer.line.startswith("!")]
        fill = common(plain)
        if len(plain) == 1:
            fill = plain[0].line + ("" if plain[0].line.rstrip("'").endswith("/") else " ")  # a folder goes on
        elif len(fill) <= len(self._field.value.strip()) and self._chosen and self._table.cursor_id:
            offer = self._shown[int(self._table.cursor_id)]
            fill = "" if offer.line.startswith("!") else f"{offer.line} "
        if fill and fill != self._field.value and len(fill) >= len(self._field.value.rstrip()):
            self._put(fill)

    def action_choose(self, step: int) -> None:
        """Down and up among the offers; up from the first goes back through the lines of before."""
        if step < 0 and not self._palette and (not self._chosen or self._table.cursor_id in ("", "0")):
            self._recall(1)
        elif step > 0 and self._back:
            self._recall(-1)
        elif self._shown:
            self._table.action_move(step if self._chosen else 0)
            self._chosen = True

    def _recall(self, step: int) -> None:
        self._back = min(max(self._back + step, 0), len(self._past))
        self._put(self._past[-self._back] if self._back else "")

    def _put(self, text: str) -> None:
        self._field.value = text
        self._field.cursor_position = len(text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._chosen and self._table.cursor_id:
            self._take(self._shown[int(self._table.cursor_id)].line)
            return
        self._take(self._field.value)

    def on_row_chosen(self, message: RowChosen) -> None:
        message.stop()
        self._take(self._shown[int(message.row)].line)

    def _take(self, line: str) -> None:
        if line.startswith("!"):
            self.dismiss(line.partition(" ")[0])
            return
        try:
            understood(line)
        except Misunderstood as error:
            if line.strip() != self._field.value.strip():
                self._reason = (f"{line} ", str(error))
                self._put(f"{line} ")  # it was chosen from the list and wants more
            self._say(str(error))
        else:
            self.dismiss(line)

    def _say(self, text: str) -> None:
        self._below.set_lines([cell(fmt.printable(text), "warn")] if text else [()])
