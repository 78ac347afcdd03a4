"""Cluster settings that nodes without a catalog keep to as well: what full nodes tell in their reports.

A full node has them from its catalog. A vault takes those of the full node that has read furthest, as of its last
report, so a change holds everywhere within a heartbeat or two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dfs_core.catalog.settings import SETTINGS
from dfs_core.encoding.peer_messages import NodeReport

REPAIR, SCRUB = "repair_bytes_s", "scrub_ms"


class Agreed:
    """The settings in question, as far as this node knows them now."""

    def __init__(self, reports: Callable[[], list[NodeReport]]) -> None:
        """`reports()` are the last ones of this node's peers."""
        self._reports = reports
        self._own: Mapping[str, int] | None = None

    def read(self, settings: Mapping[str, int]) -> None:
        """The node's own catalog says so."""
        self._own = dict(settings)

    @property
    def repair_bytes_s(self) -> int:
        """How many bytes a second each node may move to repair; 0: as many as there are."""
        return self._value(REPAIR, lambda report: report.repair_bytes_s)

    @property
    def scrub_ms(self) -> int:
        """How long checking every chunk of a node once may take."""
        return self._value(SCRUB, lambda report: report.scrub_ms)

    def _value(self, name: str, told: Callable[[NodeReport], int]) -> int:
        default = SETTINGS[name].default
        if self._own is not None:
            return self._own.get(name, default)
        reports = [report for report in self._reports() if report.role == "full"]
        if not reports:
            return default
        return told(max(reports, key=lambda report: (report.applied, report.node)))
