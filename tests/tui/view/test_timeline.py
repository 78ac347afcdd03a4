"""Incidents, read off the views."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view import events
from dfs_tui.view.cells import text_of
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.timeline import Timeline, moment_cells, timeline_empty
from dfs_tui.view.values import NodeReport, ProcessState, RepairReport

from ..worlds import IDS, healthy, local, report


def after(view: ClusterView, now: float, *happened: events.Event) -> ClusterView:
    for event in happened:
        view = reduce(view, event, now)
    return view


def killed(view: ClusterView, now: float, name: str = "n3") -> ClusterView:
    states = {other: ProcessState.KILLED if other == name else ProcessState.RUNNING for other in IDS}
    listed = events.LocalNodesListed(tuple(local(other, state) for other, state in states.items()))
    return after(view, now, listed, events.LinkDropped(name))


def told(now: float, view: ClusterView, made: NodeReport, other: NodeReport | None = None) -> ClusterView:
    return after(
        view, now, events.NodeReported("n1", made), events.NodeReported("n2", other or report("n2", n3="down"))
    )


def said(timeline: Timeline) -> list[str]:
    return [text_of(moment_cells(incident, moment, ASCII)["text"])[2:] for incident, moment in timeline.rows()]


def test_the_whole_story_of_a_killed_node() -> None:
    timeline, view = Timeline(), healthy()
    assert not timeline.observe(view, 0.0, 0.0)
    view = killed(view, 1.0)
    assert timeline.observe(view, 1.0, 1.0)
    view = told(4.0, view, report("n1", n3="suspect"), report("n2", n3="suspect"))
    timeline.observe(view, 4.0, 4.0)
    short = replace(report("n1", n3="down", health="DEGRADED"), under_chunks=7, copies_found=(0, 0, 7, 3))
    timeline.observe(told(9.0, view, short), 9.0, 9.0)
    healing = replace(short, repair=RepairReport(7, 7, 7 << 20, 1e6, 7.0))
    timeline.observe(told(20.0, view, healing), 20.0, 20.0)
    timeline.observe(told(21.0, view, healing), 21.0, 21.0)
    timeline.observe(told(31.0, view, report("n1", n3="down")), 31.0, 31.0)
    assert said(timeline) == [
        "n3 was killed (SIGKILL) by you",
        "n3 is suspected by n1 and n2",
        "n3 is down for 2 of 2 nodes",
        "7 chunks with fewer than 3 copies, all still readable",
        "healing begins: 7 copies to make (7.00 MiB)",
        "healed in 30 s: 7 chunks, 7.00 MiB, 0 unreadable at any time",
    ]
    assert timeline.current is None
    assert [incident.outcome for incident in timeline.take_over()] == [said(timeline)[-1]]
    assert timeline.take_over() == []


def test_a_node_that_comes_back_before_anything_was_short_ends_it() -> None:
    timeline, view = Timeline(), healthy()
    timeline.observe(view, 0.0, 0.0)
    view = killed(view, 1.0)
    timeline.observe(view, 1.0, 1.0)
    assert timeline.current is not None
    back = events.LocalNodesListed(tuple(local(name) for name in IDS))
    timeline.observe(after(view, 3.0, back, events.LinkOpened("n3"), events.NodeReported("n3", report("n3"))), 3.0, 3.0)
    assert said(timeline)[-2:] == [
        "n3 is up again: what it holds counts at once",
        "healthy again after 2.0 s: nothing was short of copies",
    ]
    assert timeline.current is None


def test_a_killed_node_alone_does_not_count_as_healed_while_nobody_noticed() -> None:
    timeline, view = Timeline(), healthy()
    timeline.observe(view, 0.0, 0.0)
    view = killed(view, 1.0)
    for now in (1.0, 2.0, 3.0):
        timeline.observe(view, now, now)
    assert timeline.current is not None


def test_what_was_counted_before_a_node_went_away_does_not_end_its_story() -> None:
    """A node is killed again while the leader's last count still has it on its way back."""
    timeline, view = Timeline(), healthy()
    timeline.observe(view, 0.0, 0.0)
    view = killed(view, 10.0)
    timeline.observe(view, 10.0, 10.0)
    old = replace(report("n1", health="DEGRADED", n3="suspect"), health_age_s=0.5)
    for now, health in ((10.1, "DEGRADED"), (10.3, "HEALTHY")):
        timeline.observe(told(now, view, replace(old, health=health)), now, now)
    assert timeline.current is not None
    starting = events.LocalNodesListed((local("n1"), local("n2"), local("n3", ProcessState.STARTING)))
    for now, health in ((10.4, "DEGRADED"), (10.45, "HEALTHY")):
        timeline.observe(told(now, after(view, now, starting), replace(old, health=health)), now, now)
    assert timeline.current is not None, "nor while it starts"
    for now, health in ((12.0, "DEGRADED"), (13.0, "DEGRADED"), (14.0, "HEALTHY")):
        timeline.observe(told(now, view, replace(old, health=health)), now, now)
    assert timeline.current is None


def test_lost_chunks_and_unreadable_ones_are_said() -> None:
    timeline, view = Timeline(), healthy()
    timeline.observe(view, 0.0, 0.0)
    bad = replace(report("n1", health="LOST"), under_chunks=5, lost_chunks=2, absent_chunks=1)
    timeline.observe(told(1.0, view, bad, bad), 1.0, 1.0)
    assert "3 of them cannot be read now" in said(timeline)[0]
    assert said(timeline)[1] == "2 chunks lost"


def test_before_anything_happened_it_says_how_to_see_it() -> None:
    assert "No node has gone away" in text_of(timeline_empty()[0])
