"""Nodes by the beginning of their ids."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dfs_core.cli.naming import find_node, nodes_named
from dfs_core.client import InvalidInput


@dataclass(frozen=True)
class Told:
    node: str


NODES = [Told("ab" * 32), Told("ac" * 32), Told("cd" * 32)]


@pytest.mark.parametrize("name", ["c", "CD", "cd" * 32])
def test_the_beginning_of_an_id_that_is_clear_is_enough(name: str) -> None:
    assert find_node(NODES, name, "dfs-core peers") == NODES[2]


def test_several_are_named_by_what_they_share() -> None:
    assert nodes_named(NODES, "a") == NODES[:2]
    assert nodes_named(NODES, "ffff") == []


@pytest.mark.parametrize(("name", "said"), [("a", "2 nodes begin with 'a'"), ("ffff", "no node of the cluster begins")])
def test_none_or_several_are_refused_with_where_they_are_listed(name: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=f"{said}.*'dfs-core peers' lists them"):
        find_node(NODES, name, "dfs-core peers")
