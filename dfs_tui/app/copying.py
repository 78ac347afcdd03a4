"""Copying: what of the selected row may be wanted elsewhere, chosen from a menu, handed to the terminal (OSC 52)."""

from __future__ import annotations

from dfs_tui.app.marking import Marking
from dfs_tui.view import copying
from dfs_tui.view import format as fmt
from dfs_tui.view.log_rows import line_of
from dfs_tui.view.menu import Item
from dfs_tui.view.nodes import node_rows
from dfs_tui.view.peers import peer_links
from dfs_tui.view.transfers import retrieved_to
from dfs_tui.view.values import Level


class Copying(Marking):
    """Several marked keys are copied as lines."""

    def _do_copy(self) -> None:
        marked = sorted(self.bridge.marks.marked) if self.view_name == "keys" else []
        if marked:
            self._copied("\n".join(self.keys_pane.keys_of(marked, self.bridge.keys)))
            return
        items = self._copyable()
        if not items:
            self.say("There is nothing to copy in this row.", Level.WARNING)
            return
        from dfs_tui.sheets.menu import MenuSheet  # sheets are imported when one is opened

        self.push_screen(MenuSheet("Copy what?", items, self.glyphs), self._copied)

    def _copyable(self) -> list[Item]:
        view, bridge = self.view_name, self.bridge
        row = self.pane.main_table().cursor_id
        if view == "keys" and row in bridge.keys.entries:
            return copying.of_key(bridge.keys.entries[row], bridge.facts, retrieved_to(row, bridge.view.transfers))
        if view == "logs" and line_of(row) in bridge.log.lines:
            return copying.of_line(bridge.log.lines[line_of(row)])
        if view == "activity" and row in bridge.activity.deeds:
            return copying.of_deed(bridge.activity.deeds[row])
        if view == "peers":
            return next((copying.of_link(link) for link in peer_links(bridge.view) if link.id == row), [])
        transfer = bridge.view.transfers.get(self.pane.selected_transfer())
        if transfer is not None:
            return copying.of_transfer(transfer)
        wanted = self.pane.selected_node()
        return next((copying.of_node(node) for node in node_rows(bridge.view, bridge.now()) if node.id == wanted), [])

    def _copied(self, text: str | None) -> None:
        if text:
            self.copy_to_clipboard(text)
            shown = fmt.clip(fmt.printable(text.replace("\n", " ")), 60, self.glyphs.ellipsis)
            self.say(f"Copied {shown} (if this terminal lets programs copy)")
