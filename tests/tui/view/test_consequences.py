"""What ending a node would mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dfs_tui.view import events
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.consequences import consequences
from dfs_tui.view.nodes import NodeRow, node_rows
from dfs_tui.view.values import Direction

from ..worlds import healthy, report, view_of


def row_of(view: ClusterView, name: str) -> NodeRow:
    return next(row for row in node_rows(view, 0.0) if row.name == name)


def test_with_copies_elsewhere_all_stays_readable() -> None:
    told = replace(report("n1"), copies_found=(0, 0, 5, 95))
    view = view_of(events.LinkOpened("n1"), events.NodeReported("n1", told))
    found = consequences(view, row_of(view, "n1"))
    assert "Every chunk has a copy elsewhere" in found.lines[1]
    assert not found.grave


def test_only_copies_and_a_lost_majority_are_grave() -> None:
    told = replace(report("n1", n3="down"), copies_found=(0, 7, 0, 93))
    view = view_of(events.LinkOpened("n1"), events.NodeReported("n1", told))
    found = consequences(view, row_of(view, "n1"))
    assert found.grave
    assert "7 chunks have one copy only" in found.lines[1]
    assert "Only 1 of 3 voters" in found.lines[2]


def test_chunks_whose_copies_may_all_be_on_the_nodes_that_end_are_grave() -> None:
    told = replace(report("n1"), copies_found=(0, 0, 5, 95))
    view = view_of(events.LinkOpened("n1"), events.NodeReported("n1", told))
    rows = [row_of(view, "n1"), *node_rows(view, 0.0)[1:2]]
    found = consequences(view, *rows)
    assert found.grave
    assert f"on {rows[0].name} and {rows[1].name} are out of reach then" in found.lines[0]
    assert "5 chunks have 2 copies or fewer" in found.lines[1]
    assert "Only 1 of 3 voters" in found.lines[2]


def test_what_is_not_known_is_not_said() -> None:
    assert consequences(ClusterView(), row_of(healthy(), "n1")).lines == ()
    view = healthy()
    assert len(consequences(view, row_of(view, "n1")).lines) == 1


@pytest.mark.parametrize(
    ("transfers", "words"), [(1, "1 transfer under way: it goes on"), (2, "2 transfers under way: they go")]
)
def test_transfers_under_way_are_counted_as_one_says_it(transfers: int, words: str) -> None:
    view = healthy()
    for number in range(transfers):
        event = events.TransferQueued(f"own/{number}", Direction.STORE, "a", 9, 1, frozenset(("a",)), "/a")
        view = reduce(view, event, 0.0)
    assert words in consequences(view, row_of(view, "n1")).lines[-1]
