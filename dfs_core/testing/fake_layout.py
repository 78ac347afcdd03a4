"""What a fake node answers about the layout: what a test set, and what was changed since."""

from __future__ import annotations

import msgspec

from dfs_core.encoding.layout_messages import (
    ChangeLayout,
    GetLayout,
    LayoutFound,
    LayoutNode,
    LayoutPreviewed,
    PreviewLayout,
)
from dfs_core.encoding.message import Done, Message

REVISION = 9


class FakeLayout:
    """`found` and `preview` are a test's to replace."""

    def __init__(self, node: str) -> None:
        own = LayoutNode(node, "full", "", 1 << 30, "joined", True, 0, 0, 0)
        self.found = LayoutFound(REVISION, 1, [own], 1 << 30, 0, False)
        self.preview = LayoutPreviewed(REVISION, 3, 3, 0, 0, 1 << 30, 1 << 30, 0, 0, [], True)

    def answer(self, request: GetLayout | PreviewLayout | ChangeLayout) -> Message:
        """The answer of a node."""
        if isinstance(request, GetLayout):
            return self.found
        if isinstance(request, PreviewLayout):
            return self.preview
        by_node = {change.node: change for change in request.changes}
        nodes = []
        for node in self.found.nodes:
            change = by_node.get(node.node)
            asked = {name: getattr(change, name, None) for name in ("zone", "capacity", "state")}
            said = {name: value for name, value in asked.items() if value is not None}
            nodes.append(msgspec.structs.replace(node, **said))
        self.found = msgspec.structs.replace(self.found, nodes=nodes)
        return Done()
