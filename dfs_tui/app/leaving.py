"""Leaving: what becomes of the transfers and of the nodes that were started here is asked first."""

from __future__ import annotations

import contextlib

from dfs_tui.app.clusters import Clusters
from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.sources.base import SourceError
from dfs_tui.view import format as fmt


class Leaving(Clusters):
    """Nodes that were only looked at are never touched.

    `nodes_afterwards`: "leave" or "stop" what was started here without asking; empty: ask.
    """

    nodes_afterwards = ""

    def _do_quit(self) -> None:
        if isinstance(self.screen, ConfirmSheet) or self.leaving:
            return
        moving = self.bridge.carrying
        nodes = self._nodes_to_stop()
        text: list[str] = []
        if moving:
            count = fmt.plural(moving, "transfer")
            text.append(
                f"{count} under way here will be cancelled. Store again later: what was sent is not sent twice."
            )
        choices = [Choice("q", "leave", "Quit")]
        if nodes and self.nodes_afterwards:
            choices = [Choice("q", self.nodes_afterwards, "Quit")]  # it was said on the command line
        elif nodes:
            text += [""] if text else []
            text.append(f"{', '.join(nodes)} {'was' if len(nodes) == 1 else 'were'} started by this dashboard.")
            choices = [Choice("k", "leave", "Keep running"), Choice("s", "stop", "Stop them")]
        if not text:
            self._leave(choices[0].id)
            return
        self.push_screen(ConfirmSheet("Quit?", text, choices, self.glyphs), self._leave)

    def _nodes_to_stop(self) -> list[str]:
        """Those of the cluster on screen by their names, those of others that were left by name and place."""
        here = self.bridge.source
        before = [name for source in self.left if source is not here for name in source.nodes_to_stop()]
        return [*here.nodes_to_stop(), *(f"{name} of a cluster left before" for name in before)]

    def _leave(self, answer: str | None) -> None:
        if answer is None:
            return
        stop = answer == "stop"
        self.leaving = "Stopping the nodes ..." if stop else "Leaving ..."
        self.draw()
        self.run_worker(self._close(stop_nodes=stop), name="leave", group="leave", exit_on_error=False)

    async def _close(self, *, stop_nodes: bool) -> None:
        self.workers.cancel_group(self, "transfers")
        await self.bridge.close(stop_nodes=stop_nodes)
        for source in self.left:
            with contextlib.suppress(SourceError):  # nobody is there any more to read why
                await source.close(stop_nodes=stop_nodes)
        self.exit()
