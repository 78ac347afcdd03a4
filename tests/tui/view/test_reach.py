"""Who reaches whom."""

from __future__ import annotations

from dfs_tui.view import events
from dfs_tui.view.cells import text_of
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.reach import reach_lines, reach_of

from ..worlds import healthy, report


def test_when_all_reach_all_there_is_one_part() -> None:
    reach = reach_of(healthy())
    assert reach.nodes == ("n1", "n2", "n3")
    assert reach.parts() == [("n1", "n2", "n3")]
    assert "All nodes that answer reach each other" in text_of(reach_lines(reach, ASCII)[-1])


def test_a_cut_shows_as_parts() -> None:
    view = healthy()
    for name, other in (("n1", {"n3": "down"}), ("n2", {"n3": "down"}), ("n3", {"n1": "down", "n2": "down"})):
        view = reduce(view, events.NodeReported(name, report(name, **other)), 0.0)  # type: ignore[arg-type]
    reach = reach_of(view)
    assert reach.parts() == [("n1", "n2"), ("n3",)]
    assert "n1 n2 | n3" in text_of(reach_lines(reach, ASCII)[-1])


def test_one_way_only_is_named() -> None:
    view = reduce(healthy(), events.NodeReported("n1", report("n1", n2="down")), 0.0)
    said = [text_of(line) for line in reach_lines(reach_of(view), ASCII)]
    assert any("n2 reaches n1, but not the other way round" in line for line in said)


def test_without_a_report_it_says_when_there_will_be_one() -> None:
    assert "as soon as a node answers" in text_of(reach_lines(reach_of(ClusterView()), ASCII)[0])
