"""What can be done with any node of the cluster, wherever it runs: empty it, let it be again, take it off for ever.

Each says first what it would move and risk, as the nodes themselves work it out, and how long that takes. What is for
ever is asked for each of several nodes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dfs_tui.app.nodes import NodeActions
from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.draining import SAFE, SHARES_MAX, preview_line, preview_lines
from dfs_tui.view.nodes import NodeRow, NodeState
from dfs_tui.view.peers import node_names
from dfs_tui.view.values import LayoutPreview, Level

Text = list[str | Cell]
Found = LayoutPreview | str
HEIGHT_FOR_SHARES = 30  # of the screen, below which the question is about the figures only


class MemberActions(NodeActions):
    """They act on the marked nodes, else on the one under the cursor, held by id from the question to the deed."""

    def _members(self) -> list[NodeRow]:
        return self._told_of(self.meant_nodes())

    def _told_of(self, rows: Sequence[NodeRow]) -> list[NodeRow]:
        found = [row for row in rows if row.node]
        if not found:
            self.say("No node that the cluster knows is selected.", Level.WARNING)
        return found

    def _preview(self, rows: Sequence[NodeRow], state: str, ask: Callable[[list[NodeRow], Text], None]) -> None:
        """Find out what it would do, then ask; pressed again meanwhile, it is found out once."""
        work = self._find_out(rows, state, ask)
        self.run_worker(work, name="preview", group="preview", exclusive=True, exit_on_error=False)

    async def _find_out(self, rows: Sequence[NodeRow], state: str, ask: Callable[[list[NodeRow], Text], None]) -> None:
        found: list[tuple[NodeRow, Found]] = []
        for row in rows:
            would = await self.bridge.preview_node(row.node, state)
            if isinstance(would, LayoutPreview) and would.refused:
                self.say(f"{row.name} cannot be {state}: {would.refused}", Level.WARNING)
                return
            found.append((row, would))
        ask([row for row, _ in found], self._told(found))

    def _told(self, found: Sequence[tuple[NodeRow, Found]]) -> Text:
        if len(found) > 1:
            return [
                *(preview_line(row.name, would) for row, would in found),
                *self._few_left([row for row, _ in found]),
            ]
        would = found[0][1]
        if isinstance(would, str):
            return [cell(f"What it would move is not known: {fmt.printable(would)}", "warn")]
        seen = max((sample.repair for sample in self.bridge.picture(self.glyphs).samples), default=0.0)
        shares = SHARES_MAX if self.size.height >= HEIGHT_FOR_SHARES else 0
        return list(preview_lines(would, node_names(self.bridge.view), seen, shares))

    def _few_left(self, chosen: Sequence[NodeRow]) -> Text:
        """Each was worked out by itself: what they mean together is said at least in numbers."""
        ids = {row.id for row in chosen}
        rows = self._node_rows()
        left = sum(row.state is NodeState.UP and row.capacity_bytes > 0 and row.id not in ids for row in rows)
        wanted = self.bridge.picture(self.glyphs).copies_wanted
        if left >= wanted:
            return [cell("Each is worked out by itself; together they move more.", "dim")]
        return [cell(f"Only {fmt.plural(left, 'node')} would be left to hold {wanted} copies: too few.", "bad")]

    # -- emptying

    def _do_drain(self) -> None:
        self.ask_drain(self.meant_nodes())

    def ask_drain(self, rows: Sequence[NodeRow], *, undo: bool | None = None) -> None:
        found = self._told_of(rows)
        drained = [row for row in found if row.state is NodeState.DRAINING]
        if undo is None:  # a key does either
            undo = len(drained) == len(found)
        chosen = drained if undo else [row for row in found if row not in drained]
        if chosen:
            self._preview(chosen, "joined" if undo else "draining", self._ask_undrain if undo else self._ask_drain)
        elif found:
            names, are = fmt.named([row.name for row in found]), "is" if len(found) == 1 else "are"
            self.say(f"{names} {are} {'not being drained' if undo else 'being drained already'}.", Level.WARNING)

    def _ask_drain(self, rows: list[NodeRow], told: Text) -> None:
        names, one = fmt.named([row.name for row in rows]), len(rows) == 1
        text: Text = [
            f"Everything on {names} is copied to the other nodes first, and only then leaves "
            f"{'it' if one else 'them'}.",
            "",
            *told,
            "",
            f"{'Its row says' if one else 'Their rows say'} how far it is, and when "
            f"{names if one else 'each'} may be removed. D again ends it.",
        ]
        label = "Drain it" if one else "Drain them"
        sheet = ConfirmSheet(f"Drain {names}?", text, [Choice("d", "drain", label)], self.glyphs)
        self.push_screen(sheet, lambda answer: self._drain(rows, undo=False) if answer else None)

    def _ask_undrain(self, rows: list[NodeRow], told: Text) -> None:
        names, one = fmt.named([row.name for row in rows]), len(rows) == 1
        again = "is a usual node again and keeps what it" if one else "are usual nodes again and keep what they"
        text: Text = [f"{names} {again} still {'holds' if one else 'hold'}.", "", *told]
        sheet = ConfirmSheet(f"End draining {names}?", text, [Choice("d", "drain", "End it")], self.glyphs)
        self.push_screen(sheet, lambda answer: self._drain(rows, undo=True) if answer else None)

    def _drain(self, rows: Sequence[NodeRow], *, undo: bool) -> None:
        self.one_by_one("drain", rows, lambda row: self.bridge.drain_node(row.node, row.name, undo=undo))

    # -- for ever

    def _do_remove_node(self) -> None:
        chosen = self.meant_nodes()
        unmade = [row for row in chosen if row.wish is not None]
        for row in unmade:
            self._run_node("forget", row.id)
        if len(unmade) < len(chosen) or not chosen:
            self._remove_first(self._members())

    def _remove_first(self, rows: Sequence[NodeRow]) -> None:
        """Ask about the first; only when that was answered with its name, about the next one."""
        if rows:
            self._preview(rows[:1], "removed", lambda asked, told: self._ask_remove(asked[0], told, rows[1:]))

    def _ask_remove(self, row: NodeRow, told: Text, rest: Sequence[NodeRow]) -> None:
        ends = (
            "its process ends, and its folder is deleted" if row.local else "its process has to be ended where it runs"
        )
        text: Text = [f"{row.name} leaves the cluster for ever: {ends}.", "", *told, ""]
        if row.safe:
            text.append(cell(f"It is {SAFE}.", "good"))
        else:
            text.append("Better: drain it first (D), until its row says that it is empty.")
        text.append("Refused while it would lose the last copies. There is no way back.")
        if rest:
            text.append(
                f"After it, {fmt.named([each.name for each in rest])} {'is' if len(rest) == 1 else 'are'} asked for."
            )
        from dfs_tui.sheets.remove import RemoveSheet  # sheets are imported when one is opened

        sheet = RemoveSheet(row.name, text, self.glyphs)
        self.push_screen(sheet, lambda answer: self._remove(row, rest) if answer else None)

    def _remove(self, row: NodeRow, rest: Sequence[NodeRow]) -> None:
        self._run_node("remove", row.id)
        if rest:
            self._remove_first(rest)
        else:
            self.after_marks()
