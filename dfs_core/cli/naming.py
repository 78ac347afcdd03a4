"""Which node is meant by an id, or by the beginning of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from dfs_core.client import InvalidInput


class Named(Protocol):
    """Whatever tells of a node; `node` is its id, hex in lower case."""

    @property
    def node(self) -> str: ...


Node = TypeVar("Node", bound=Named)


def nodes_named(nodes: Iterable[Node], name: str) -> list[Node]:
    """Those whose id begins with `name`, in capitals too."""
    return [node for node in nodes if node.node.startswith(name.lower())]


def find_node(nodes: Iterable[Node], name: str, listed_by: str) -> Node:
    """The one whose id begins with `name`. InvalidInput: none, or several; `listed_by` is a command."""
    matching = nodes_named(nodes, name)
    if len(matching) != 1:
        what = "no node of the cluster begins" if not matching else f"{len(matching)} nodes begin"
        raise InvalidInput(f"{what} with {name!r}; '{listed_by}' lists them")
    return matching[0]
