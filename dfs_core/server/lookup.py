"""From what a client names to an opened version, after catching up with the log."""

from __future__ import annotations

from dfs_core.errors import InvalidInput, NoMajority
from dfs_core.limits import COMMIT_TIMEOUT_S
from dfs_core.model.ids import check_key
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.reader import FileReader, OpenVersion


class Lookup:
    """Finds versions so that a user reads what any user wrote before; without a leader, marked as possibly stale."""

    def __init__(self, consensus: Consensus, reader: FileReader) -> None:
        self._consensus, self._reader = consensus, reader

    async def find(self, key: str, content_hash: str = "", version: int = 0) -> OpenVersion:
        """By content hash when given, else by key and version (0: current). NotFound, InvalidInput."""
        stale = not await self._consensus.catch_up()
        if content_hash:
            try:
                digest = bytes.fromhex(content_hash)
            except ValueError:
                digest = b""
            if len(digest) != 32:
                raise InvalidInput("a content hash is 64 hex digits: b3:HASH")
            return await self._reader.find_content(digest, stale=stale)
        return await self._reader.find(check_key(key), version, stale=stale)

    async def find_for_change(self, key: str, version: int = 0) -> OpenVersion:
        """As `find`, for a change that is made of it: what is current is never stale. NoMajority too."""
        if version:  # it is the same for ever
            return await self.find(key, version=version)
        await be_level(self._consensus)
        return await self._reader.find(check_key(key), 0, stale=False)


async def be_level(consensus: Consensus) -> None:
    """Catch up with the log, for what a change goes by, with the patience of a change.

    NoMajority: no leader could say how far to read, and what this node knows may be stale.
    """
    if not await consensus.catch_up(leader_wait_s=COMMIT_TIMEOUT_S):
        raise NoMajority(consensus.missing_voters())
