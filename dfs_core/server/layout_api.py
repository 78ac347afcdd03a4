"""Showing, previewing and changing the layout, as clients ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.commands import SetMember
from dfs_core.encoding.layout_messages import (
    ChangeLayout,
    GetLayout,
    LayoutFound,
    LayoutNode,
    LayoutPreviewed,
    MemberChange,
    NodeBytes,
    PreviewLayout,
)
from dfs_core.encoding.message import Done
from dfs_core.errors import InvalidInput, Refused, StaleLayout
from dfs_core.model.ids import NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member, check_state
from dfs_core.model.preview import SAMPLE_CHUNKS, MemberEdit, Preview, changed, preview
from dfs_core.replication.consensus import Consensus
from dfs_core.server.events import EventBus
from dfs_core.server.status import NodeFacts
from dfs_core.transport.exchange import Exchange
from dfs_core.transport.peers import Peers

HeldBy = Callable[[NodeId], int]


class LayoutApi:
    """Handlers about the layout, on a full node. A change is an entry, so every node has it from the same place on."""

    def __init__(
        self,
        *,
        consensus: Consensus,
        catalog: CatalogReader,
        peers: Peers,
        facts: NodeFacts,
        held_by: HeldBy,
        events: EventBus,
        token: Callable[[int], bytes],
    ) -> None:
        """`held_by(node)`: referenced chunks it holds, -1 unknown."""
        self._consensus, self._catalog, self._peers, self._facts = consensus, catalog, peers, facts
        self._held_by, self._events, self._token = held_by, events, token
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            GetLayout: self._get,
            PreviewLayout: self._preview,
            ChangeLayout: self._change,
        }

    async def _get(self, exchange: Exchange) -> None:
        stale = not await self._consensus.catch_up()
        layout = await asyncio.to_thread(self._catalog.layout)
        now, stored_bytes, _ = await self._previewed(layout, layout)
        placed = {share.node: share.before_bytes for share in now.shares}
        nodes = [
            self._node(member, placed.get(member.node, 0))
            for member in layout.members
            if member.listed and member.role != "operator"
        ]
        await exchange.respond(
            LayoutFound(layout.revision, layout.wanted_copies(), nodes, now.usable_before, stored_bytes, stale)
        )

    def _node(self, member: Member, placed_bytes: int) -> LayoutNode:
        here = member.node == self._facts.node
        report = self._facts.own_report if here else self._facts.reports.get(member.node)
        return LayoutNode(
            node=str(member.node),
            role=member.role,
            zone=member.zone,
            capacity=member.capacity,
            state=member.state,
            up=here or member.node in self._peers.alive(),
            chunks=report.chunks if report else -1,
            bytes=report.bytes if report else -1,
            placed_bytes=placed_bytes,
            held_chunks=self._held_by(member.node),
        )

    async def _preview(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, PreviewLayout)
        await self._consensus.catch_up()
        before = await asyncio.to_thread(self._catalog.layout)
        after = changed(before, _edits(request.changes), request.copies or None)
        found, _, exact = await self._previewed(before, after)
        await exchange.respond(
            LayoutPreviewed(
                revision=before.revision,
                copies_before=before.wanted_copies(),
                copies_after=after.wanted_copies(),
                moved_chunks=found.moved_chunks,
                moved_bytes=found.moved_bytes,
                usable_before=found.usable_before,
                usable_after=found.usable_after,
                at_risk_chunks=found.at_risk_chunks,
                lost_chunks=found.lost_chunks,
                nodes=[NodeBytes(str(share.node), share.before_bytes, share.after_bytes) for share in found.shares],
                exact=exact,
                refused=why_not(after),
                storing_after=len(after.storing()),
            )
        )

    async def _previewed(self, before: Layout, after: Layout) -> tuple[Preview, int, bool]:
        """The preview, the bytes of one copy of everything, and whether all chunks were looked at."""
        up = {self._facts.node, *self._peers.alive()}

        def work() -> tuple[Preview, int, bool]:
            sample = self._catalog.sample(SAMPLE_CHUNKS)
            counts = self._catalog.counts()
            found = preview(before, after, sample, chunks=counts.chunks, chunk_bytes=counts.chunk_bytes, up=up)
            return found, counts.chunk_bytes, len(sample) >= counts.chunks

        return await asyncio.to_thread(work)

    async def _change(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, ChangeLayout)
        await self._consensus.catch_up()
        before = await asyncio.to_thread(self._catalog.layout)
        if request.revision not in (0, before.revision):
            raise StaleLayout(f"the layout has changed since: it is of {before.revision} now, not {request.revision}")
        edits = _edits(request.changes)
        after = changed(before, edits)
        if why := why_not(after):
            raise Refused("layout", why)
        for node, edit in edits.items():
            member = before.member(node)
            assert member is not None
            if edit.state == "removed":
                raise InvalidInput("removing a node is 'dfs-core remove', which looks for what would be lost")
            outcome = await self._consensus.propose(_command(self._token(16), member, edit))
            if outcome.reason:
                raise Refused(outcome.reason, outcome.text)
            self._events.record("info", f"the layout changed: {_told(member, edit)}")
        await exchange.respond(Done())


def why_not(after: Layout) -> str:
    """Why nobody should want this layout; empty when there is no reason."""
    if not after.storing():
        return "no node would be left to store chunks on"
    return ""


def _edits(changes: Sequence[MemberChange]) -> dict[NodeId, MemberEdit]:
    """The changes by node. InvalidInput: a node twice, or a state that nobody sets by hand."""
    edits: dict[NodeId, MemberEdit] = {}
    for change in changes:
        node = NodeId.parse(change.node)
        if node in edits:
            raise InvalidInput(f"{change.node[:12]} is named twice")
        if change.state == "out":
            raise InvalidInput("who is out is decided by the cluster itself")
        if change.capacity == 0:  # in the log, zero means: as it is
            raise InvalidInput(f"a capacity is at least 1 byte; 'dfs-core drain {node.short}' moves everything off")
        edits[node] = MemberEdit(
            change.zone, change.capacity, None if change.state is None else check_state(change.state)
        )
    return edits


def _command(command_id: bytes, member: Member, edit: MemberEdit) -> SetMember:
    return SetMember(
        command_id,
        member.node.digest,
        zone=edit.zone or "",
        capacity=edit.capacity or 0,
        state=edit.state or "",
        expects=member.state if edit.state else "",
        unzoned=edit.zone == "",
    )


def _told(member: Member, edit: MemberEdit) -> str:
    parts = [member.node.short]
    parts += [f"zone {edit.zone or 'none'}"] if edit.zone is not None else []
    parts += [f"{edit.capacity:,} bytes"] if edit.capacity is not None else []
    parts += [edit.state] if edit.state is not None else []
    return ", ".join(parts)
