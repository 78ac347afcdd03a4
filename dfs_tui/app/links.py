"""What can be done about a link in Peers: drop it, have one end refuse the other for a while, or let it in again."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from dfs_tui.app.marking import Marking
from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.view import format as fmt
from dfs_tui.view.link_actions import ban_lines, disconnect_lines
from dfs_tui.view.peers import PeerLink, peer_links
from dfs_tui.view.values import Level


class LinkActions(Marking):
    """They act on the marked links, else on the one under the cursor, held by both nodes from question to deed."""

    def _links(self) -> list[PeerLink]:
        """Those that are meant and can be told."""
        known = {link.id: link for link in peer_links(self.bridge.view)}
        found = [known[row] for row in self.selected_rows() if row in known]
        told = [link for link in found if not link.stale]
        if not found:
            self.say("No link is selected.", Level.WARNING)
        elif not told:
            silent = fmt.named(sorted({link.seen_by for link in found}))
            many = silent != found[0].seen_by
            said = "do not answer, so they" if many else "does not answer, so it"
            self.say(f"{silent} {said} cannot be told.", Level.WARNING)
        return told

    async def obey_link_command(self, words: tuple[str, ...]) -> None:
        """`disconnect n1 n3`, `ban n1 n3`, `allow n1 n3`: put the cursor on that link and do what the key does."""
        deed, by, name = words
        await self.make_views(("peers",))
        self.enter("peers")
        found = [link for link in peer_links(self.bridge.view) if (link.seen_by, link.name) == (by, name)]
        if not found or not self.pane.main_table().select(found[0].id):
            self.say(f"No link from {by} to {name} is told of here.", Level.WARNING)
        elif deed != "disconnect" and (deed == "allow") != bool(found[0].banned_s):
            self.say(f"{by} {'refuses' if found[0].banned_s else 'does not refuse'} {name} as it is.", Level.WARNING)
        else:
            self.bridge.row_marks["peers"].drop()
            self.perform("disconnect" if deed == "disconnect" else "ban")

    def _for_each(self, links: Sequence[PeerLink], deed: Callable[[PeerLink], Coroutine[Any, Any, None]]) -> None:
        for link in links:
            self.run_worker(deed(link), name="link", group="actions", exit_on_error=False)
        self.after_marks()

    def _do_disconnect(self) -> None:
        links = self._links()
        if not links:
            return
        title = f"Disconnect {links[0].seen_by} from {links[0].name}?"
        if len(links) > 1:
            title = f"Disconnect {len(links)} links?"
        text = disconnect_lines(links)
        sheet = ConfirmSheet(title, text, [Choice("D", "disconnect", "Disconnect")], self.glyphs)
        self.push_screen(sheet, lambda answer: self._for_each(links, self.bridge.disconnect) if answer else None)

    def _do_ban(self) -> None:
        links = self._links()
        if not links:
            return
        free = [link for link in links if not link.banned_s]
        if not free:
            self._for_each(links, self.bridge.allow)
            return
        choices = [Choice("B", "short", "For 10 min"), Choice("h", "hour", "1 hour"), Choice("d", "day", "1 day")]
        title = f"Ban {free[0].name} from {free[0].seen_by}?" if len(free) == 1 else f"Ban on {len(free)} links?"
        sheet = ConfirmSheet(title, ban_lines(self.bridge.view, free), choices, self.glyphs, danger=True)

        def after(answer: str | None) -> None:
            if answer is not None:
                self._for_each(free, lambda link: self.bridge.ban(link, answer))

        self.push_screen(sheet, after)
