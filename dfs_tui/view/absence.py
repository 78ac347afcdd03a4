"""Why there is nothing to show, and what to do: the same words in every view, so that each names the next step."""

from __future__ import annotations

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.cluster import ClusterView, Connection
from dfs_tui.view.format import wrap

_WIDTH = 66
_EDITS = ("e", " edits the address")
_QUIT: Cell = (("q", "accent"), (" leaves; what is said above is what to change", "dim"))
_START: Cell = (
    *(("1", "accent"), (" shows the nodes, ", "dim"), ("S", "accent"), (" starts the selected one, ", "dim")),
    *((":up", "accent"), (" starts three", "dim")),
)
_LOOK: Cell = (("1", "accent"), (" shows the nodes; nothing is started from here: --read-only", "dim"))
CERTIFICATE = "ask for 'dfs-core invite --role operator': an operator certificate is needed"


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
    if not view.opened:  # it was to be looked at, and not to be started
        return [cell("There is no cluster to look at.", "bad"), (), *why, (), _next("r", " tries again, ", *_EDITS)]
    return [cell("The cluster could not be brought up.", "bad"), (), *why, (), _QUIT]


def lost(view: ClusterView, now: float) -> list[Cell]:
    """Nobody answers, when that is tried again, and why; the next step first, because low boxes cut what is last."""
    link = view.next_try()
    key = "r" if view.attached else "ctrl+r"
    if link is None:
        return [(("No node answers; ", "warn"), *_next(key, " tries at once"))]
    why = [cell(said, "warn") for said in wrap(link.reason, _WIDTH)]
    head = "This dashboard is not let in; " if link.denied else "No node answers; "
    if link.retry_at < 0:
        first: Cell = ((head, "warn"), ("given up, ", "dim"), *_next("r", " tries again"))
    else:
        waits = max(link.retry_at - now, 0.0)
        when = f"again in {fmt.age(waits + 0.999)}, " if waits > 0 else "trying again now, "
        first = ((head, "warn"), (when, "dim"), *_next(key, " tries at once"))
    if link.denied and "--role operator" not in link.reason:
        why += [cell(said) for said in wrap(f"{CERTIFICATE[0].upper()}{CERTIFICATE[1:]}", _WIDTH)]
    if not view.attached:
        return [first, *why]
    more = _EDITS if link.retry_at < 0 else (*_EDITS, ", ", "esc", " stops trying")
    return [first, *why, (), _next(*more)]


def _next(*words: str) -> Cell:
    """Keys and what they do, one after the other; a comma stands alone."""
    return tuple((word, "dim" if word[0] in " ," else "accent") for word in words)


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
