"""The member list as this node knows it: who is in, what they may do, where chunks go.

On a full node it follows the catalog; a vault asks full nodes for it; a node that has just joined has the one it was
welcomed with. Whatever the source, only a newer revision replaces it, so a replayed log or a lagging answer cannot
bring a removed member back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown
from dfs_core.model.ids import NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member, check_role, check_state


class MemberList:
    """The newest member list seen. Listeners hear of each newer one."""

    def __init__(self, initial: MembersKnown) -> None:
        self._known = initial
        self._layout = _layout_of(initial)
        self._voters: tuple[NodeId, ...] = ()
        self._listeners: list[Callable[[MembersKnown], None]] = []

    @property
    def layout(self) -> Layout:
        return self._layout

    @property
    def revision(self) -> int:
        return self._known.revision

    @property
    def voters(self) -> tuple[NodeId, ...]:
        """Who votes, as the last full node that was asked knew it; a full node knows better (`consensus`)."""
        return self._voters

    @property
    def known(self) -> MembersKnown:
        """The list as it travels."""
        return self._known

    def listen(self, listener: Callable[[MembersKnown], None]) -> None:
        """Have `listener` called with each newer list, and at once with the present one."""
        self._listeners.append(listener)
        listener(self._known)

    def offer(self, known: MembersKnown) -> bool:
        """Take over a newer list. False: it is not newer. InvalidInput: it is malformed; nothing has changed.

        Who votes may change without the list: it is taken from whoever has a list that is no older.
        """
        if known.voters and known.revision >= self._known.revision:
            self._voters = tuple(NodeId(voter) for voter in known.voters)
        if known.revision <= self._known.revision:
            return False
        layout = _layout_of(known)
        self._known, self._layout = known, layout
        for listener in self._listeners:
            listener(known)
        return True

    def member(self, node: NodeId) -> Member | None:
        return self._layout.member(node)


def member_of(record: MemberRecord) -> Member:
    """A record from the wire or the catalog, checked. InvalidInput."""
    return Member(
        node=NodeId(record.node),
        certificate=record.certificate,
        role=check_role(record.role),
        zone=record.zone,
        capacity=record.capacity,
        state=check_state(record.state),
        addresses=tuple(record.addresses),
        joined_at=record.joined_at,
    )


def record_of(member: Member) -> MemberRecord:
    """The member as it travels."""
    return MemberRecord(
        node=member.node.digest,
        certificate=member.certificate,
        role=member.role,
        zone=member.zone,
        capacity=member.capacity,
        state=member.state,
        addresses=list(member.addresses),
        joined_at=member.joined_at,
    )


def known_members(
    revision: int, copies: int, members: Sequence[Member], generation: tuple[int, bytes] = (0, b"")
) -> MembersKnown:
    """The list as it travels."""
    number, id_ = generation
    return MembersKnown(
        revision, copies, [record_of(member) for member in members], generation=number, generation_id=id_
    )


def _layout_of(known: MembersKnown) -> Layout:
    return Layout(known.revision, tuple(member_of(record) for record in known.members), known.copies)
