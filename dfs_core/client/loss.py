"""What a lost link to the node is called.

A link names its other side by address, which for a control socket is a long path; a person reads "the node".
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dfs_core.errors import PeerError, PeerUnreachable

if TYPE_CHECKING:
    from dfs_core.transport.link import Link

THE_NODE = "the node"


def is_ours(error: PeerError, link: Link) -> bool:
    """Whether it is about this link, and not about another node's that our node could not reach."""
    return error.node == link.name


@contextlib.contextmanager
def naming_loss(link: Link) -> Iterator[None]:
    """Within, a PeerUnreachable because `link` is gone says so of "the node". What the node itself raised passes."""
    try:
        yield
    except PeerUnreachable as error:
        if not is_ours(error, link):
            raise
        raise PeerUnreachable(THE_NODE, error.reason) from error
