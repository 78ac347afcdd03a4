"""Where a holder learns what was condemned: from its own catalog, or, on a vault, from the voters.

A vault reads no log, so it believes nobody alone: it carries out only what a majority of the listed voters state in
the same words. Statements are functions of the log, so voters that have read equally far agree; while one has not, the
vault asks again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.facts import Verdict
from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.collect_messages import AskVerdicts, VerdictTold
from dfs_core.errors import DfsError, NoMajority, RemoteProtocolError
from dfs_core.model.ids import Address, NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.transport.peers import Peers

ASK_TIMEOUT_S = 2.0
POLL_S = 1.0


class OwnVerdicts:
    """A full node's: its catalog has all verdicts up to what it has applied."""

    poll_s: float | None = None  # who applies tells

    def __init__(self, applier: Applier, catalog: CatalogReader) -> None:
        self._applier, self._catalog = applier, catalog

    @property
    def read_to(self) -> int:
        return self._applier.applied_index

    @property
    def newest(self) -> int:
        return self._applier.condemned_at

    @property
    def horizon(self) -> int:
        return self._applier.horizon

    async def verdict(self, after: int) -> Verdict:
        """From the catalog. StoreError."""
        return await asyncio.to_thread(self._catalog.verdict, after)

    async def condemned(self, addresses: Sequence[Address]) -> dict[bytes, int]:
        """From the catalog. StoreError."""
        return await asyncio.to_thread(self._catalog.condemned, [address.digest for address in addresses])


class VoterVerdicts:
    """A vault's: what a majority of the voters say alike."""

    poll_s: float | None = POLL_S
    read_to = newest = horizon = 0  # what a vault knows of verdicts is how far it has carried them out

    def __init__(self, peers: Peers, members: MemberList) -> None:
        self._peers, self._members = peers, members

    async def verdict(self, after: int) -> Verdict:
        """The statement of a majority; none behind `after` while there is no majority for any. NoMajority."""
        voters = self._members.voters
        if not voters:
            return Verdict(after, ())
        alive = self._peers.alive()
        asked = [voter for voter in voters if voter in alive]
        answers = await asyncio.gather(*(self._ask(voter, after) for voter in asked))
        told = Counter(answer for answer in answers if answer is not None)
        if 2 * told.total() <= len(voters):
            raise NoMajority([str(voter) for voter in voters if voter not in alive])
        verdict, alike = told.most_common(1)[0]
        return verdict if 2 * alike > len(voters) else Verdict(after, ())

    async def _ask(self, voter: NodeId, after: int) -> Verdict | None:
        try:
            answer = await self._peers.call(voter, AskVerdicts(after), timeout_s=ASK_TIMEOUT_S)
            assert isinstance(answer, VerdictTold)
            if len(answer.addresses) % Address.size:
                raise RemoteProtocolError("a verdict names addresses of 32 bytes")
        except DfsError:
            return None
        raw = answer.addresses
        return Verdict(answer.index, tuple(raw[at : at + Address.size] for at in range(0, len(raw), Address.size)))

    async def condemned(self, addresses: Sequence[Address]) -> dict[bytes, int]:
        """A vault cannot know: it names its own fence."""
        return {}
