"""The whole cluster as it is on screen, and `reduce`, the one place where an event changes it.

`ClusterView` is a value: the same events in the same order give the same view, and a test needs no terminal. Reports
are kept by the *link* they came through, each with the time it arrived, because what a node said stays true of that
moment when the link is gone: the screen then shows the last data with its age instead of nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dfs_tui.view import draining, events, transfers
from dfs_tui.view.draining import Drain
from dfs_tui.view.transfers import Transfer
from dfs_tui.view.values import LocalNode, NodeReport, ProcessState, WorkerReport


class LinkState(StrEnum):
    """One control connection of the dashboard."""

    UP = "up"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Link:
    """`lost_at` and `retry_at` (below 0: no try follows) are monotonic; `tries` counts failures in a row."""

    state: LinkState
    reason: str = ""
    lost_at: float = 0.0
    retry_at: float = 0.0
    tries: int = 0
    denied: bool = False  # somebody answers, and lets us not in


@dataclass(frozen=True, slots=True)
class Reported:
    """A report and when it arrived."""

    report: NodeReport
    at: float


ASKED_S = 5.0  # a limit that was asked for is taken for the one there is that long, until a node tells of it


@dataclass(frozen=True, slots=True)
class LimitAsked:
    """How fast healing is to go, as it was asked for here, and when."""

    bytes_s: int = -1
    at: float = 0.0


class Connection(StrEnum):
    """How fresh the whole picture is."""

    OPENING = "opening"  # nothing was heard yet
    LIVE = "live"
    LOST = "lost"  # there is data, but nobody to ask
    STOPPED = "stopped"  # every local node is stopped: nobody is expected to answer
    FAILED = "failed"  # the source itself gave up


@dataclass(frozen=True, slots=True)
class ClusterView:
    """Everything but the key list and the log, which are long and kept beside it."""

    label: str = ""
    opened: bool = False
    can_run_nodes: bool = False
    generated: bool = False
    attached: str = ""
    failure: str = ""
    local: Mapping[str, LocalNode] = field(default_factory=dict)  # by name
    links: Mapping[str, Link] = field(default_factory=dict)
    reports: Mapping[str, Reported] = field(default_factory=dict)  # by link
    transfers: Mapping[str, Transfer] = field(default_factory=dict)
    workers: Mapping[str, Mapping[str, WorkerReport]] = field(default_factory=dict)  # by link and name
    drains: Mapping[str, Drain] = field(default_factory=dict)  # by node id
    limit_asked: LimitAsked = LimitAsked()

    @property
    def freshest(self) -> Reported | None:
        """The newest report through a link that is up, else the newest of all."""
        up = [found for name, found in self.reports.items() if self._is_up(name)]
        return max(up or self.reports.values(), key=lambda found: found.at, default=None)

    @property
    def repair_limit(self) -> int:
        """How many bytes a second each node may take to heal: as asked for a moment ago, else as told; -1 unknown."""
        newest = self.freshest
        told = newest.report.repair_limit if newest is not None else -1
        return self.limit_asked.bytes_s if self.limit_asked.bytes_s >= 0 else told

    @property
    def connection(self) -> Connection:
        if any(self._is_up(name) for name in self.reports):
            return Connection.LIVE
        if self.failure:
            return Connection.FAILED
        resting = (ProcessState.STOPPED, ProcessState.KILLED, ProcessState.FAILED)
        if self.local and all(node.state in resting for node in self.local.values()):
            return Connection.STOPPED
        return Connection.LOST if self.reports or self._all_lost() else Connection.OPENING

    def age_s(self, now: float) -> float:
        """How old the newest data is; 0 when there is none."""
        newest = self.freshest
        return 0.0 if newest is None else max(now - newest.at, 0.0)

    def next_try(self) -> Link | None:
        """The lost link that is tried again first."""
        lost = [link for link in self.links.values() if link.state is LinkState.LOST]
        return min(lost, key=lambda link: link.retry_at, default=None)

    def _is_up(self, name: str) -> bool:
        link = self.links.get(name)
        return link is not None and link.state is LinkState.UP

    def _all_lost(self) -> bool:
        return bool(self.links) and all(link.state is LinkState.LOST for link in self.links.values())


def reduce(view: ClusterView, event: events.Event, now: float) -> ClusterView:
    """The view after `event`. `now` is monotonic seconds. Events about what is unknown change nothing."""
    match event:
        case events.SourceOpened():
            return replace(
                view,
                label=event.label,
                opened=True,
                can_run_nodes=event.can_run_nodes,
                generated=event.generated,
                attached=event.attached,
                failure="",
            )
        case events.SourceFailed():
            return replace(view, failure=event.text)
        case events.LocalNodesListed():
            return replace(view, local={node.name: node for node in event.nodes}, failure="")
        case events.LinkOpened() | events.LinkLost() | events.LinkDropped() | events.NodeReported():
            return _reduce_link(view, event, now)
        case events.WorkersReported():
            known = {**view.workers.get(event.link, {}), **{worker.name: worker for worker in event.workers}}
            return replace(view, workers={**view.workers, event.link: known})
        case events.DrainsReported():
            return replace(view, drains=draining.observed(view.drains, event.drains, now))
        case events.RepairLimitAsked():
            return replace(view, limit_asked=LimitAsked(event.bytes_s, now))
        case events.TransferReported():
            return replace(view, transfers=transfers.reported(view.transfers, event.link, event.transfer, now))
        case events.TransferQueued():
            return replace(view, transfers=transfers.queued(view.transfers, event, now))
        case events.TransferAdvanced():
            return replace(view, transfers=transfers.advanced(view.transfers, event, now))
        case events.TransferEnded():
            return replace(view, transfers=transfers.ended(view.transfers, event, now))
        case events.TransferHeld():
            return replace(view, transfers=transfers.held(view.transfers, event, now))
        case events.TransferPrioritised():
            return replace(view, transfers=transfers.prioritised(view.transfers, event))
        case events.FinishedCleared():
            return replace(view, transfers=transfers.cleared(view.transfers))


LinkEvent = events.LinkOpened | events.LinkLost | events.LinkDropped | events.NodeReported


def _reduce_link(view: ClusterView, event: LinkEvent, now: float) -> ClusterView:
    match event:
        case events.LinkOpened(link=name):
            return replace(view, links={**view.links, name: Link(LinkState.UP)}, failure="")
        case events.LinkLost(link=name):
            before = view.links.get(name)
            again = before is not None and before.state is LinkState.LOST
            lost = Link(
                LinkState.LOST,
                reason=event.reason,
                lost_at=before.lost_at if before is not None and again else now,
                retry_at=event.retry_at,
                tries=(before.tries if before is not None and again else 0) + (event.retry_at >= 0),
                denied=event.denied,
            )
            return replace(
                view,
                links={**view.links, name: lost},
                transfers=transfers.link_gone(view.transfers, name, now),
            )
        case events.LinkDropped(link=name):
            return replace(
                view,
                links={other: link for other, link in view.links.items() if other != name},
                transfers=transfers.link_gone(view.transfers, name, now),
            )
        case events.NodeReported(link=name):
            asked = view.limit_asked
            settled = event.report.repair_limit == asked.bytes_s or now - asked.at > ASKED_S
            return replace(
                view,
                limit_asked=LimitAsked() if settled else asked,
                links=view.links if view._is_up(name) else {**view.links, name: Link(LinkState.UP)},
                reports={**view.reports, name: Reported(event.report, now)},
            )
