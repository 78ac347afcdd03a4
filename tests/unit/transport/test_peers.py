"""The interface that replication talks to is what mesh and memory give."""

from __future__ import annotations

import inspect

import pytest

from dfs_core.transport.memory import MemoryPeers
from dfs_core.transport.mesh import Mesh
from dfs_core.transport.peers import Peers

METHODS = [name for name, _ in inspect.getmembers(Peers, inspect.isfunction) if not name.startswith("_")]


@pytest.mark.parametrize("kind", [Mesh, MemoryPeers])
@pytest.mark.parametrize("name", METHODS)
def test_every_method_is_there_with_its_signature(kind: type, name: str) -> None:
    assert inspect.signature(getattr(kind, name)) == inspect.signature(getattr(Peers, name))


def test_there_are_seven_of_them() -> None:
    assert set(METHODS) == {"alive", "why_down", "silences", "call", "send_bytes", "fetch_bytes", "notify"}
