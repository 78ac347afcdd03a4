"""What stands in the frames of boxes about how far one can rely on them."""

from __future__ import annotations

from dfs_tui.view import events
from dfs_tui.view.box_state import age_note, box_note
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.values import ProcessState

from ..worlds import healthy, local, picture_of


def lost(view: ClusterView, *names: str) -> ClusterView:
    for name in names:
        view = reduce(view, events.LinkLost(name, "no word for 5 s", 9.0), 1.0)
    return view


def test_nothing_is_said_while_all_is_well_or_nothing_is_known() -> None:
    for view in (healthy(), ClusterView()):
        assert box_note(picture_of(view)) == age_note(picture_of(view)) == ""


def test_while_nobody_answers_it_is_said_how_old_all_of_it_is() -> None:
    picture = picture_of(lost(healthy(), "n1", "n2", "n3"), now=14.0)
    assert box_note(picture) == age_note(picture) == "stale 14 s"


def test_while_some_answer_it_is_said_of_lists_how_many_did_not_and_nothing_of_one_thing() -> None:
    picture = picture_of(lost(healthy(), "n3"), now=14.0)
    assert box_note(picture) == "1 of 3 nodes did not answer"
    assert age_note(picture) == ""


def test_nodes_that_are_starting_are_still_to_come_and_stopped_ones_are_missed_by_nobody() -> None:
    view = reduce(healthy(), events.LocalNodesListed((local("n1"), local("n2", ProcessState.STARTING))), 0.0)
    assert box_note(picture_of(view)) == "1 of 3 nodes still to come"
    listed = (local("n1"), local("n2"), local("n3", ProcessState.STOPPED))
    stopped = reduce(healthy(), events.LocalNodesListed(listed), 0.0)
    assert box_note(picture_of(stopped)) == ""
