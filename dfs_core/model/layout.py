"""Which members there are at one place in the log, and how many copies each chunk should have.

Everything placement needs, as one immutable value: two nodes that have applied the same entries hold equal layouts and
therefore place every chunk alike. `revision` is the log index of the last change.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dfs_core.errors import InvalidInput
from dfs_core.limits import COPIES_DEFAULT, COPIES_MAX
from dfs_core.model.ids import NodeId
from dfs_core.model.member import Member


@dataclass(frozen=True)
class Layout:
    """The member list at log index `revision`, and the number of copies the cluster wants."""

    revision: int
    members: tuple[Member, ...]
    copies: int = COPIES_DEFAULT

    def __post_init__(self) -> None:
        if not 1 <= self.copies <= COPIES_MAX:
            raise InvalidInput(f"copies are 1 to {COPIES_MAX}, not {self.copies}")
        if len({member.node for member in self.members}) != len(self.members):
            raise InvalidInput("a layout names each member once")

    # The revision alone, so that the memo of placement.py finds a layout without hashing every certificate.
    def __hash__(self) -> int:
        return hash((self.revision, self.copies, len(self.members)))

    @cached_property
    def _by_node(self) -> dict[NodeId, Member]:
        return {member.node: member for member in self.members}

    @cached_property
    def _storing(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.placed)

    @cached_property
    def _wanted_copies(self) -> int:
        return min(self.copies, sum(member.stores_chunks and member.listed for member in self.members))

    def member(self, node: NodeId) -> Member | None:
        """The member of this id, removed ones included."""
        return self._by_node.get(node)

    def storing(self) -> tuple[Member, ...]:
        """The members that chunks are placed on: joined full and vault nodes with capacity, in list order."""
        return self._storing

    def wanted_copies(self) -> int:
        """R: as many copies as asked for, as far as there are storing nodes not removed.

        A node that is out or draining still counts, so that losing nodes never lowers what is wanted.
        """
        return self._wanted_copies

    def durable_copies(self) -> int:
        """W = ⌊R/2⌋+1: how many copies of each chunk must be on disk before a version may be committed."""
        return self.wanted_copies() // 2 + 1
