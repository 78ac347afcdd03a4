"""A fake node's layout is what it was told."""

from __future__ import annotations

from dfs_core.encoding.layout_messages import ChangeLayout, GetLayout, MemberChange, PreviewLayout
from dfs_core.testing.fake_layout import FakeLayout

ME = "ab" * 32


def test_a_change_is_in_the_next_answer_and_a_preview_changes_nothing() -> None:
    layout = FakeLayout(ME)
    assert layout.answer(PreviewLayout([MemberChange(ME, zone="attic")])) is layout.preview
    assert layout.answer(GetLayout()).nodes[0].zone == ""  # type: ignore[attr-defined]
    layout.answer(ChangeLayout([MemberChange(ME, zone="attic", state="draining")]))
    (own,) = layout.found.nodes
    assert (own.zone, own.state, own.capacity) == ("attic", "draining", 1 << 30)
