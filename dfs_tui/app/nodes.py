"""What can be done with the nodes of this machine: add, start, stop, kill, read their logs."""

from __future__ import annotations

from collections.abc import Sequence

from dfs_tui.app.frame import Frame
from dfs_tui.messages import AddRequested, RowChosen
from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.view.consequences import consequences
from dfs_tui.view.node_actions import log_line, node_items
from dfs_tui.view.nodes import GONE, NodeRow, node_rows
from dfs_tui.view.values import Level, NewNode, ProcessState

NODES_WANTED = 3  # as a cluster of this machine begins
NODES_MAX = 9  # they share its disk and its memory; a row each is still seen at once
RESTING = (ProcessState.STOPPED, ProcessState.KILLED, ProcessState.FAILED)


class NodeActions(Frame):
    """They act on the node under the cursor, held by its id from the question to the deed."""

    def _node(self, verb: str) -> NodeRow | None:
        """The node under the cursor if it can be asked to `verb` here; else says why not."""
        row = self._selected_row()
        if row is None:
            self.say("No node is selected.", Level.WARNING)
        elif row.wish is not None:
            self.say(f"{row.name} was never made: a edits it and tries again, ctrl+d forgets it.", Level.WARNING)
            return None
        elif not row.local or not self.bridge.view.can_run_nodes:
            self.say(f"{row.name} was not started on this machine: {verb} it where it runs.", Level.WARNING)
            return None
        return row

    def _node_rows(self) -> list[NodeRow]:
        return node_rows(self.bridge.view, self.bridge.now())

    def _selected_row(self) -> NodeRow | None:
        wanted = self.pane.selected_node()
        return next((row for row in self._node_rows() if row.id == wanted), None)

    def _run_node(self, what: str, name: str) -> None:
        self.run_worker(self.bridge.run_node(what, name), name=what, group="nodes", exit_on_error=False)

    def bring_up(self, words: Sequence[str]) -> None:
        """Have so many nodes run on this machine: those that rest are started, then new ones are added."""
        wanted = int(words[0]) if words and words[0].isdecimal() else (0 if words else NODES_WANTED)
        here = self.bridge.view.local
        resting = [name for name, node in here.items() if node.state in RESTING and node.wish is None]
        running = sum(node.state not in RESTING for node in here.values())
        if not self.offers("add"):
            self.say("No node is started: this dashboard was opened with --read-only.", Level.WARNING)
        elif not self.bridge.view.can_run_nodes:
            self.say("The nodes of this cluster run elsewhere: start them where they are.", Level.WARNING)
        elif not 1 <= wanted <= NODES_MAX or len(words) > 1:
            self.say(f"How many? ':up 5' brings it to five nodes; up to {NODES_MAX} on one machine.", Level.WARNING)
        elif running >= wanted:
            more = "; ':node stop' or ':node rm' makes them fewer" if running > wanted else ""
            self.say(f"{running} {'node runs' if running == 1 else 'nodes run'} already{more}.", Level.WARNING)
        else:
            starts = resting[: wanted - running]
            work = self.bridge.bring_up(starts, wanted - running - len(starts))
            self.run_worker(work, name="up", group="nodes", exit_on_error=False)

    def _do_start(self) -> None:
        row = self._node("start")
        if row is None:
            return
        if row.state not in GONE:
            self.say(f"{row.name} runs already.", Level.WARNING)
            return
        self._run_node("start", row.id)

    def _do_stop(self) -> None:
        row = self._node("stop")
        if row is None:
            return
        if row.state in GONE:
            self.say(f"{row.name} does not run.", Level.WARNING)
            return
        text = [f"{row.name} ends cleanly and keeps what it holds. S starts it again."]
        sheet = ConfirmSheet(f"Stop {row.name}?", text, [Choice("t", "stop", "Stop it")], self.glyphs)
        self.push_screen(sheet, lambda answer: self._run_node("stop", row.id) if answer else None)

    def _do_kill(self) -> None:
        row = self._node("kill")
        if row is None:
            return
        if row.state in GONE:
            self.say(f"{row.name} does not run.", Level.WARNING)
            return
        found = consequences(self.bridge.view, row)
        text = [
            f"The process of {row.name} (pid {row.pid}) ends at once, as in a crash (SIGKILL).",
            "",
            *found.lines,
            f"{row.name} keeps its disk: S starts it again, and what it holds counts at once.",
        ]
        if found.grave:
            self._kill_by_name(row, text)
            return
        choices = [Choice("k", "kill", "Kill it"), Choice("D", "drain", "Drain it instead")]
        sheet = ConfirmSheet(f"Kill {row.name}?", text, choices, self.glyphs, danger=True)
        self.push_screen(sheet, lambda answer: self._after_kill(answer, row))

    def _after_kill(self, answer: str | None, row: NodeRow) -> None:
        if answer == "kill":
            self._run_node("kill", row.id)
        elif answer == "drain":
            self.pane.main_table().select(row.id)
            self.do("drain")

    def _kill_by_name(self, row: NodeRow, text: list[str]) -> None:
        """What would make something unreadable, or the cluster stand still, wants the name typed."""
        from dfs_tui.sheets.remove import RemoveSheet

        sheet = RemoveSheet(row.name, text, self.glyphs, verb="Kill")
        self.push_screen(sheet, lambda answer: self._run_node("kill", row.id) if answer else None)

    def _do_restart(self) -> None:
        row = self._node("restart")
        if row is None:
            return
        text = [f"{row.name} ends cleanly and starts again; what it holds stays. It takes a few seconds."]
        sheet = ConfirmSheet(f"Restart {row.name}?", text, [Choice("r", "restart", "Restart it")], self.glyphs)
        self.push_screen(sheet, lambda answer: self._run_node("restart", row.id) if answer else None)

    def _do_node_log(self) -> None:
        row = self._node("read the log of")
        if row is not None:
            self.run_worker(self._show_log(row.id), name="log", group="actions", exit_on_error=False)

    async def _show_log(self, name: str) -> None:
        said = await self.bridge.node_log(name)
        if isinstance(said, str):
            self.say(f"The log of {name} cannot be read: {said}", Level.ERROR)
            return
        from dfs_tui.sheets.text import TextSheet

        lines = [log_line(line) for line in said]
        sheet = TextSheet(f"Log of {name}", lines, self.glyphs, start="end", again=True)
        self.push_screen(sheet, lambda again: self._log_again(name, again))

    def _log_again(self, name: str, again: str | None) -> None:
        if again is not None:
            self.run_worker(self._show_log(name), name="log", group="actions", exit_on_error=False)

    def _do_actions(self) -> None:
        if self.pane.selected_transfer():
            self.perform("cancel")
            return
        row = self._selected_row()
        if row is None:
            self.say("No node is selected.", Level.WARNING)
            return
        from dfs_tui.sheets.menu import MenuSheet

        items = node_items(row, can_run_nodes=self.bridge.view.can_run_nodes)
        self.push_screen(MenuSheet(f"What to do with {row.name}", items, self.glyphs), self._after_actions)

    def _after_actions(self, action: str | None) -> None:
        if action is not None:
            getattr(self, f"_do_{action}")()  # also where its key means something else

    def _do_add(self) -> None:
        row = self._selected_row()
        if row is not None and row.wish is not None:
            self._open_again(row.id)
        else:
            self.open_add(NewNode())

    def _open_again(self, name: str) -> None:
        """The sheet of a node that could not be made, with why."""
        failed = self.bridge.view.local[name]
        self.open_add(failed.wish or NewNode(), failed.error)

    def open_add(self, new: NewNode, trouble: str = "") -> None:
        """Ask what a new node is to be like, beginning with `new`; `trouble`: why that failed."""
        if not self.bridge.view.can_run_nodes:
            self.say("Nodes are added where they run: 'dfs-core invite' prints a line to join with.", Level.WARNING)
            return
        from dfs_tui.sheets.add_node import AddNodeSheet

        sheet = AddNodeSheet(
            new,
            propose=self.bridge.propose_node,
            list_folder=self.bridge.list_folder,
            glyphs=self.glyphs,
            trouble=trouble,
        )
        self.push_screen(sheet, self._after_add)

    def _after_add(self, wanted: AddRequested | None) -> None:
        if wanted is not None:
            self.run_worker(self.bridge.add_node(wanted), name="add", group="nodes", exit_on_error=False)

    def on_row_chosen(self, message: RowChosen) -> None:
        """Enter on a node that could not be made opens its sheet again. Textual calls this beside `Frame`'s."""
        if message.table in ("home-nodes", "nodes") and not self.read_only:
            row = next((row for row in self._node_rows() if row.id == message.row), None)
            if row is not None and row.wish is not None:
                self._open_again(row.id)
