"""How much of a store its node says is safe, and how much has all its copies: never more than that.

A node tells of one file at a time, and what it tells may be dropped when much happens. So this only ever counts what
was said: files that the node called done, and what it last said of those under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dfs_tui.view.values import ENDED, TransferReport, TransferState


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What was heard. `under_way` has safe and everywhere bytes by key; `chunks` those of the last file by node."""

    done_bytes: int = 0
    done_copied: int = 0
    under_way: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    chunks: Mapping[str, int] = field(default_factory=dict)

    def heard(self, report: TransferReport) -> Acknowledged:
        """After what a node said about one file. Copies that come when a file is done are counted no more."""
        rest = {key: found for key, found in self.under_way.items() if key != report.key}
        chunks = report.copies or self.chunks
        if report.state not in ENDED:
            return replace(
                self, under_way={**rest, report.key: (report.done_bytes, report.copied_bytes)}, chunks=chunks
            )
        known = report.key in self.under_way
        if report.state is not TransferState.DONE or not known:  # told a second time, or its beginning was dropped
            return replace(self, under_way=rest, chunks=chunks)
        return Acknowledged(self.done_bytes + report.done_bytes, self.done_copied + report.copied_bytes, rest, chunks)

    @property
    def safe_bytes(self) -> int:
        return self.done_bytes + sum(safe for safe, _ in self.under_way.values())

    @property
    def copied_bytes(self) -> int:
        return self.done_copied + sum(copied for _, copied in self.under_way.values())
