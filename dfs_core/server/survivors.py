"""Asking what is left of a cluster, with nothing but the recovery sheet: links under the recovery authority.

A survivor's own key is not known beforehand, so the link does not prove that it is one. Nothing is said over it that
would have to stay secret, and nothing heard is believed for itself: chunks prove themselves by their address, the root
of a snapshot opens with the sheet's secret or not at all, and the member list that counts is in the snapshot.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from dfs_core.crypto.recovery import RecoverySheet, recovery_authority
from dfs_core.crypto.snapshot import SnapshotPointer
from dfs_core.encoding.control_messages import Invite, Invited
from dfs_core.encoding.peer_messages import AskMembers, ChunkFollows, FetchChunk, MemberRecord, MembersKnown
from dfs_core.encoding.recovery_messages import AskRecovery, RecoveryKept
from dfs_core.errors import ChunkNotFound, DfsError, InvalidInput, PeerUnreachable
from dfs_core.limits import SEALED_BYTES_MAX
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.member import split_host_port
from dfs_core.transport.asking import fetch_bytes
from dfs_core.transport.hello import Hello, HelloFacts
from dfs_core.transport.link import Link, connect_tls
from dfs_core.transport.tls import recovery_context

_log = logging.getLogger(__name__)

ASK_TIMEOUT_S = 10.0
FETCH_TIMEOUT_S = 60.0
INVITATION_S = 3600.0
_NOBODY = "nobody"  # the other side of such a link may ask this one nothing


@dataclass(slots=True)
class Survivor:
    """One node that answered, and what it says."""

    address: str
    link: Link
    known: MembersKnown
    pointers: list[SnapshotPointer]

    @property
    def node(self) -> NodeId:
        """Whose key the link proved."""
        assert self.link.peer is not None
        return self.link.peer

    @property
    def role(self) -> str:
        """What it is by its own member list; empty when it is not on it."""
        return next((record.role for record in self.known.members if record.node == self.node.digest), "")


class Survivors:
    """The nodes that answered. Close it, or use it as `async with`."""

    def __init__(self, sheet: RecoverySheet) -> None:
        self._sheet = sheet
        self.found: list[Survivor] = []
        self.silent: dict[str, str] = {}  # address → why it does not count

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(survivor.link.close("that was all") for survivor in self.found))

    async def ask(self, addresses: Sequence[str], *, timeout_s: float = 5.0) -> None:
        """Dial each of these addresses and ask who is there. What fails is noted in `silent`."""
        asked = {survivor.address for survivor in self.found} | self.silent.keys()
        fresh = [address for address in dict.fromkeys(addresses) if address not in asked]
        await asyncio.gather(*(self._ask(address, timeout_s) for address in fresh))

    async def _ask(self, address: str, timeout_s: float) -> None:
        why = ""
        for epoch in sorted(self._sheet.epochs, reverse=True):  # who was away may believe an earlier one still
            try:
                link = await self._dial(address, epoch, timeout_s)
            except (DfsError, ValueError) as error:
                why = why or getattr(error, "reason", "") or str(error)
                continue
            try:
                known = await link.call(AskMembers(0), timeout_s=ASK_TIMEOUT_S)
                kept = await link.call(AskRecovery(), timeout_s=ASK_TIMEOUT_S)
            except DfsError as error:
                why = str(error)
                await link.close("it does not answer")
                continue
            assert isinstance(known, MembersKnown) and isinstance(kept, RecoveryKept)
            if any(link.peer == survivor.node for survivor in self.found):
                await link.close("it is known under another address")
            else:
                self.found.append(Survivor(address, link, known, _readable(kept)))
            return
        self.silent[address] = why

    async def _dial(self, address: str, epoch: int, timeout_s: float) -> Link:
        host, port = split_host_port(address)
        authority = recovery_authority(self._sheet.secrets, epoch)
        hello = Hello.of(
            HelloFacts(), cluster=self._sheet.cluster.digest, node=authority.node_id.digest, purpose="control"
        )
        return await connect_tls(
            host,
            port,
            context=await asyncio.to_thread(recovery_context, authority),
            expected=None,
            hello=hello,
            role=lambda node: _NOBODY,
            timeout_s=timeout_s,
        )

    @property
    def members(self) -> list[MemberRecord]:
        """The newest member list that anybody told."""
        newest = max(self.found, key=lambda survivor: survivor.known.revision, default=None)
        return list(newest.known.members) if newest is not None else []

    @property
    def revision(self) -> int:
        """Its log index."""
        return max((survivor.known.revision for survivor in self.found), default=0)

    @property
    def full_nodes(self) -> list[Survivor]:
        """Those of them that are full nodes: then the cluster is not lost."""
        return [survivor for survivor in self.found if survivor.role == "full"]

    def pointers(self) -> list[SnapshotPointer]:
        """All pointers to snapshots of this cluster, the newest first, each snapshot once."""
        known = {
            pointer.rank: pointer
            for survivor in self.found
            for pointer in survivor.pointers
            if pointer.cluster == self._sheet.cluster
        }
        return [known[rank] for rank in sorted(known, reverse=True)]

    async def fetch(self, address: Address) -> bytes | bytearray:
        """One sealed chunk from whoever has it, checked. ChunkNotFound: all answered no. PeerUnreachable."""
        unreachable: DfsError | None = None
        for survivor in self.found:
            try:
                reply, data = await fetch_bytes(
                    survivor.link,
                    FetchChunk(address.digest),
                    size_max=SEALED_BYTES_MAX,
                    timeout_s=FETCH_TIMEOUT_S,
                )
                assert isinstance(reply, ChunkFollows)
            except DfsError as error:
                if isinstance(error, PeerUnreachable):
                    unreachable = error
                continue
            if await asyncio.to_thread(Address.of, data) == address:
                return data
        if unreachable is not None:
            raise unreachable
        raise ChunkNotFound(str(address))

    async def invitation(self, survivor: Survivor) -> str:
        """A line with which this machine can join as a full node. Errors as the full node raised them."""
        invited = await survivor.link.call(Invite("full", INVITATION_S), timeout_s=ASK_TIMEOUT_S)
        assert isinstance(invited, Invited)
        return invited.line


def _readable(kept: RecoveryKept) -> list[SnapshotPointer]:
    found = []
    for data in kept.pointers:
        try:
            found.append(SnapshotPointer.decode(data))
        except InvalidInput as error:
            _log.warning("a pointer to a snapshot is passed over: %s", error)
    return found
