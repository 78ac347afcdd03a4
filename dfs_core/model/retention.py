"""Which versions of a key a policy keeps, in log time. Pure: rows of one key in, numbers out.

The rules, the strongest first:

1. The newest row of a key stays if it is a content: that is the current version.
2. A tombstone that is `removed_ms` old takes everything up to it, itself included, for ever. Until then it stays.
3. The `versions` newest contents stay, whatever their age.
4. Whatever is younger than `age_ms` stays, but of a key with more than THINNED_ABOVE rows only so many: the row with
   the least time between its two neighbours goes first. What is left of a key stored every second is dense where it
   is young and sparse where it is old, and thinning again when more came takes only a few.

Never thinned are the oldest row, which says how far back the history goes, the newest tombstone, since rule 2 promises
when what it ended is gone, and what rules 1 and 3 keep.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import NamedTuple

THINNED_ABOVE = 100  # rows of one key


class Aged(NamedTuple):
    """One row of a key's history: its number, the log time of its entry, whether it is a tombstone."""

    number: int
    log_ms: int
    removed: bool


class Policy(NamedTuple):
    """What is kept: see the module. `versions` is at least 1, so that no policy keeps nothing."""

    versions: int
    age_ms: int
    removed_ms: int

    @classmethod
    def of(cls, settings: Mapping[str, int]) -> Policy:
        """The policy that the cluster's settings (all of them, defaults included) describe."""
        return cls(settings["history_versions"], settings["history_ms"], settings["removed_ms"])


def expired(rows: Sequence[Aged], policy: Policy, now_ms: int) -> list[int]:
    """The numbers that the policy does not keep at log time `now_ms`, ascending. `rows`: all of one key, ascending.

    Applying it to what is left gives nothing more at the same time.
    """
    if not rows:
        return []
    ended = _ended(rows, policy, now_ms)
    rest = rows[ended:]
    fixed = _fixed(rest, policy)
    young = [row for row in rest if row.number in fixed or now_ms - row.log_ms < policy.age_ms]
    kept = {row.number for row in _thinned(young, fixed)}
    return [row.number for row in rows if row.number not in kept]


def _ended(rows: Sequence[Aged], policy: Policy, now_ms: int) -> int:
    """How many rows, from the oldest, an old enough tombstone takes with it."""
    for place in range(len(rows) - 1, -1, -1):
        if rows[place].removed and now_ms - rows[place].log_ms >= policy.removed_ms:
            return place + 1
    return 0


def _fixed(rows: Sequence[Aged], policy: Policy) -> set[int]:
    """What stays whatever its age: the newest contents, and the newest tombstone."""
    contents = [row.number for row in rows if not row.removed]
    tombstones = [row.number for row in rows if row.removed]
    return {*contents[-policy.versions :], *tombstones[-1:]}


def _thinned(rows: Sequence[Aged], fixed: set[int]) -> list[Aged]:
    """At most THINNED_ABOVE of the rows, or as many as may not go; those that tell most about the past."""
    surplus = len(rows) - THINNED_ABOVE
    if surplus <= 0:
        return list(rows)
    last = len(rows) - 1
    before = list(range(-1, last))
    after = list(range(1, last + 2))
    gone = [False] * len(rows)

    def gap_ms(place: int) -> int:
        """The time that would be without a row if this one went."""
        return rows[min(after[place], last)].log_ms - rows[before[place]].log_ms

    waiting = [(gap_ms(place), place) for place in range(1, len(rows)) if rows[place].number not in fixed]
    heapq.heapify(waiting)
    while surplus and waiting:
        gap, place = heapq.heappop(waiting)
        if gone[place]:
            continue
        if gap != gap_ms(place):  # a neighbour went meanwhile; gaps only grow
            heapq.heappush(waiting, (gap_ms(place), place))
            continue
        gone[place] = True
        surplus -= 1
        after[before[place]] = after[place]
        if after[place] <= last:
            before[after[place]] = before[place]
    return [row for place, row in enumerate(rows) if not gone[place]]
