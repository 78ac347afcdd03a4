"""Back and forward."""

from __future__ import annotations

from dfs_tui.view.visits import VISITS_MAX, Visits


def test_back_and_forward_as_in_a_browser() -> None:
    visits = Visits("cluster")
    assert (visits.back(), visits.forward(), visits.last) == ("", "", "")
    for view in ("keys", "keys", "logs"):
        visits.go(view)
    assert [visits.back(), visits.back(), visits.back()] == ["keys", "cluster", ""]
    assert visits.forward() == "keys"
    visits.go("nodes")
    assert visits.forward() == "", "what came after is forgotten"
    assert visits.last == "keys"


def test_the_last_view_and_this_one_take_turns() -> None:
    visits = Visits("cluster")
    visits.go("keys")
    for expected in ("cluster", "keys", "cluster"):
        visits.go(visits.last)
        assert visits.here == expected


def test_it_is_bounded() -> None:
    visits = Visits("cluster")
    for number in range(3 * VISITS_MAX):
        visits.go(f"view {number}")
    assert sum(1 for _ in iter(visits.back, "")) == VISITS_MAX - 1
