"""Why there is nothing to show."""

from __future__ import annotations

from dfs_tui.view import events
from dfs_tui.view.absence import brief, failed, lost, why_empty
from dfs_tui.view.cells import text_of
from dfs_tui.view.cluster import ClusterView
from dfs_tui.view.values import ProcessState

from ..worlds import healthy, local, view_of


def said(view: ClusterView, now: float = 0.0) -> str:
    return "\n".join(text_of(line) for line in why_empty(view, now, "Links"))


def test_somebody_who_answers_is_no_reason() -> None:
    assert why_empty(healthy(), 0.0, "Links") == brief(healthy(), "Links") == []
    assert "Links are shown" in text_of(brief(ClusterView(), "Links")[0])


def test_boxes_beside_the_one_that_says_all_of_it_say_why_in_a_line() -> None:
    attached = events.SourceOpened("nas", can_run_nodes=False)
    nobody = view_of(attached, events.LinkLost("nas", "the connection was refused", 9.0))
    assert "No node answers; links are shown" in text_of(brief(nobody, "Links")[0])
    broken = view_of(attached, events.SourceFailed("port 3000 is taken"))
    assert "No cluster" in text_of(brief(broken, "Links")[0])
    stopped = view_of(attached, events.LocalNodesListed((local("n1", ProcessState.STOPPED),)))
    assert "All nodes are stopped" in text_of(brief(stopped, "Links")[0])


def test_before_anybody_answers_it_says_what_comes() -> None:
    assert "Opening" in said(ClusterView()) and "Links are shown as soon as" in said(ClusterView())
    assert "Connecting" in said(view_of(events.SourceOpened("nas", can_run_nodes=False)))
    assert "are starting" in said(view_of(events.SourceOpened("local", can_run_nodes=True)))


def test_nobody_who_answers_has_a_reason_and_a_next_try() -> None:
    view = view_of(
        events.SourceOpened("nas", can_run_nodes=False), events.LinkLost("nas", "the connection was refused", 9.0)
    )
    assert "refused" in said(view) and "again in 9 s" in said(view) and "ctrl+r" in said(view)
    assert "trying again now" in said(view, 10.0)
    assert "ctrl+r" in text_of(lost(ClusterView(), 0.0)[0])


def test_stopped_nodes_and_a_cluster_that_is_not_there_say_what_to_do() -> None:
    stopped = view_of(
        events.SourceOpened("local", can_run_nodes=True),
        events.LocalNodesListed((local("n1", ProcessState.STOPPED),)),
    )
    assert ":up" in said(stopped)
    broken = view_of(events.SourceOpened("local", can_run_nodes=True), events.SourceFailed("port 3000 is taken"))
    assert "port 3000 is taken" in said(broken)
    assert "q leaves" in text_of(failed(broken)[-1])


def test_an_attached_cluster_has_keys_of_its_own_while_it_does_not_answer() -> None:
    opened = events.SourceOpened("nas", can_run_nodes=False, attached="nas:1")
    view = view_of(opened, events.LinkLost("nas", "the connection was refused", 9.0))
    for word in ("again in 9 s", "r tries at once", "e edits the address", "esc stops trying"):
        assert word in said(view)
    given_up = view_of(opened, events.LinkLost("nas", "refused", 9.0), events.LinkLost("nas", "refused", -1.0))
    assert "given up, r tries again" in said(given_up)
    assert "esc" not in said(given_up)
    assert given_up.links["nas"].tries == 1


def test_who_is_not_let_in_is_told_whom_to_ask() -> None:
    opened = events.SourceOpened("nas", can_run_nodes=False, attached="nas:1")
    view = view_of(opened, events.LinkLost("nas", "this operator is refused: it was removed", 9.0, denied=True))
    assert "not let in" in said(view) and "it was removed" in said(view)
    assert "dfs-core invite --role operator" in said(view)
    assert "No node answers" not in said(view)
    told = "make one with a line from 'dfs-core invite --role operator'"
    assert said(view_of(opened, events.LinkLost("nas", told, 9.0, denied=True))).count("--role operator") == 1


def test_what_was_never_there_can_be_tried_again_or_looked_for_elsewhere() -> None:
    nothing = text_of(failed(view_of(events.SourceFailed("there is nothing at /x")))[-1])
    assert nothing == "r tries again, e edits the address"
