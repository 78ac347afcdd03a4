"""Comparing files of this machine with what is stored and with each other, before they are stored."""

from __future__ import annotations

from collections.abc import Sequence

from dfs_tui.doing.desk import Desk
from dfs_tui.sources import hashing
from dfs_tui.sources.base import Moved, SourceError
from dfs_tui.view.plan import Found, ToStore


class ComparingDeeds(Desk):
    """Cancelled, they read no further."""

    async def same_content(self, item: ToStore, version: int, moved: Moved) -> bool:
        """Is this what the version of its key is? What cannot be said is a no: then it is stored."""
        try:
            return await self.source.same_content(item, version, moved)
        except (OSError, SourceError):
            return False

    async def copies_among(self, files: Sequence[Found], moved: Moved) -> Sequence[Found]:
        """Those that have the content of one before them."""
        return await hashing.copies_among(files, moved)
