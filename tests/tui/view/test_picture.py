"""What panes draw from."""

from __future__ import annotations

from dfs_tui.view.cluster import ClusterView
from dfs_tui.view.values import KeyEntry

from ..worlds import healthy, index_of, picture_of


def test_totals_are_those_of_the_whole_list_whatever_is_filtered() -> None:
    picture = picture_of(healthy(), index_of(KeyEntry("a", 1, 10, 0.0), KeyEntry("b", 1, 5, 0.0)))
    assert (picture.totals.count, picture.totals.size_bytes, picture.totals.loading) == (2, 15, False)


def test_copies_are_what_the_cluster_wants_and_three_until_it_says() -> None:
    assert picture_of(ClusterView()).copies_wanted == 3
    assert picture_of(healthy()).copies_wanted == 3
