"""Whose loss it was: our link's is "the node", another node's keeps its name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from dfs_core.client.loss import naming_loss
from dfs_core.errors import KeyNotFound, PeerUnreachable

LINK: Any = SimpleNamespace(name="/some/long/path/control.sock")


def test_our_own_link_is_the_node() -> None:
    with pytest.raises(PeerUnreachable, match=r"^the node: gone$"), naming_loss(LINK):
        raise PeerUnreachable(LINK.name, "gone")


def test_another_nodes_link_and_other_errors_pass_as_they_are() -> None:
    with pytest.raises(PeerUnreachable, match=r"^abababababab: gone$"), naming_loss(LINK):
        raise PeerUnreachable("ab" * 32, "gone")
    with pytest.raises(KeyNotFound), naming_loss(LINK):
        raise KeyNotFound("k")
