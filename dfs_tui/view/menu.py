"""What a menu offers, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One line. `why_not` is empty for what can be chosen."""

    id: str
    key: str
    label: str
    text: str = ""
    why_not: str = ""

    @property
    def possible(self) -> bool:
        return not self.why_not
