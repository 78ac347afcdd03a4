"""What can be done about a link in Peers: drop it, have one end refuse the other for a while, or let it in again."""

from __future__ import annotations

from dfs_tui.app.frame import Frame
from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.view.link_actions import ban_lines, disconnect_lines
from dfs_tui.view.peers import PeerLink, peer_links
from dfs_tui.view.values import Level


class LinkActions(Frame):
    """They act on the link under the cursor, held by its two nodes from the question to the deed."""

    def _link(self) -> PeerLink | None:
        wanted = self.pane.main_table().cursor_id
        link = next((link for link in peer_links(self.bridge.view) if link.id == wanted), None)
        if link is None:
            self.say("No link is selected.", Level.WARNING)
        elif link.stale:
            self.say(f"{link.seen_by} does not answer, so it cannot be told.", Level.WARNING)
            return None
        return link

    async def obey_link_command(self, words: tuple[str, ...]) -> None:
        """`disconnect n1 n3`, `ban n1 n3`, `allow n1 n3`: put the cursor on that link and do what the key does."""
        deed, by, name = words
        await self.make_views(("peers",))
        self.enter("peers")
        found = [link for link in peer_links(self.bridge.view) if (link.seen_by, link.name) == (by, name)]
        if not found:
            self.say(f"No link from {by} to {name} is told of here.", Level.WARNING)
        elif deed != "disconnect" and (deed == "allow") != bool(found[0].banned_s):
            self.say(f"{by} {'refuses' if found[0].banned_s else 'does not refuse'} {name} as it is.", Level.WARNING)
        else:
            self.pane.main_table().select(found[0].id)
            self.perform("disconnect" if deed == "disconnect" else "ban")

    def _do_disconnect(self) -> None:
        link = self._link()
        if link is None:
            return
        title = f"Disconnect {link.seen_by} from {link.name}?"
        sheet = ConfirmSheet(title, disconnect_lines(link), [Choice("D", "disconnect", "Disconnect")], self.glyphs)

        def after(answer: str | None) -> None:
            if answer is not None:
                self.run_worker(self.bridge.disconnect(link), name="link", group="actions", exit_on_error=False)

        self.push_screen(sheet, after)

    def _do_ban(self) -> None:
        link = self._link()
        if link is None:
            return
        if link.banned_s:
            self.run_worker(self.bridge.allow(link), name="link", group="actions", exit_on_error=False)
            return
        choices = [Choice("B", "short", "For 10 min"), Choice("h", "hour", "1 hour"), Choice("d", "day", "1 day")]
        text = ban_lines(self.bridge.view, link)
        sheet = ConfirmSheet(f"Ban {link.name} from {link.seen_by}?", text, choices, self.glyphs, danger=True)

        def after(answer: str | None) -> None:
            if answer is not None:
                self.run_worker(self.bridge.ban(link, answer), name="link", group="actions", exit_on_error=False)

        self.push_screen(sheet, after)
