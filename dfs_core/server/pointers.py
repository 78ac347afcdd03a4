"""What every node keeps for the day when no full node is left: pointers to catalog snapshots, and whom to believe then.

A vault holds no secret and follows no log. For the cluster to come back from vaults alone, each keeps, durably, the
newest few pointers to snapshots that full nodes signed, and the certificate of the recovery authority, under which the
owner of the recovery sheet may fetch chunks and bring a new member list (`crypto.recovery`). Neither tells the vault
anything that it could read.

A pointer is kept if its signer is listed as a full node when it is heard of. A later secret epoch's authority replaces
an earlier one's; so does the one that an introduction under the present authority brings.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

import msgspec

from dfs_core.crypto.identity import node_id_of_certificate
from dfs_core.crypto.snapshot import SnapshotPointer
from dfs_core.encoding.recovery_messages import ShareRecovery
from dfs_core.errors import DfsError, InvalidInput
from dfs_core.limits import SNAPSHOTS_KEPT
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.names import RECOVERY_NAME

_log = logging.getLogger(__name__)


class Documents(Protocol):
    """Small documents on disk; both calls block."""

    def get(self, name: str) -> bytes | None: ...
    def put(self, name: str, value: bytes) -> None: ...


class _Kept(msgspec.Struct):
    epoch: int = 0
    authority: bytes = b""
    pointers: list[bytes] = []


class PointerBook:
    """One node's pointers and its recovery authority. Construction blocks; `run` writes down what changes."""

    def __init__(
        self,
        *,
        documents: Documents,
        cluster: ClusterId,
        members: MemberList,
        authority_changed: Callable[[bytes], None],
        kept: Callable[[int, int], None],
    ) -> None:
        """Read what is kept, and tell it.

        `authority_changed` is told the authority's certificate, each time it is another; `kept` what is durable: the
        number of the newest snapshot, and the authority's epoch.
        """
        self._documents, self._cluster, self._members = documents, cluster, members
        self._authority_changed, self._tell_kept = authority_changed, kept
        document = documents.get(RECOVERY_NAME)
        found = msgspec.msgpack.decode(document, type=_Kept) if document is not None else _Kept()
        self.epoch, self.authority = found.epoch, found.authority
        self._pointers = [SnapshotPointer.decode(pointer) for pointer in found.pointers]
        self._dirty = asyncio.Event()
        if self.authority:
            authority_changed(self.authority)
        kept(self.newest, self.epoch)

    @property
    def pointers(self) -> list[SnapshotPointer]:
        """What is known, the newest last."""
        return list(self._pointers)

    @property
    def newest(self) -> int:
        """The number of the newest snapshot known of; 0: none."""
        return max((pointer.number for pointer in self._pointers), default=0)

    @property
    def authority_node(self) -> NodeId | None:
        """The id under which the owner of the recovery sheet comes."""
        return node_id_of_certificate(self.authority) if self.authority else None

    def to_share(self) -> ShareRecovery:
        """All of it, as it travels."""
        return ShareRecovery(self.epoch, self.authority, [pointer.encode() for pointer in self._pointers])

    def hear(self, message: ShareRecovery, *, own_catalog: bool) -> None:
        """Take over what a full node shares and what is newer. With `own_catalog` the authority is known from there.

        What is malformed or forged is passed over, with a line in the log.
        """
        if not own_catalog and message.epoch > self.epoch:
            self.set_authority(message.epoch, message.authority)
        known = {pointer.encode() for pointer in self._pointers}
        for data in message.pointers[: 2 * SNAPSHOTS_KEPT]:
            if data in known:
                continue
            try:
                self.add(SnapshotPointer.decode(data))
            except InvalidInput as error:
                _log.warning("a pointer to a snapshot is not kept: %s", error)

    def add(self, pointer: SnapshotPointer) -> None:
        """Keep a pointer, if it is among the newest. InvalidInput: of another cluster, or not of a listed full node.

        Of two that lead to one snapshot the first stays, unless its signer is no longer listed.
        """
        if pointer.cluster != self._cluster:
            raise InvalidInput("it belongs to another cluster")
        if not self._listed(pointer):
            raise InvalidInput(f"{pointer.node.short}, who signed it, is not a full node of this cluster")
        others = [known for known in self._pointers if known.rank != pointer.rank]
        same = [known for known in self._pointers if known.rank == pointer.rank]
        if same and self._listed(same[0]):
            return
        kept = sorted([*others, pointer], key=lambda each: each.rank)[-SNAPSHOTS_KEPT:]
        if pointer in kept:
            self._pointers = kept
            self._dirty.set()

    def lacks(self, rank: tuple[int, int, int]) -> bool:
        """There is no pointer of this rank by a listed full node."""
        return not any(known.rank == rank and self._listed(known) for known in self._pointers)

    def _listed(self, pointer: SnapshotPointer) -> bool:
        member = self._members.member(pointer.node)
        return member is not None and member.holds_secrets

    def set_authority(self, epoch: int, certificate: bytes) -> None:
        """From now on this is the recovery authority. What is no certificate is passed over."""
        if (epoch, certificate) == (self.epoch, self.authority):
            return
        try:
            node_id_of_certificate(certificate)
        except InvalidInput as error:
            _log.warning("the recovery authority stays as it is: %s", error)
            return
        self.epoch, self.authority = epoch, certificate
        self._authority_changed(certificate)
        self._dirty.set()

    async def run(self) -> None:
        """Write down what changed, for ever."""
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            try:
                await self.keep()
            except DfsError as error:  # a full disk: what is not kept is shared again
                _log.warning("pointers to snapshots could not be kept: %s", error)

    async def keep(self) -> None:
        """Make all of it durable. StoreFull, StoreError."""
        epoch, authority, pointers = self.epoch, self.authority, self.pointers
        kept = _Kept(epoch, authority, [pointer.encode() for pointer in pointers])
        await asyncio.to_thread(self._documents.put, RECOVERY_NAME, msgspec.msgpack.encode(kept))
        self._tell_kept(max((pointer.number for pointer in pointers), default=0), epoch)
