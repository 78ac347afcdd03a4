"""Which nodes that are up do not hear each other: what one bad cable, firewall or route looks like from outside.

Every node tells whom it does not hear. One that nobody hears is down, and that is another matter. Between two that are
up as this node sees it there are two cases: one hears and is not heard, which is how a link looks while it breaks one
way (the deaf side gives it up after ten seconds); or neither hears the other, which lasts as long as the cause does.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from dfs_core.model.ids import NodeId

SHORT = 12


@dataclass(frozen=True, slots=True)
class Gap:
    """`deaf` does not hear `unheard`. `mutual`: nor the other way round, and `deaf` is the lesser id."""

    deaf: NodeId
    unheard: NodeId
    mutual: bool

    def __str__(self) -> str:
        deaf, unheard = str(self.deaf)[:SHORT], str(self.unheard)[:SHORT]
        if self.mutual:
            return f"{deaf} and {unheard} do not hear each other, though both are up"
        return f"{deaf} does not hear {unheard}, though {unheard} hears {deaf}"


def gaps(unheard: Mapping[NodeId, Set[NodeId]]) -> list[Gap]:
    """All of them, in node order. `unheard`: of each node that is up and tells, whom it does not hear."""
    found = []
    for deaf in sorted(unheard):
        for other in sorted(unheard[deaf] & unheard.keys()):
            mutual = deaf in unheard[other]
            if not mutual or deaf < other:
                found.append(Gap(deaf, other, mutual))
    return found
