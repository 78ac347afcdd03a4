"""What panes draw from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dfs_tui.view import events
from dfs_tui.view.changes import DRAWN_S
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.picture import Sample
from dfs_tui.view.values import Direction, KeyEntry

from ..worlds import healthy, index_of, picture_of


def test_totals_are_those_of_the_whole_list_whatever_is_filtered() -> None:
    picture = picture_of(healthy(), index_of(KeyEntry("a", 1, 10, 0.0), KeyEntry("b", 1, 5, 0.0)))
    assert (picture.totals.count, picture.totals.size_bytes, picture.totals.loading) == (2, 15, False)


def test_copies_are_what_the_cluster_wants_and_three_until_it_says() -> None:
    assert picture_of(ClusterView()).copies_wanted == 3
    assert picture_of(healthy()).copies_wanted == 3


def test_a_healthy_cluster_without_transfers_is_still() -> None:
    assert picture_of(healthy(), samples=(Sample(0.0, 0.0),)).still


@pytest.mark.parametrize("sample", [Sample(1.0, 0.0), Sample(0.0, 1.0), Sample(0.0, 0.0, 1.0)])
def test_a_graph_with_something_in_it_moves_on(sample: Sample) -> None:
    assert not picture_of(healthy(), samples=(sample, Sample(0.0, 0.0))).still


def test_transfers_and_lost_nodes_grow_older() -> None:
    assert not picture_of(reduce(healthy(), events.TransferQueued("t", Direction.STORE, "a", 1, 1), 0.0)).still
    view = healthy()
    for name in ("n1", "n2", "n3"):
        view = reduce(view, events.LinkLost(name, "gone", 4.0), 0.0)
    assert not picture_of(view).still


def test_an_incident_grows_older_until_it_is_no_longer_shown() -> None:
    picture = picture_of(healthy())
    degraded = reduce(healthy(), events.LinkLost("n3", "gone", 4.0), 1.0)
    picture.timeline.observe(healthy(), 0.0, 0.0)
    picture.timeline.observe(degraded, 1.0, 1.0)
    assert picture.incident is not None
    assert not picture.still


def test_while_an_arrow_shows_that_a_count_moved_somebody_has_to_draw_again() -> None:
    picture = picture_of(healthy(), now=10.0)
    assert picture.still
    picture.changes.observe({"node n1": 3}, 9.0)
    picture.changes.observe({"node n1": 4}, 9.5)
    assert not picture.still
    assert picture.way("node n1") == 1
    assert replace(picture, now=10.0 + DRAWN_S).still
