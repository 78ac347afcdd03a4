"""The background workers of all nodes: what each does, what waits for it, what went wrong last."""

from __future__ import annotations

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Column, Row, Tone, cell
from dfs_tui.view.cluster import ClusterView
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.peers import node_names
from dfs_tui.view.values import WorkerReport

WORKER_COLUMNS = (
    Column("node", "NODE", 8),
    Column("worker", "WORKER", 10),
    Column("state", "STATE", 10),
    Column("waiting", "WAITING", 9, align="right"),
    Column("done", "DONE", 8, align="right", priority=1),
    Column("rate", "RATE", 11, align="right", priority=2),
    Column("oldest", "OLDEST", 8, align="right", priority=3),
    Column("pace", "PACE", 5, align="right", priority=4),
    Column("said", "", 14, flex=1),
)
_TONES: dict[str, Tone] = {"busy": "accent", "resting": "", "idle": "dim", "paused": "warn", "stopped": "bad"}


def worker_rows(view: ClusterView) -> dict[str, tuple[str, WorkerReport]]:
    """Row id → node name and worker; busy ones first. Of nodes that are gone, none."""
    names = node_names(view)
    found: list[tuple[str, str, WorkerReport]] = []
    for link, workers in view.workers.items():
        told = view.reports.get(link)
        if link not in view.links or told is None:
            continue
        name = names.get(told.report.node, link)
        found += [(f"{link}/{worker.name}", name, worker) for worker in workers.values()]
    rank = {"busy": 0, "paused": 1, "stopped": 1}
    found.sort(key=lambda row: (rank.get(row[2].state, 2), row[2].name, len(row[1]), row[1]))
    return {row: (name, worker) for row, name, worker in found}


def worker_nodes(view: ClusterView) -> list[tuple[str, str]]:
    """Link and name of every node whose workers are told of."""
    found = {row.rpartition("/")[0]: name for row, (name, _) in worker_rows(view).items()}
    return sorted(found.items(), key=lambda node: (len(node[1]), node[1]))


def paused_words(view: ClusterView) -> list[str]:
    """A line for each worker that somebody has paused somewhere."""
    nodes: dict[str, list[str]] = {}
    if any(worker.paused for workers in view.workers.values() for worker in workers.values()):
        for name, worker in worker_rows(view).values():
            if worker.paused:
                nodes.setdefault(worker.name, []).append(name)
    return [f"{worker} is paused on {fmt.listed(found, 'nodes')}" for worker, found in sorted(nodes.items())]


def worker_state(worker: WorkerReport) -> str:
    """Its state in a word: one that is told to pause still ends its step."""
    return "pausing" if worker.paused and worker.state not in ("paused", "stopped") else worker.state


def worker_cells(name: str, worker: WorkerReport, glyphs: Glyphs) -> Row:
    """One row."""
    state = worker_state(worker)
    rate = fmt.rate(worker.rate_bytes) if worker.rate_bytes > 0 else f"{worker.rate:.1f}/s" if worker.rate > 0 else ""
    return {
        "node": cell(fmt.printable(name), "strong"),
        "worker": cell(fmt.printable(worker.name)),
        "state": cell(fmt.printable(state), _TONES.get(state, "warn")),
        "waiting": cell(fmt.count(worker.waiting) if worker.waiting else glyphs.dot, "" if worker.waiting else "dim"),
        "done": cell(fmt.count(worker.done), "dim"),
        "rate": cell(rate),
        "oldest": cell(fmt.duration(worker.oldest_s) if worker.oldest_s >= 0 else "", "dim"),
        "pace": cell(f"{worker.pace:g}", "dim"),
        "said": _said(worker),
    }


def _said(worker: WorkerReport) -> Cell:
    """What went wrong within the last ten minutes, else what it says of itself."""
    if worker.last_error and 0 <= worker.last_error_s < 600:
        return cell(f"{fmt.duration(worker.last_error_s)} ago: {fmt.printable(worker.last_error)}", "warn")
    return cell(fmt.printable(worker.detail), "dim")


def workers_empty(view: ClusterView) -> list[Cell]:
    """What is said when there are no rows."""
    if not view.reports:
        return [cell("No node has told of its workers yet.", "dim")]
    return [cell("This node tells of no workers.", "dim")]
