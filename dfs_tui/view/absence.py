"""Why there is nothing to show, and what to do: the same words in every view, so that each names the next step."""

from __future__ import annotations

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.cluster import ClusterView, Connection
from dfs_tui.view.format import wrap

_WIDTH = 66
_QUIT: Cell = (("q", "accent"), (" leaves; what is said above is what to change", "dim"))
_START: Cell = (
    *(("1", "accent"), (" shows the nodes, ", "dim"), ("S", "accent"), (" starts the selected one, ", "dim")),
    *((":up", "accent"), (" starts three", "dim")),
)
_LOOK: Cell = (("1", "accent"), (" shows the nodes; nothing is started from here: --read-only", "dim"))
_AGAIN: Cell = (("ctrl+r", "accent"), (" tries at once", "dim"))


def why_empty(view: ClusterView, now: float, what: str, *, changeable: bool = True) -> list[Cell]:
    """What is said instead of `what` ("Keys") while nobody tells of it; nothing when somebody does.

    `changeable`: whether keys that start something do so here.
    """
    match view.connection:
        case Connection.LIVE:
            return []
        case Connection.FAILED:
            return failed(view)
        case Connection.STOPPED:
            return [
                cell("All nodes are stopped. What is stored is safe on their disks."),
                (),
                _START if changeable else _LOOK,
            ]
        case Connection.LOST:
            return lost(view, now)
        case Connection.OPENING:
            if view.can_run_nodes:
                return [cell("The nodes of this machine are starting.", "accent"), (), _later(what)]
            return [cell("Connecting ..." if view.opened else "Opening ...", "accent"), (), _later(what)]


def failed(view: ClusterView) -> list[Cell]:
    """The cluster is not there, and why."""
    why = [cell(said, "warn") for said in wrap(view.failure, _WIDTH)]
    return [cell("The cluster could not be brought up.", "bad"), (), *why, (), _QUIT]


def lost(view: ClusterView, now: float) -> list[Cell]:
    """Nobody answers, when that is tried again, and why; the next step first, because low boxes cut what is last."""
    link = view.next_try()
    if link is None:
        return [(("No node answers; ", "warn"), *_AGAIN)]
    waits = max(link.retry_at - now, 0.0)
    when = f"again in {fmt.age(waits + 0.999)}, " if waits > 0 else "trying again now, "
    why = [cell(said, "warn") for said in wrap(link.reason, _WIDTH)]
    return [(("No node answers; ", "warn"), (when, "dim"), *_AGAIN), *why]


def brief(view: ClusterView, what: str) -> list[Cell]:
    """The same in one line, for boxes beside one that says all of it."""
    match view.connection:
        case Connection.LIVE:
            return []
        case Connection.FAILED:
            return [cell(f"No cluster, so no {what.casefold()}.", "dim")]
        case Connection.STOPPED:
            return [cell(f"All nodes are stopped, so there are no {what.casefold()}.", "dim")]
        case Connection.LOST:
            return [cell(f"No node answers; {what.casefold()} are shown as soon as one does.", "dim")]
        case Connection.OPENING:
            return [_later(what)]


def _later(what: str) -> Cell:
    return cell(f"{what} are shown as soon as a node answers.", "dim")
