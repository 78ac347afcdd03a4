"""reduce(): events in, a view out."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view import events
from dfs_tui.view.cluster import ClusterView, Connection, LinkState, reduce
from dfs_tui.view.values import Direction, ProcessState, TransferReport, TransferState

from ..worlds import IDS, healthy, local, report, view_of


def lose(view: ClusterView, *names: str, now: float = 10.0, reason: str = "connection reset") -> ClusterView:
    for name in names:
        view = reduce(view, events.LinkLost(name, reason, now + 1.0), now)
    return view


def test_nothing_was_heard_yet() -> None:
    assert ClusterView().connection is Connection.OPENING
    assert view_of(events.SourceOpened("local", can_run_nodes=True)).connection is Connection.OPENING


def test_one_node_that_answers_is_enough_to_be_live() -> None:
    view = view_of(events.LinkOpened("n1"), events.NodeReported("n1", report("n1")))
    assert view.connection is Connection.LIVE
    assert lose(healthy(), "n1", "n2").connection is Connection.LIVE


def test_a_lost_cluster_keeps_its_last_data_with_its_age() -> None:
    view = lose(healthy(now=5.0), *IDS)
    assert view.connection is Connection.LOST
    assert view.freshest is not None
    assert view.age_s(19.0) == 14.0


def test_a_link_that_never_came_up_is_lost_and_not_opening() -> None:
    view = lose(view_of(events.SourceOpened("x", can_run_nodes=False)), "node")
    assert view.connection is Connection.LOST


def test_tries_are_counted_and_end_with_success() -> None:
    view = lose(healthy(), "n1", now=10.0)
    view = lose(view, "n1", now=11.0)
    assert view.links["n1"].tries == 2
    assert view.links["n1"].lost_at == 10.0
    view = reduce(view, events.LinkOpened("n1"), 12.0)
    assert (view.links["n1"].state, view.links["n1"].tries) == (LinkState.UP, 0)


def test_the_next_try_is_the_earliest_of_all() -> None:
    view = reduce(healthy(), events.LinkLost("n1", "a", 30.0), 10.0)
    view = reduce(view, events.LinkLost("n2", "b", 20.0), 10.0)
    assert view.next_try() == view.links["n2"]
    assert healthy().next_try() is None


def test_the_freshest_report_is_one_through_a_live_link() -> None:
    view = lose(healthy(), "n1")
    view = reduce(view, events.NodeReported("n2", report("n2")), 11.0)
    view = reduce(view, events.NodeReported("n1", report("n1")), 12.0)
    view = lose(view, "n1", now=13.0)
    assert view.freshest is not None
    assert view.freshest.report.name == "n2"


def test_a_cluster_whose_nodes_are_all_stopped_is_stopped_and_not_lost() -> None:
    view = reduce(healthy(), events.LocalNodesListed(tuple(local(n, ProcessState.STOPPED) for n in IDS)), 1.0)
    for name in IDS:
        view = reduce(view, events.LinkDropped(name), 1.0)
    assert view.connection is Connection.STOPPED
    assert view.reports


def test_a_source_that_gave_up_says_why_until_something_works() -> None:
    view = view_of(events.SourceOpened("local", can_run_nodes=True), events.SourceFailed("port 3000 is in use"))
    assert (view.connection, view.failure) == (Connection.FAILED, "port 3000 is in use")
    assert reduce(view, events.LinkOpened("n1"), 1.0).failure == ""


def test_other_peoples_transfers_end_when_their_node_goes_away() -> None:
    told = TransferReport("t1", Direction.STORE, "a", TransferState.ACTIVE, 10, 100)
    view = reduce(healthy(), events.TransferReported("n1", told), 1.0)
    view = lose(view, "n1", now=2.0)
    assert view.transfers["n1/t1"].state is TransferState.FAILED


def test_own_transfers_survive_the_loss_of_a_link() -> None:
    view = reduce(healthy(), events.TransferQueued("own/1", Direction.STORE, "a", 100, 1), 1.0)
    assert not lose(view, *IDS).transfers["own/1"].ended


def test_the_same_events_give_the_same_view() -> None:
    assert healthy() == healthy()


def test_an_event_leaves_the_view_before_it_as_it_was() -> None:
    before = healthy()
    copy = healthy()
    lose(before, *IDS)
    reduce(before, events.TransferQueued("own/1", Direction.STORE, "a", 100, 1), 1.0)
    assert before == copy


def test_finished_transfers_go_when_they_are_cleared() -> None:
    view = healthy()
    for event in (
        events.TransferQueued("own/1", Direction.STORE, "a", 100, 1),
        events.TransferQueued("own/2", Direction.STORE, "b", 100, 1),
        events.TransferEnded("own/1", TransferState.DONE),
        events.FinishedCleared(),
    ):
        view = reduce(view, event, 1.0)
    assert set(view.transfers) == {"own/2"}


def test_a_limit_that_was_asked_for_is_shown_until_a_node_tells_of_one() -> None:
    told = replace(report("n1"), repair_limit=0)
    view = view_of(events.NodeReported("n1", told))
    assert view.repair_limit == 0
    view = reduce(view, events.RepairLimitAsked(64), 1.0)
    assert view.repair_limit == 64
    view = reduce(view, events.NodeReported("n1", told), 2.0)
    assert view.repair_limit == 64, "this was said before the log had it"
    taken = reduce(view, events.NodeReported("n1", replace(told, repair_limit=64)), 3.0)
    assert taken.repair_limit == 64
    assert reduce(taken, events.NodeReported("n1", replace(told, repair_limit=32)), 4.0).repair_limit == 32
    assert reduce(view, events.NodeReported("n1", told), 9.0).repair_limit == 0
    assert reduce(view, events.RepairLimitAsked(-1), 2.0).repair_limit == 0
