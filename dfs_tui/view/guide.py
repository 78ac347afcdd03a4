"""The first steps: five short ones, each done by doing it. The message line says the next one; nothing is in the way.

A step counts as done however it was done: by key, by command, or from another dashboard.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

STEPS = (
    "Drop a file or folder here to store it, or press s.",
    "Press 4: the key and its copies. space marks, / filters.",
    "Press r on a key to retrieve it; its hash is checked.",
    "Press 2, then K on a node: watch it heal. S starts it again.",
    "Press ? for all keys, : for commands. That is all; have fun.",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What has been done so far, as far as it matters here."""

    stored: bool = False
    keys_looked_at: bool = False
    retrieved: bool = False
    node_ended: bool = False
    helped: bool = False

    @property
    def done(self) -> tuple[bool, ...]:
        return (self.stored, self.keys_looked_at, self.retrieved, self.node_ended, self.helped)


@dataclass(frozen=True, slots=True)
class Guide:
    """Which step is next: the first that is not done. A later one may be done before it; it is not asked for again."""

    seen: Seen = Seen()
    over: bool = False

    def noting(self, **done: bool) -> Guide:
        """With these things done as well; False takes nothing back."""
        seen = replace(self.seen, **{name: True for name, is_done in done.items() if is_done})
        return Guide(seen, self.over or all(seen.done))

    @property
    def step(self) -> int:
        """From 1; 0 when it is over."""
        if self.over:
            return 0
        return next((number for number, done in enumerate(self.seen.done, 1) if not done), 0)

    @property
    def text(self) -> str:
        return f"First steps {self.step}/{len(STEPS)}: {STEPS[self.step - 1]}" if self.step else ""
