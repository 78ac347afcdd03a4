"""Workers of all nodes."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view import events
from dfs_tui.view.cells import text_of
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.values import WorkerReport
from dfs_tui.view.worker_rows import (
    paused_words,
    worker_cells,
    worker_nodes,
    worker_rows,
    worker_state,
    workers_empty,
)

from ..worlds import healthy

IDLE, BUSY = (
    WorkerReport("scrub", "idle", detail="30 days"),
    WorkerReport("resync", "busy", waiting=5, rate_bytes=1 << 20),
)


def test_busy_ones_stand_first_and_what_is_told_again_replaces_itself_only() -> None:
    view = reduce(healthy(), events.WorkersReported("n1", (IDLE, BUSY)), 0.0)
    view = reduce(view, events.WorkersReported("n1", (WorkerReport("scrub", "busy"),)), 0.0)
    assert list(worker_rows(view)) == ["n1/resync", "n1/scrub"]
    assert worker_rows(view)["n1/scrub"][1].state == "busy"
    assert worker_rows(reduce(view, events.LinkDropped("n1"), 0.0)) == {}


def test_a_row_says_what_waits_and_what_went_wrong_lately() -> None:
    row = worker_cells("n1", BUSY, ASCII)
    assert [text_of(row[name]) for name in ("waiting", "rate", "said")] == ["5", "1.00 MiB/s", ""]
    failed = WorkerReport("scrub", "idle", last_error="disk \x1b[2J", last_error_s=3.0, detail="30 days")
    assert text_of(worker_cells("n1", failed, ASCII)["said"]) == "3.0 s ago: disk \\x1b[2J"
    assert text_of(worker_cells("n1", IDLE, ASCII)["said"]) == "30 days"


def test_no_rows_say_why() -> None:
    assert "No node" in text_of(workers_empty(ClusterView())[0])
    assert "no workers" in text_of(workers_empty(healthy())[0])


def test_a_paused_worker_says_so_and_one_that_ends_its_step_that_it_is_about_to() -> None:
    paused = WorkerReport("scrub", "paused", paused=True, pace=4.0)
    row = worker_cells("n1", paused, ASCII)
    assert [text_of(row[name]) for name in ("state", "pace")] == ["paused", "4"]
    assert worker_state(replace(paused, state="busy")) == "pausing"
    assert worker_state(replace(paused, state="stopped")) == "stopped"
    view = healthy()
    assert paused_words(view) == []
    for name in ("n1", "n2"):
        view = reduce(view, events.WorkersReported(name, (paused, BUSY)), 0.0)
    assert paused_words(view) == ["scrub is paused on n1 and n2"]
    assert worker_nodes(view) == [("n1", "n1"), ("n2", "n2")]
