"""What can be done with any node of the cluster, wherever it runs: empty it, let it be again, take it off for ever.

Each says first what it would move and risk, as the nodes themselves work it out, and how long that takes.
"""

from __future__ import annotations

from collections.abc import Callable

from dfs_tui.app.nodes import NodeActions
from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.draining import SAFE, SHARES_MAX, preview_lines
from dfs_tui.view.nodes import NodeRow, NodeState
from dfs_tui.view.peers import node_names
from dfs_tui.view.values import LayoutPreview, Level

Text = list[str | Cell]
HEIGHT_FOR_SHARES = 30  # of the screen, below which the question is about the figures only


class MemberActions(NodeActions):
    """They act on the node under the cursor, held by its id from the question to the deed."""

    def _member(self) -> NodeRow | None:
        row = self._selected_row()
        if row is None or not row.node:
            self.say("No node that the cluster knows is selected.", Level.WARNING)
            return None
        return row

    def _preview(self, row: NodeRow, state: str, ask: Callable[[NodeRow, Text], None]) -> None:
        """Find out what it would do, then ask; pressed again meanwhile, it is found out once."""
        work = self._find_out(row, state, ask)
        self.run_worker(work, name="preview", group="preview", exclusive=True, exit_on_error=False)

    async def _find_out(self, row: NodeRow, state: str, ask: Callable[[NodeRow, Text], None]) -> None:
        found = await self.bridge.preview_node(row.node, state)
        if isinstance(found, LayoutPreview) and found.refused:
            self.say(f"{row.name} cannot be {state}: {found.refused}", Level.WARNING)
            return
        ask(row, self._told(found))

    def _told(self, found: LayoutPreview | str) -> Text:
        if isinstance(found, str):
            return [cell(f"What it would move is not known: {fmt.printable(found)}", "warn")]
        seen = max((sample.repair for sample in self.bridge.picture(self.glyphs).samples), default=0.0)
        shares = SHARES_MAX if self.size.height >= HEIGHT_FOR_SHARES else 0
        return list(preview_lines(found, node_names(self.bridge.view), seen, shares))

    # -- emptying

    def _do_drain(self) -> None:
        row = self._member()
        if row is not None:
            undo = row.state is NodeState.DRAINING
            self._preview(row, "joined" if undo else "draining", self._ask_undrain if undo else self._ask_drain)

    def _ask_drain(self, row: NodeRow, told: Text) -> None:
        text: Text = [
            f"Everything on {row.name} is copied to the other nodes first, and only then leaves it.",
            "",
            *told,
            "",
            f"Its row says how far it is, and when {row.name} may be removed. D again ends it.",
        ]
        sheet = ConfirmSheet(f"Drain {row.name}?", text, [Choice("d", "drain", "Drain it")], self.glyphs)
        self.push_screen(sheet, lambda answer: self._drain(row, undo=False) if answer else None)

    def _ask_undrain(self, row: NodeRow, told: Text) -> None:
        text: Text = [f"{row.name} is a usual node again and keeps what it still holds.", "", *told]
        sheet = ConfirmSheet(f"End draining {row.name}?", text, [Choice("d", "drain", "End it")], self.glyphs)
        self.push_screen(sheet, lambda answer: self._drain(row, undo=True) if answer else None)

    def _drain(self, row: NodeRow, *, undo: bool) -> None:
        work = self.bridge.drain_node(row.node, row.name, undo=undo)
        self.run_worker(work, name="drain", group="nodes", exit_on_error=False)

    # -- for ever

    def _do_remove_node(self) -> None:
        chosen = self._selected_row()
        if chosen is not None and chosen.wish is not None:
            self._run_node("forget", chosen.id)
            return
        row = self._member()
        if row is not None:
            self._preview(row, "removed", self._ask_remove)

    def _ask_remove(self, row: NodeRow, told: Text) -> None:
        ends = (
            "its process ends, and its folder is deleted" if row.local else "its process has to be ended where it runs"
        )
        text: Text = [f"{row.name} leaves the cluster for ever: {ends}.", "", *told, ""]
        if row.safe:
            text.append(cell(f"It is {SAFE}.", "good"))
        else:
            text.append("Better: drain it first (D), until its row says that it is empty.")
        text.append("Refused while it would lose the last copies. There is no way back.")
        from dfs_tui.sheets.remove import RemoveSheet  # sheets are imported when one is opened

        sheet = RemoveSheet(row.name, text, self.glyphs)
        self.push_screen(sheet, lambda answer: self._run_node("remove", row.id) if answer else None)
