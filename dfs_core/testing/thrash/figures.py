"""What a thrash was like, and whether everything happened that it is for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from dfs_core.testing.thrash.skewed import ASLEEP, CONDEMNED

KILLED, PAUSED, PARTED, CUT, FILLED = "killed", "paused", "parted", "cut", "filled"
SKEWED, SLEPT, COLLECTED = "clocks set wrong", "asleep before a commit", "copies collected"
AGAIN, CONDEMNED_MEANWHILE = "stores of what nothing referred to", "commits refused for what was condemned"
OUT, OLD_COPIES = "declared out", "returns with copies that the others had deleted"
WANTED = (KILLED, PAUSED, PARTED, CUT, SKEWED, SLEPT, COLLECTED, AGAIN, OUT, OLD_COPIES)  # FILLED: where one may mount

_TOLD = {
    SLEPT: re.compile(re.escape(ASLEEP)),
    CONDEMNED_MEANWHILE: re.compile(re.escape(CONDEMNED)),
    COLLECTED: re.compile(r"(\d[\d,]*) chunks that nothing refers to are deleted"),
    OUT: re.compile(r" is out: "),
}


def told_by(lines: Iterable[str]) -> Counter[str]:
    """What the lines of a node's log tell of, and how often."""
    counted: Counter[str] = Counter()
    for line in lines:
        for what, pattern in _TOLD.items():
            found = pattern.search(line)
            if found is not None:
                counted[what] += int(found[1].replace(",", "")) if found.groups() else 1
    return counted


@dataclass
class Figures:
    """What was done to a cluster, what happened to it by that, and how it came out."""

    storm_s: float
    happened: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    failed: int = 0
    read: int = 0
    clean_s: float = 0.0
    pending_bytes: int = 0
    collected_s: float = 0.0

    def lacks(self) -> list[str]:
        """What should have happened by now and has not."""
        return [what for what in WANTED if not self.happened[what]]

    def __str__(self) -> str:
        happened = ", ".join(f"{count} {what}" for what, count in sorted(self.happened.items()))
        return (
            f"{self.storm_s:.0f} s: {happened}; {self.acknowledged} changes acknowledged, {self.failed} failed, "
            f"{self.read} reads; clean after {self.clean_s:.0f} s; {self.pending_bytes:,} bytes shown as pending, "
            f"gone after {self.collected_s:.0f} s"
        )
