"""What widgets, panes and sheets say: what the user wants. The app is the only one who listens and acts."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from dfs_tui.view.plan import Plan
from dfs_tui.view.values import NewNode, Taken


class ActionRequested(Message):
    """A key, a click on a hint or a line of the help sheet asks for an action of the key table."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action


class RowChosen(Message):
    """Enter, or a click on the row under the cursor, in the table `table`."""

    def __init__(self, table: str, row: str) -> None:
        super().__init__()
        self.table = table
        self.row = row


class CursorMoved(Message):
    """The cursor of the table `table` stands on `row` now; empty when the table is."""

    def __init__(self, table: str, row: str) -> None:
        super().__init__()
        self.table = table
        self.row = row


class HeadingClicked(Message):
    """The heading of `column` was clicked in a table whose order is the app's to say."""

    def __init__(self, table: str, column: str) -> None:
        super().__init__()
        self.table = table
        self.column = column


class FilterTyped(Message):
    """The filter line says this now. `closed`: the field is gone, and the focus goes back to the list."""

    def __init__(self, text: str, *, closed: bool) -> None:
        super().__init__()
        self.text = text
        self.closed = closed


@dataclass(frozen=True, slots=True)
class StoreRequested:
    """The store sheet was confirmed."""

    plan: Plan
    origin: str


@dataclass(frozen=True, slots=True)
class RetrieveRequested:
    """The retrieve sheet was confirmed. `place` is what was typed: a folder or a path, `~` allowed.

    `version` 0 is the current one. `name` is what the file is called in a folder; empty: the key's last part. `base`
    is the folder that was chosen when several keys are written below it. `taken`: when there is such a file already.
    """

    key: str
    size_bytes: int
    place: str
    version: int = 0
    name: str = ""
    base: str = ""
    taken: Taken = Taken.NUMBER

    @property
    def leaf(self) -> str:
        """What the file is called when `place` is a folder."""
        return self.name or self.key.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class AddRequested:
    """The sheet of a new node was confirmed; `line` is how a shell would make it."""

    new: NewNode
    line: str
