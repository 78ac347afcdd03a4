"""The verbs about the layout, against a fake node."""

from __future__ import annotations

from dfs_core.client import Client, MemberChange
from dfs_core.encoding.layout_messages import ChangeLayout, PreviewLayout
from dfs_core.testing.fake_node import NODE_ID, FakeNode


async def test_the_layout_comes_as_a_value(client: Client, node: FakeNode) -> None:
    assert await client.layout() == node.layouts.found


async def test_a_preview_names_the_changes_and_the_copies(client: Client, node: FakeNode) -> None:
    edit = MemberChange(NODE_ID, zone="attic")
    assert await client.preview_layout([edit], copies=2) == node.layouts.preview
    assert node.asked(PreviewLayout) == [PreviewLayout([edit], 2)]


async def test_a_change_names_the_revision_that_was_looked_at(client: Client, node: FakeNode) -> None:
    edit = MemberChange(NODE_ID, state="draining")
    await client.change_layout([edit], 9)
    assert node.asked(ChangeLayout) == [ChangeLayout([edit], 9)]
    assert (await client.layout()).nodes[0].state == "draining"
