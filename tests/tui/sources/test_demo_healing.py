"""The generated cluster's healing in figures."""

from __future__ import annotations

from dfs_tui.sources.demo_cluster import OUT_S, DemoCluster
from dfs_tui.sources.demo_healing import copies_found, workers
from dfs_tui.view import events
from dfs_tui.view.values import NodeReport, RepairReport


def last_report(happened: list[events.SourceEvent]) -> NodeReport:
    return [event.report for event in happened if isinstance(event, events.NodeReported)][-1]


def run(made: DemoCluster, seconds: float) -> NodeReport:
    happened: list[events.SourceEvent] = []
    for _ in range(round(seconds * 10)):
        happened += made.advance(0.1)
    return last_report(happened)


def test_figures_follow_the_story() -> None:
    made = DemoCluster(seed=3, keys_wanted=400, busy=False)
    before = run(made, 2.0)
    assert (before.under_chunks, before.repair) == (0, RepairReport())
    assert sum(before.copies_found) == sum(copies_found(made.keys))
    made.kill("n2")
    short = run(made, 3.0)
    assert short.under_chunks > 0
    assert (short.repair.rate, short.repair.eta_s) == (0.0, -1.0), "nothing is made before it is out"
    healing = run(made, OUT_S)
    assert healing.repair.rate > 0
    assert 0 < healing.repair.left < healing.repair.total
    assert healing.repair.eta_s > 0
    assert run(made, 20.0).repair == RepairReport()


def test_workers_are_busy_while_copies_are_made() -> None:
    states = {worker.name: worker.state for worker in workers(RepairReport(5, 3, 3, 1.0, 3.0), 10.0)}
    assert states["resync"] == "busy"
    assert {worker.name: worker.state for worker in workers(RepairReport(), 10.0)}["resync"] == "idle"
