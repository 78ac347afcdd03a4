"""Which counts moved."""

from __future__ import annotations

from dfs_tui.view.changes import DRAWN_S, SHOWN_S, Changes


def test_a_count_that_moved_shows_its_way_for_a_moment() -> None:
    changes = Changes()
    changes.observe({"a": 3, "b": 3, "c": 3}, 10.0)
    assert not changes.shows(10.0)
    changes.observe({"a": 4, "b": 2, "c": 3}, 11.0)
    assert [changes.way(name, 11.5) for name in ("a", "b", "c", "unknown")] == [1, -1, 0, 0]
    assert [changes.way(name, 11.0 + SHOWN_S) for name in ("a", "b")] == [0, 0]


def test_the_last_of_two_moves_counts() -> None:
    changes = Changes()
    for now, count in ((1.0, 5), (2.0, 6), (3.0, 5)):
        changes.observe({"a": count}, now)
    assert changes.way("a", 3.1) == -1


def test_what_is_only_just_read_has_not_moved() -> None:
    changes = Changes()
    changes.observe({"a": 1}, 1.0)
    changes.observe({"a": 100}, 2.0, quiet=True)
    assert (changes.way("a", 2.0), changes.shows(2.0)) == (0, False)
    changes.observe({"a": 101}, 3.0)
    assert changes.way("a", 3.0) == 1


def test_somebody_draws_once_more_after_an_arrow_has_gone() -> None:
    changes = Changes()
    changes.observe({"a": 1}, 1.0)
    changes.observe({"a": 2}, 2.0)
    assert DRAWN_S >= SHOWN_S + 1.0
    assert changes.shows(2.0 + SHOWN_S + 1.0)
    assert not changes.shows(2.0 + DRAWN_S)
