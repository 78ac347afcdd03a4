"""What is done with nodes of this machine goes to who looks after their processes."""

from __future__ import annotations

from typing import Any

from dfs_tui.sources.own_nodes import OwnNodes
from dfs_tui.view.values import NewNode


class Told(OwnNodes):
    """Writes down what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def _local(self) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        async def act(*words: Any) -> None:
            self.asked.append((name, *words))

        return act


async def test_each_call_goes_there() -> None:
    told = Told()
    await OwnNodes.start_node(told, "n2")
    await OwnNodes.propose_node(told, NewNode("tea"))
    await OwnNodes.add_node(told, NewNode("tea"))
    await OwnNodes.node_log(told, "n2", 5)
    assert told.asked == [("start", "n2"), ("propose", NewNode("tea")), ("add", NewNode("tea")), ("log", "n2", 5)]
