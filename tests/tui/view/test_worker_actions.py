"""What can be told to workers, and how it is said."""

from __future__ import annotations

import pytest

from dfs_tui.view.worker_actions import (
    WorkerAt,
    WorkerWish,
    done_words,
    line_of,
    pace_items,
    worker_items,
    worker_wish,
)

SCRUB = WorkerAt("n3", "n3", "scrub")


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("pause scrub n3", WorkerWish("pause", "scrub", "n3")),
        ("resume all", WorkerWish("resume", "all")),
        ("pace scrub 0.5", WorkerWish("pace", "scrub", "", 0.5)),
        ("pace scrub 4 n3", WorkerWish("pace", "scrub", "n3", 4.0)),
    ],
)
def test_a_wish_is_read_and_said_the_same_way(typed: str, wish: WorkerWish) -> None:
    assert worker_wish(typed.split()) == wish
    assert line_of(wish) == f":workers {typed}"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("stop scrub", "not to 'stop'"),
        ("pause", "pause which worker?"),
        ("pace scrub", "0 to 1000"),
        ("pace scrub fast", "0 to 1000"),
        ("pace scrub nan", "0 to 1000"),
        ("pace scrub -1", "0 to 1000"),
        ("pause scrub n1 n2", "Name one node"),
    ],
)
def test_what_is_wrong_with_a_wish_is_said(typed: str, said: str) -> None:
    wish = worker_wish(typed.split())
    assert isinstance(wish, str)
    assert said in wish


def test_what_came_of_it_names_workers_and_nodes_and_warns_when_nothing_heals() -> None:
    assert done_words(WorkerWish("pause", "scrub"), [SCRUB]) == "scrub on n3 is paused, over restarts too"
    two = [WorkerAt("n1", "n1", "resync"), WorkerAt("n3", "n3", "scrub")]
    said = done_words(WorkerWish("pause", "all"), two)
    assert said == "resync and scrub on n1 and n3 are paused, over restarts too; healing needs it"
    assert done_words(WorkerWish("resume", "all"), two) == "resync and scrub on n1 and n3 go on"
    assert "now rests 4 times as long as it works" in done_words(WorkerWish("pace", "scrub", "", 4.0), [SCRUB])


def test_a_menu_offers_the_other_of_pause_and_go_on_and_all_nodes_where_there_are_more() -> None:
    alone = {item.id: item.possible for item in worker_items(SCRUB, paused=True, nodes=1)}
    assert alone["resume"]
    assert "pause" not in alone
    assert not alone["pause_every"]
    many = worker_items(SCRUB, paused=False, nodes=3)
    assert all(item.possible for item in many)
    for items in (many, pace_items()):
        assert len({item.key for item in items}) == len(items)
