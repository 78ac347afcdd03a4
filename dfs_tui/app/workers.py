"""What can be told to background workers in Repair, or by a command from anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from dfs_tui.app.marking import Marking
from dfs_tui.view.values import Level, WorkerReport
from dfs_tui.view.worker_actions import (
    EVERY,
    WorkerAt,
    WorkerWish,
    pace_items,
    worker_items,
    worker_wish,
)
from dfs_tui.view.worker_rows import worker_nodes, worker_rows


class WorkerActions(Marking):
    """The marked workers, else the one under the cursor; held by node and name from the question to the deed."""

    def _meant_workers(self) -> dict[WorkerAt, WorkerReport]:
        """Those that are meant."""
        rows = worker_rows(self.bridge.view)
        found = [row for row in self.selected_rows() if row in rows]
        if not found:
            self.say("No worker is selected.", Level.WARNING)
        return {_at(row, rows[row]): rows[row][1] for row in found}

    def _every(self, worker: str, node: str = "") -> list[WorkerAt]:
        """The workers of this name (or all) on all nodes that can be told, or on one."""
        every = [_at(row, told) for row, told in worker_rows(self.bridge.view).items()]
        return [at for at in every if worker in (EVERY, at.worker) and node in ("", at.node)]

    def _do_pause_worker(self) -> None:
        found = self._meant_workers()
        going = [at for at, worker in found.items() if not worker.paused]
        self._set("pause" if going else "resume", going or list(found))
        self.after_marks()

    def _do_pace_worker(self) -> None:
        found = self._meant_workers()
        if found:
            self._ask_pace(list(found), now=next(iter(found.values())).pace)

    def _ask_pace(self, chosen: list[WorkerAt], *, now: float = -1.0, everywhere: bool = False) -> None:
        from dfs_tui.sheets.menu import MenuSheet  # sheets are imported when one is opened

        whose = chosen[0].worker + (f" on {chosen[0].node}" if len(chosen) == 1 else f" and others, {len(chosen)}")
        sheet = MenuSheet(f"Rest of {whose}, divided by its work", pace_items(), self.glyphs, chosen=f"{now:g}")

        def after(pace: str | None) -> None:
            if pace is not None:
                self._set("pace", chosen, float(pace), everywhere=everywhere)
                self.after_marks()

        self.push_screen(sheet, after)

    def _set(self, deed: str, chosen: Sequence[WorkerAt], pace: float = 0.0, *, everywhere: bool = False) -> None:
        """One deed for all nodes, else one a worker: each is a command line of its own."""
        if everywhere and chosen:
            self._wish(WorkerWish(deed, chosen[0].worker, "", pace), chosen)
            return
        for at in chosen:
            self._wish(WorkerWish(deed, at.worker, at.node, pace), [at])

    def _wish(self, wish: WorkerWish, chosen: Sequence[WorkerAt]) -> None:
        self.run_worker(self.bridge.set_workers(wish, chosen), name="workers", group="actions", exit_on_error=False)

    # -- the menu

    def _do_worker_actions(self) -> None:
        rows = worker_rows(self.bridge.view)
        row = self.pane.main_table().cursor_id
        if row not in rows:
            self.say("No worker is selected.", Level.WARNING)
            return
        from dfs_tui.sheets.menu import MenuSheet

        at = _at(row, rows[row])
        items = worker_items(at, paused=rows[row][1].paused, nodes=len(worker_nodes(self.bridge.view)))
        sheet = MenuSheet(f"What to do with {at.worker} of {at.node}", items, self.glyphs)
        self.push_screen(sheet, lambda chosen: self._after_worker_actions(chosen, at))

    def _after_worker_actions(self, chosen: str | None, at: WorkerAt) -> None:
        match chosen:
            case None:
                return
            case "pause" | "resume":
                self._set(chosen, [at])
            case "pause_every" | "resume_every":
                self._set(chosen.removesuffix("_every"), self._every(at.worker), everywhere=True)
            case "pace":
                self._ask_pace([at])
            case "pace_every":
                self._ask_pace(self._every(at.worker), everywhere=True)
            case "scrub":
                self._scrub([(at.link, at.node)], everywhere=False)
            case "scrub_every":
                self._scrub(worker_nodes(self.bridge.view), everywhere=True)
            case "collect":
                self._collect()

    def _scrub(self, nodes: Sequence[tuple[str, str]], *, everywhere: bool) -> None:
        work = self.bridge.scrub(nodes, everywhere=everywhere)
        self.run_worker(work, name="scrub", group="actions", exit_on_error=False)

    def _collect(self) -> None:
        self.run_worker(self.bridge.collect(), name="collect", group="actions", exit_on_error=False)

    # -- commands

    def obey_worker_command(self, name: str, words: tuple[str, ...]) -> None:
        """`workers DEED WORKER [NODE]`, `scrub [NODE]`, `collect`."""
        if not self.offers("pause_worker"):
            self.say("This dashboard was opened with --read-only.", Level.WARNING)
        elif name == "collect":
            self._collect()
        elif name == "scrub":
            nodes = [node for node in worker_nodes(self.bridge.view) if not words or words[0] == node[1]]
            if nodes:
                self._scrub(nodes, everywhere=not words)
            else:
                self.say(self._unknown(words[0] if words else ""), Level.WARNING)
        else:
            self._obey_workers(words)

    def _obey_workers(self, words: tuple[str, ...]) -> None:
        wish = worker_wish(words)
        if isinstance(wish, str):
            self.say(wish, Level.WARNING)
            return
        chosen = self._every(wish.worker, wish.node)
        if chosen:
            self._wish(wish, chosen)
        elif not self._every(EVERY, wish.node):
            self.say(self._unknown(wish.node), Level.WARNING)
        else:
            names = ", ".join(sorted({at.worker for at in self._every(EVERY)}))
            self.say(f"There is no worker {wish.worker}; there are {names}.", Level.WARNING)

    def _unknown(self, node: str) -> str:
        if not node:
            return "No node answers that could be told."
        return f"There is no node {node} that can be told from here; others are told where they can be reached."


def _at(row: str, told: tuple[str, WorkerReport]) -> WorkerAt:
    return WorkerAt(row.rpartition("/")[0], told[0], told[1].name)
