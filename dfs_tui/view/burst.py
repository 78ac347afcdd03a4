"""Telling a person's keys from a path that the terminal types.

Some terminals deliver a drop as ordinary key strokes without marking it as a paste. Each letter would then run the
binding it stands for, and this program has bindings that kill and delete. A person cannot type eight letters ten
milliseconds apart, nor starts a command with a quote or a slash and goes on typing at that speed; a terminal does both.

`BurstGuard` decides with no clock and no terminal: it is told each key with its time and says what to do with the keys
it holds. It is used only while no text field has the focus.

- A key that may open a path (slash, quote, tilde, backslash) is held for HOLD_S. If a burst follows, it all becomes one
  paste; if not, the key is let through, late by that much.
- What follows a burst within TAIL_S belongs to it, however little: a link may deliver a path in two pieces.
- Keys that only move the cursor or change what is seen (`instant`) pass at once while nothing is held: no path starts
  with them.
- Any other printable key is held as well, for FAST_S: so long as keys keep coming at that distance they are collected.
  BURST_KEYS of them with at least BURST_KINDS different ones are a paste; fewer are let through in order. A slow link
  can deliver a few real key strokes at once (`jjjj`): these are few, or all the same, and stay commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

HOLD_S = 0.015
FAST_S = 0.010
TAIL_S = 0.050
BURST_KEYS = 8
BURST_KINDS = 4
OPENED_KEYS = 4  # keys after an opener that make it a path
OPENERS = frozenset("/'\"~\\")

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Verdict(Generic[K]):
    """What to do now: keys to let through in order, and text to treat as pasted."""

    keys: tuple[K, ...] = ()
    pasted: str = ""


@dataclass(slots=True)
class BurstGuard(Generic[K]):
    """Holds keys until it is sure. `K` is whatever the caller needs to replay a key."""

    instant: frozenset[str] = frozenset()
    _held: list[tuple[K, str]] = field(default_factory=list)
    _last: float = 0.0
    _burst_at: float = float("-inf")

    @property
    def holding(self) -> bool:
        """Keys are held: call `settle` when `due` has come."""
        return bool(self._held)

    @property
    def due(self) -> float:
        """When the held keys are to be decided if nothing else comes, in the caller's seconds."""
        return self._last + (HOLD_S if self._held and self._held[0][1] in OPENERS else FAST_S)

    def key(self, key: K, character: str | None, now: float) -> Verdict[K]:
        """A key came. `character` is what it prints, None for keys such as arrows, which are never part of a path."""
        first: Verdict[K] = self.settle() if self._held and now > self.due else Verdict()
        if character is None or len(character) != 1 or not (character.isprintable() or character in "\r\n"):
            return _joined(first, self.settle(), Verdict((key,)))
        in_tail = now - self._burst_at <= TAIL_S
        if character in self.instant and not self._held and not in_tail:
            return _joined(first, Verdict((key,)))
        self._held.append((key, character))
        self._last = now
        return first

    def settle(self) -> Verdict[K]:
        """Nothing more came in time: decide about what is held."""
        held, self._held = self._held, []
        text = "".join(character for _, character in held)
        in_tail = bool(held) and self._last - self._burst_at <= TAIL_S
        if in_tail or self._is_burst(text):
            self._burst_at = self._last
            return Verdict(pasted=text)
        return Verdict(tuple(key for key, _ in held))

    @staticmethod
    def _is_burst(text: str) -> bool:
        if text[:1] in OPENERS and len(text) > OPENED_KEYS:
            return True
        return len(text) >= BURST_KEYS and len(set(text)) >= BURST_KINDS


def _joined(*verdicts: Verdict[K]) -> Verdict[K]:
    keys: Sequence[K] = [key for verdict in verdicts for key in verdict.keys]
    return Verdict(tuple(keys), "".join(verdict.pasted for verdict in verdicts))
