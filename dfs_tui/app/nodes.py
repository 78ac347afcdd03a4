"""What can be done with the nodes of this machine: add, start, stop, kill, read their logs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from dfs_tui.app.marking import Marking
from dfs_tui.messages import AddRequested, RowChosen
from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.view import format as fmt
from dfs_tui.view.consequences import consequences
from dfs_tui.view.node_actions import log_line, node_items
from dfs_tui.view.nodes import GONE, NodeRow, node_rows
from dfs_tui.view.values import Level, NewNode, ProcessState

NODES_WANTED = 3  # as a cluster of this machine begins
NODES_MAX = 9  # they share its disk and its memory; a row each is still seen at once
RESTING = (ProcessState.STOPPED, ProcessState.KILLED, ProcessState.FAILED)


class NodeActions(Marking):
    """They act on the marked nodes, else on the one under the cursor, held by id from the question to the deed."""

    def meant_nodes(self) -> list[NodeRow]:
        """Those that are meant, the ones on screen first; says so when there are none."""
        rows = {row.id: row for row in self._node_rows()}
        found = [rows[row] for row in self.selected_rows() if row in rows]
        if not found:
            self.say("No node is selected.", Level.WARNING)
        return found

    def _here(self, verb: str, *, gone: bool | None = None, among: Sequence[NodeRow] | None = None) -> list[NodeRow]:
        """Those of them that can be asked to `verb` here; else says why not. `gone`: only such, or only others."""
        found = self.meant_nodes() if among is None else among
        here = [row for row in found if row.local and row.wish is None and self.bridge.view.can_run_nodes]
        fit = [row for row in here if gone is None or (row.state in GONE) is gone]
        one = len(found) == 1
        if found and all(row.wish is not None for row in found):
            self._say_unmade(found)
        elif found and not here:
            was, where = ("was", "it where it runs") if one else ("were", "them where they run")
            self.say(f"{_named(found)} {was} not started on this machine: {verb} {where}.", Level.WARNING)
        elif here and not fit:
            does = ("runs" if one else "run") + " already" if gone else ("does not run" if one else "do not run")
            self.say(f"{_named(here)} {does}.", Level.WARNING)
        return fit

    def _say_unmade(self, rows: Sequence[NodeRow]) -> None:
        was, what = "was" if len(rows) == 1 else "were", _it(rows)
        said = f"{_named(rows)} {was} never made: a edits {what} and tries again, ctrl+d forgets {what}."
        self.say(said, Level.WARNING)

    def _node_rows(self) -> list[NodeRow]:
        return node_rows(self.bridge.view, self.bridge.now())

    def _selected_row(self) -> NodeRow | None:
        wanted = self.pane.selected_node()
        return next((row for row in self._node_rows() if row.id == wanted), None)

    def _run_node(self, what: str, name: str) -> None:
        self.run_worker(self.bridge.run_node(what, name), name=what, group="nodes", exit_on_error=False)

    def one_by_one(self, what: str, rows: Sequence[NodeRow], deed: Callable[[NodeRow], Awaitable[object]]) -> None:
        """Do it to one of these nodes after the other; each says for itself what came of it."""

        async def go_through() -> None:
            for row in rows:
                await deed(row)

        self.run_worker(go_through(), name=what, group="nodes", exit_on_error=False)
        self.after_marks()

    def _run_nodes(self, what: str, rows: Sequence[NodeRow]) -> None:
        """All at once; each says for itself what came of it."""
        for row in rows:
            self._run_node(what, row.id)
        self.after_marks()

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
        found = self._here("start", gone=True)
        if found:
            self._run_nodes("start", found)

    def _do_stop(self) -> None:
        found = self._here("stop", gone=False)
        if not found:
            return
        after = consequences(self.bridge.view, *found)
        one = len(found) == 1
        ends = "ends cleanly and keeps what it holds" if one else "end cleanly and keep what they hold"
        text = [f"{_named(found)} {ends}. S starts {_it(found)} again.", *(("", *after.lines) if after.grave else ())]
        sheet = ConfirmSheet(
            f"Stop {_named(found)}?", text, [Choice("t", "stop", f"Stop {_it(found)}")], self.glyphs, danger=after.grave
        )
        self.push_screen(sheet, lambda answer: self._run_nodes("stop", found) if answer else None)

    def _do_kill(self) -> None:
        found = self._here("kill", gone=False)
        if not found:
            return
        after = consequences(self.bridge.view, *found)
        whose = fmt.named([f"{row.name} (pid {row.pid})" for row in found])
        one = len(found) == 1
        keeps, holds = (
            ("keeps its disk", "what it holds counts") if one else ("keep their disks", "what they hold counts")
        )
        text = [
            f"The process{'' if one else 'es'} of {whose} {'ends' if one else 'end'} at once, as in a crash (SIGKILL).",
            "",
            *after.lines,
            f"{_named(found)} {keeps}: S starts {_it(found)} again, and {holds} at once.",
        ]
        if after.grave:
            self._kill_by_name(found, text)
            return
        choices = [Choice("k", "kill", f"Kill {_it(found)}"), Choice("D", "drain", f"Drain {_it(found)} instead")]
        sheet = ConfirmSheet(f"Kill {_named(found)}?", text, choices, self.glyphs, danger=True)
        self.push_screen(sheet, lambda answer: self._after_kill(answer, found))

    def _after_kill(self, answer: str | None, rows: Sequence[NodeRow]) -> None:
        if answer == "kill":
            self._run_nodes("kill", rows)
        elif answer == "drain":
            self.ask_drain(rows, undo=False)

    def ask_drain(self, rows: Sequence[NodeRow], *, undo: bool | None = None) -> None:
        """Say what moving everything off these nodes would take, or ending that (`undo`), and ask."""

    def _kill_by_name(self, rows: Sequence[NodeRow], text: list[str]) -> None:
        """What would make something unreadable, or the cluster stand still, wants the names typed."""
        from dfs_tui.sheets.remove import RemoveSheet

        sheet = RemoveSheet(" ".join(row.name for row in rows), text, self.glyphs, verb="Kill")
        self.push_screen(sheet, lambda answer: self._run_nodes("kill", rows) if answer else None)

    def _do_restart(self) -> None:
        found = self._here("restart")
        if not found:
            return
        if len(found) == 1:
            text = [f"{found[0].name} ends cleanly and starts again; what it holds stays. It takes a few seconds."]
        else:
            text = [f"{_named(found)} end cleanly and start again, one after the other; what they hold stays."]
        sheet = ConfirmSheet(
            f"Restart {_named(found)}?", text, [Choice("r", "restart", f"Restart {_it(found)}")], self.glyphs
        )
        self.push_screen(sheet, lambda answer: self._restart(found) if answer else None)

    def _restart(self, rows: Sequence[NodeRow]) -> None:
        self.one_by_one("restart", rows, lambda row: self.bridge.run_node("restart", row.id))

    def _do_node_log(self) -> None:
        """Of the one under the cursor: several logs are no text that anybody reads."""
        row = self._selected_row()
        found = self._here("read the log of", among=[row] if row is not None else [])
        if found:
            self.run_worker(self._show_log(found[0].id), name="log", group="actions", exit_on_error=False)
        elif row is None:
            self.say("No node is selected.", Level.WARNING)

    async def _show_log(self, name: str) -> None:
        said = await self.bridge.node_log(name)
        if isinstance(said, str):
            self.say(f"The log of {name} cannot be read: {said}", Level.ERROR)
            return
        from dfs_tui.sheets.text import TextSheet

        lines = [log_line(line) for line in said]
        sheet = TextSheet(f"Log of {name}", lines, self.glyphs, start="end", again="r reads again")
        self.push_screen(sheet, lambda again: self._log_again(name, again))

    def _log_again(self, name: str, again: str | None) -> None:
        if again is not None:
            self.run_worker(self._show_log(name), name="log", group="actions", exit_on_error=False)

    def _do_actions(self) -> None:
        if self.pane.selected_transfer():
            self.perform("cancel")
            return
        found = self.meant_nodes()
        if not found:
            return
        from dfs_tui.sheets.menu import MenuSheet

        items = node_items(found, can_run_nodes=self.bridge.view.can_run_nodes)
        self.push_screen(MenuSheet(f"What to do with {_named(found)}", items, self.glyphs), self._after_actions)

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


def _named(rows: Sequence[NodeRow]) -> str:
    return fmt.named([row.name for row in rows])


def _it(rows: Sequence[NodeRow]) -> str:
    return "it" if len(rows) == 1 else "them"
