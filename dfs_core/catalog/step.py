"""One command being applied: what it may see and change, and how it is refused.

Everything a command's outcome depends on is here: the rows, the entry's index and log time. A command checks all it
has to check before it changes anything; `Refused` after a change is a bug and stops the node (`apply.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from dfs_core.catalog.change import Change
from dfs_core.catalog.outcomes import Outcomes
from dfs_core.catalog.references import References
from dfs_core.catalog.rows import Rows
from dfs_core.encoding.commands import Outcome
from dfs_core.errors import InvalidInput, Refused

INTEGER_MAX = 2**63 - 1  # what a column holds


@dataclass(slots=True)
class Step:
    """The catalog as one command at log index `index` meets it."""

    rows: Rows
    references: References
    outcomes: Outcomes
    index: int
    log_ms: int
    changes: list[Change] = field(default_factory=list)

    def applied(self, version: int = 0) -> Outcome:
        """It holds."""
        return Outcome(version=version, revision=self.index)


def demand(holds: bool, text: str) -> None:
    """Refuse a command whose values no honest proposer sends. `text` says what would be right."""
    if not holds:
        raise Refused("invalid", text)


def demand_valid(check: Callable[[], object]) -> None:
    """Refuse a command whose values a check of the model refuses.

    The model's text is not used: it may quote the value, and how Python quotes depends on its release.
    """
    try:
        check()
    except InvalidInput:
        raise Refused("invalid", "the command holds a value that cannot be") from None
