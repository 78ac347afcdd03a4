"""Two nodes may dial each other at once; which of their links stays is a rule that both sides compute alike."""

from __future__ import annotations

from typing import Protocol

from dfs_core.model.ids import NodeId


class Dialled(Protocol):
    """What the rule looks at."""

    @property
    def dialled(self) -> bool:
        """This node dialled it."""
        ...


def stays(new: Dialled, old: Dialled, *, here: NodeId, there: NodeId) -> bool:
    """Whether `new` replaces `old` as the link for new requests; both join `here` and `there`.

    The link that the smaller NodeId dialled stays. Of two by the same dialler the newer stays: it would not have
    dialled had it not lost the older one. Only a link's dialler closes it for being the loser, so the two sides need
    not see the links open in the same order.
    """
    if new.dialled == old.dialled:
        return True
    return new.dialled == (here < there)
