"""The first steps are said in the message line to whoever opens the dashboard for the first time."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.app.again import Again
from dfs_tui.bridge import Bridge
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.guide import Guide
from dfs_tui.view.nodes import GONE, node_rows
from dfs_tui.view.values import Direction, TransferState


class Guiding(Again):
    """Only where something is remembered: tests and pictures have no first time. `:guide` says them again."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self.guide = Guide(over=True)

    def begin_guide(self) -> None:
        self.guide = Guide()
        self.remembered = replace(self.remembered, welcomed=False)
        self.draw()

    def _go_on(self) -> None:
        super()._go_on()
        if self.remembers and not self.remembered.welcomed and not self.read_only:
            self.begin_guide()

    def idle_text(self) -> str:
        return self.guide.text or super().idle_text()

    def pump(self) -> None:
        super().pump()
        if self.guide.over or not self.is_drawn:
            return
        view = self.bridge.view
        done = [t.direction for t in view.transfers.values() if t.own and t.state is TransferState.DONE]
        before = self.guide
        self.guide = before.noting(
            stored=Direction.STORE in done,
            keys_looked_at=self.view_name == "keys" and bool(self.bridge.keys.entries),
            retrieved=Direction.RETRIEVE in done,
            node_ended=any(row.local and row.state in GONE for row in node_rows(view, self.bridge.now())),
        )
        if self.guide != before:
            self._step_taken()

    def do(self, action: str) -> None:
        super().do(action)
        if action in ("help", "command") and self.guide.step == len(self.guide.seen.done):
            self.guide = self.guide.noting(helped=True)
            self._step_taken()

    def _step_taken(self) -> None:
        if self.guide.over:
            self.remembered = replace(self.remembered, welcomed=True)
        self.draw()
