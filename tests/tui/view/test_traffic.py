"""What is kept from one report to the next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dfs_tui.view import events
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.traffic import ROUND_TRIPS_MAX, Traffic

from ..worlds import N1, N2, N3, healthy, report


def told(view: ClusterView, now: float, rtt_ms: float = 0.5, stored: int = 0, served: int = 0) -> ClusterView:
    """`view` after n1 has reported at `now`."""
    said = report("n1")
    peers = tuple(replace(peer, rtt_ms=rtt_ms) for peer in said.peers)
    said = replace(said, stored_bytes=stored, served_bytes=served, peers=peers)
    return reduce(view, events.NodeReported("n1", said), now)


def test_every_report_leaves_its_round_trip_and_looking_again_leaves_nothing() -> None:
    traffic, view = Traffic(), told(healthy(), 1.0, 1.5)
    for _ in range(3):
        traffic.observe(view)
    traffic.observe(told(view, 2.0, 2.5))
    assert list(traffic.round_trips(N1, N2)) == [1.5, 2.5]
    assert list(traffic.round_trips(N2, N1)) == [0.5]
    assert list(traffic.round_trips(N1, N1)) == [], "a node is no peer of its own"


def test_only_so_many_are_kept_and_none_of_a_link_that_is_down() -> None:
    traffic, view = Traffic(), healthy()
    for number in range(ROUND_TRIPS_MAX + 5):
        view = told(view, float(number), float(number))
        traffic.observe(view)
    assert len(traffic.round_trips(N1, N2)) == ROUND_TRIPS_MAX
    before = len(traffic.round_trips(N1, N3))
    traffic.observe(reduce(view, events.NodeReported("n1", report("n1", n3="down")), 999.0))
    assert len(traffic.round_trips(N1, N3)) == before
    assert traffic.round_trips(N1, N3)[-1] == float(ROUND_TRIPS_MAX + 4)


def test_bytes_a_second_come_from_how_the_totals_grow() -> None:
    traffic, view = Traffic(), told(healthy(), 0.0)
    traffic.observe(view)
    for second in range(1, 4):
        view = told(view, float(second), stored=1000 * second, served=500 * second)
        traffic.observe(view)
    moved = traffic.moved(N1)
    assert moved is not None
    assert moved.taken.per_s == pytest.approx(1000)
    assert moved.handed.per_s == pytest.approx(500)
    traffic.observe(told(view, 5.0, stored=10))
    moved = traffic.moved(N1)
    assert moved is not None
    assert moved.taken.per_s == 0, "it was started again: it counts from the beginning"
    assert traffic.moved("unknown") is None


def test_how_far_a_node_is_away_is_what_the_others_say() -> None:
    traffic = Traffic()
    traffic.observe(told(healthy(), 1.0, 2.5))
    moved = traffic.moved(N2)
    assert moved is not None
    assert moved.rtt_ms == pytest.approx(1.5), "n1 says 2.5, n3 says 0.5"
