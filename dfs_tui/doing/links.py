"""Links between nodes: drop one, ban a peer for a while, allow it again."""

from __future__ import annotations

from collections.abc import Awaitable

from dfs_tui.doing.desk import Desk
from dfs_tui.sources.base import SourceError
from dfs_tui.view.link_actions import BANS
from dfs_tui.view.peers import PeerLink
from dfs_tui.view.values import Level


class LinkDeeds(Desk):
    """The node that a link starts from is told; the command line would have to be asked there, too."""

    async def disconnect(self, link: PeerLink) -> None:
        """Drop the link; it is dialled again."""
        done = f"{link.seen_by} has dropped its link to {link.name}; it is dialled again"
        await self._tell(link, "disconnect", self.source.disconnect_peer(link.via, link.nodes[1]), done)

    async def ban(self, link: PeerLink, length: str) -> None:
        """Have one node refuse the other for a while; `length` is one of BANS."""
        await self.ban_for(link, *BANS[length])

    async def ban_for(self, link: PeerLink, for_s: float, said: str) -> None:
        """The same for so many seconds, which `said` are in words of the command line."""
        done = f"{link.seen_by} refuses {link.name} for {said}; B lifts it"
        deed = self.source.ban_peer(link.via, link.nodes[1], for_s)
        await self._tell(link, "ban", deed, done, more=f" --for {said}", level=Level.WARNING)

    async def allow(self, link: PeerLink) -> None:
        """End a ban."""
        done = f"{link.seen_by} lets {link.name} in again"
        await self._tell(link, "allow", self.source.allow_peer(link.via, link.nodes[1]), done)

    async def slow_link(self, link: PeerLink, for_s: float) -> None:
        """Have a link of a generated cluster take long for a while."""
        try:
            await self.source.slow_link(link.via, link.nodes[1], for_s)
        except SourceError as error:
            self.note(Level.ERROR, f"{link.seen_by} to {link.name}: {error}")
        else:
            self.note(Level.WARNING, f"The link from {link.seen_by} to {link.name} is slow for {for_s:.0f} s")

    async def _tell(
        self, link: PeerLink, what: str, deed: Awaitable[None], done: str, *, more: str = "", level: Level = Level.INFO
    ) -> None:
        begun = self.begin(f"dfs-core peers {what} {link.nodes[1][:12]}{more}  # on {link.seen_by}")
        try:
            await deed
        except SourceError as error:
            self.note(Level.ERROR, f"{link.seen_by} to {link.name}: {error}")
            self.end(begun, str(error), failed=True)
        else:
            self.note(level, done)
            self.end(begun, done)
