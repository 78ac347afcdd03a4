"""A new node on this machine: what it is called, where it lives and listens, how much it offers, and whom it joins.

Every field may stay empty: what is chosen then stands in it, dim, so that enter at once makes one more node like the
others. What is typed is checked while it is typed, by whoever would make the node, and the command that would do the
same in a shell is told along with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from dfs_tui.messages import AddRequested
from dfs_tui.sheets.place import choice_lines
from dfs_tui.sheets.sheet import MARGIN, Sheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.format import wrap
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.new_node import FIELDS, command_line, fields_of, folded, read_fields
from dfs_tui.view.values import NewNode, NodeProposal
from dfs_tui.widgets.drop_input import DropInput
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.path_input import ListFolder, PathInput

WIDTH = 68
LABELS = {"name": "name", "folder": "folder", "port": "port", "capacity": "offers", "invitation": "joins"}
_ABOUT = {
    "name": "what you call it; its folder is called so, too",
    "folder": "what it holds and its log are kept there; tab completes",
    "port": "where the other nodes reach it",
    "capacity": "how much of the disk it may take, like 500G",
    "invitation": "a line that 'dfs-core invite' printed in this cluster",
}

Propose = Callable[[NewNode], Awaitable[NodeProposal | str]]  # text: why nothing can be said


class NextPathInput(PathInput):
    """Tab completes what was typed, and where nothing was since then, it goes on to the next field."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete_or_next", show=False)]

    def __init__(self, list_folder: ListFolder, *, value: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(list_folder, value=value, id=id)
        self._completed = value

    def action_complete_or_next(self) -> None:
        """Tab."""
        if self.value.strip() in ("", self._completed):
            self.screen.focus_next()
        else:
            self.action_complete()

    async def _complete(self, text: str) -> None:
        await super()._complete(text)
        self._completed = self.value


class AddNodeSheet(Sheet[AddRequested]):
    """Dismissed with the node that is wanted, once nothing is wrong with it any more."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", show=False),  # that came before a field had the focus
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(
        self, new: NewNode, *, propose: Propose, list_folder: ListFolder, glyphs: Glyphs, trouble: str = ""
    ) -> None:
        """`new`: what the fields begin with; `trouble`: why a try with it failed."""
        super().__init__(glyphs)
        self._replaces = new.replaces
        self._propose = propose
        self._trouble = trouble
        self._proposal: NodeProposal | None = None
        self._choices: Sequence[str] = ()
        self._said = ""  # why nothing can be said of what is typed
        self._submitted = self._checking = False
        self.command = ""  # that would make it in a shell, as it is shown
        values = fields_of(new)
        self._fields: dict[str, Input] = {
            name: NextPathInput(list_folder, value=values[name], id=f"add-{name}")
            if name == "folder"
            else DropInput(
                value=values[name], id=f"add-{name}", compact=True, select_on_focus=False, password=name == "invitation"
            )
            for name in FIELDS
        }
        self._rows: dict[str, Horizontal] = {name: self.field(LABELS[name], self._fields[name]) for name in FIELDS}
        self._about = Lines("add-about")
        self._below = Lines("add-below")

    def compose(self) -> ComposeResult:
        for lines in (self._about, self._below):
            lines.glyphs = self.glyphs
        yield self.frame("Add a node on this machine", self._about, *self._rows.values(), self._below)

    def on_mount(self) -> None:
        self._fields["name"].focus()
        for field in self._fields.values():
            field.cursor_position = len(field.value)
        self._draw()
        self._check()

    # -- what happens to it

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._choices = ()
        self._submitted = False
        self._check()

    def on_path_input_choices_found(self, message: PathInput.ChoicesFound) -> None:
        message.stop()
        self._choices = message.choices
        self._draw()

    def on_drop_input_pasted(self, message: DropInput.Pasted) -> None:
        message.stop()
        message.field.take_text(message.text)

    def on_descendant_focus(self) -> None:
        self._choices = ()
        self._draw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        """Enter."""
        self._submitted = True
        self._check()

    def _read(self) -> tuple[NewNode, dict[str, str]]:
        return read_fields({name: field.value for name, field in self._fields.items()}, self._replaces)

    def _check(self) -> None:
        self._checking = True
        # The function and not its coroutine, which a check that is overtaken before it begins would leave behind.
        self.run_worker(self._ask, group="check", exclusive=True, exit_on_error=False)  # type: ignore[arg-type]

    async def _ask(self) -> None:
        """Whether it can be made; of what cannot be read, only what the rest would be."""
        new, unread = self._read()
        found = await self._propose(new)
        self._checking = False
        if isinstance(found, str):
            self._proposal, self._said = None, found
        else:
            self._proposal, self._said = found, ""
        if self._submitted and not self._wrong(unread):
            assert self._proposal is not None
            self.dismiss(AddRequested(new, command_line(new, self._proposal.root)))
            return
        self._submitted = False
        self._draw()

    def _wrong(self, unread: dict[str, str]) -> dict[str, str]:
        told = dict(self._proposal.troubles) if self._proposal is not None else {"": self._said or "checking ..."}
        return {**told, **unread}

    # -- drawing

    def _draw(self) -> None:
        new, unread = self._read()
        wrong = self._wrong(unread) if not self._checking or unread else dict(unread)
        self._show_chosen(new)
        for name, row in self._rows.items():
            row.set_class(name in wrong, "-wrong")
        head = [cell(line, "bad") for line in wrap(f"{self.glyphs.down} {self._trouble}", WIDTH)]
        self._about.display = bool(self._trouble)
        self._about.set_lines([*head, ()])
        root = self._proposal.root if self._proposal is not None else ""
        self.command = command_line(new, root)
        command = [cell(line, "accent") for line in folded(self.command, WIDTH)]
        enter = [] if wrong else [("enter", "Add it")]
        keys = self.buttons([*enter, ("tab", "next field"), ("esc", "Cancel")])
        self._below.set_lines([(), *self._words(wrong), (), cell("The same in a shell:", "dim"), *command, (), keys])

    def _words(self, wrong: dict[str, str]) -> list[Cell]:
        """What is wrong with the field in hand, else with another one; else what the field is for."""
        if self._choices:
            return choice_lines(self._choices, self.size.width - MARGIN, self.glyphs)
        here = self._focused_field()
        field = here if here in wrong else next(iter(wrong), None)
        if field is None:
            return [self._too_much() if here == "capacity" and self._too_much() else cell(_ABOUT[here], "dim")]
        label = f"{LABELS[field]}: " if field and field != here else ""
        lines = wrap(f"{self.glyphs.down} {label}{fmt.printable(wrong[field])}", WIDTH)
        return [cell(line, "warn") for line in lines]

    def _too_much(self) -> Cell:
        found = self._proposal
        if found is None or not 0 <= found.free_bytes < found.chosen.capacity_bytes:
            return ()
        return cell(f"{self.glyphs.attention} only {fmt.size(found.free_bytes)} are free there now", "warn")

    def _focused_field(self) -> str:
        return next((name for name, field in self._fields.items() if field is self.focused), FIELDS[0])

    def _show_chosen(self, new: NewNode) -> None:
        """What stands in a field that is empty."""
        found = self._proposal
        if found is None:
            return
        chosen = found.chosen
        free = f" ({fmt.size(found.free_bytes)})" if found.free_bytes >= 0 else ""
        folder = fmt.tilde(chosen.folder, str(Path.home()))
        shown = {
            "name": chosen.name,
            "folder": fmt.clip_middle(fmt.printable(folder), WIDTH - 10, self.glyphs.ellipsis),
            "port": str(chosen.port),
            "capacity": f"what is free{free}",
            "invitation": "this cluster, without an invitation",
        }
        for name, text in shown.items():
            self._fields[name].placeholder = text
