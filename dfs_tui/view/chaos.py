"""Trouble on purpose, for a while: which local nodes are killed or frozen, which links are cut, and when.

One seed, one plan. Never more than a minority of them is down at a time, and each is started again before the next
trouble comes, so what is stored stays readable and storing goes on; whoever carries the plan out looks at that again
before each deed. A link is cut by a ban that has an end, and what is frozen goes on by itself: neither needs anybody
who is left to mend it.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

NODES_LEAST = 3
SECONDS_DEFAULT = 30
SECONDS_LEAST, SECONDS_MOST = 10, 3600
CUTS, FREEZES = 0.3, 0.3  # so many of the rounds cut a link, so many have a node stand still
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


class NoPlan(Exception):
    """It cannot be done; the text says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """At `at_s` after the beginning: kill, start or freeze `node`, or cut, mend or make slow its link to `other`.

    `for_s`: what is cut is mended, what is frozen goes on so long after, whatever happens.
    """

    at_s: float
    deed: str
    node: str
    other: str = ""
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done, in order."""

    seconds: float
    seed: int
    steps: tuple[Step, ...]

    @property
    def kills(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.deed == "kill")

    @property
    def freezes(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.deed == "freeze")

    @property
    def cuts(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.deed == "cut")

    @property
    def slow(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.deed == "slow")


def plan(nodes: Sequence[str], seconds: float, seed: int) -> Plan:
    """Rounds of trouble among `nodes`, the first of them a killing. NoPlan: too few nodes."""
    if len(nodes) < NODES_LEAST:
        raise NoPlan(f"it takes {NODES_LEAST} local nodes that run; a adds one, S starts one")
    dice = random.Random(seed)
    most = (len(nodes) - 1) // 2
    steps: list[Step] = []
    at = 1.0
    while at + 4 <= seconds:
        down = min(dice.uniform(4, 9), seconds - at)
        round_is = dice.random() if steps else 1.0
        if round_is < CUTS:
            one, other = dice.sample(sorted(nodes), 2)
            steps.append(Step(round(at, 1), "cut", one, other, math.ceil(down) + 1.0))
            steps.append(Step(round(at + down, 1), "mend", one, other))
        elif round_is < CUTS + FREEZES:
            steps.append(Step(round(at, 1), "freeze", dice.choice(sorted(nodes)), for_s=round(down, 1)))
        else:
            victims = dice.sample(sorted(nodes), dice.randint(1, most))
            steps += [Step(round(at, 1), "kill", node) for node in victims]
            steps += [Step(round(at + down, 1), "start", node) for node in victims]
        at += down + dice.uniform(3, 6)
    return Plan(seconds, seed, tuple(steps))


def with_slow_links(made: Plan, nodes: Sequence[str]) -> Plan:
    """The same, and after each trouble's beginning one link is slow for a while: only generated clusters have that."""
    dice = random.Random(made.seed)
    steps: list[Step] = []
    for at_s in sorted({step.at_s for step in made.steps if step.deed in ("kill", "cut", "freeze")}):
        one, other = dice.sample(sorted(nodes), 2)
        for_s = round(min(dice.uniform(5, 15), made.seconds - at_s), 1)
        steps.append(Step(at_s, "slow", one, other, for_s))
    return replace(made, steps=tuple(sorted((*made.steps, *steps), key=lambda step: step.at_s)))


def seconds_of(text: str) -> int:
    """30, 30s, 2m or 1h in seconds. NoPlan: it is none of these, or too short or too long to be of use."""
    found = re.fullmatch(r"([0-9]{1,6})([smh]?)", text.strip().casefold())
    seconds = int(found[1]) * _UNITS[found[2]] if found is not None else -1
    if not SECONDS_LEAST <= seconds <= SECONDS_MOST:
        raise NoPlan(f"for how long? {SECONDS_LEAST}s to {SECONDS_MOST // 3600}h, like 30s or 2m; not '{text}'")
    return seconds


def words(made: Plan) -> list[str]:
    """What will be done, for people."""
    kills = made.kills
    listed = ", ".join(f"{step.node} after {step.at_s:.0f} s" for step in kills[:8])
    more = f" and {len(kills) - 8} more" if len(kills) > 8 else ""
    cuts = ", ".join(f"{step.node} from {step.other} after {step.at_s:.0f} s" for step in made.cuts[:4])
    further = f" and {len(made.cuts) - 4} more" if len(made.cuts) > 4 else ""
    frozen = ", ".join(f"{step.node} after {step.at_s:.0f} s" for step in made.freezes[:4])
    others = f" and {len(made.freezes) - 4} more" if len(made.freezes) > 4 else ""
    slow = ", ".join(f"{step.node} to {step.other} after {step.at_s:.0f} s" for step in made.slow[:4])
    rest = f" and {len(made.slow) - 4} more" if len(made.slow) > 4 else ""
    return [
        f"For {made.seconds:.0f} s, nodes of this machine are ended at once, as in a crash (SIGKILL), and started "
        "again some seconds later:",
        f"{listed}{more}.",
        *((f"Links are cut for some seconds (a ban): {cuts}{further}.",) if made.cuts else ()),
        *((f"Links are slow for some seconds: {slow}{rest}.",) if made.slow else ()),
        *((f"A node stands still for some seconds (SIGSTOP): {frozen}{others}.",) if made.freezes else ()),
        "",
        "Never more than a minority is down, and none is killed while anything could not be read then. At the end "
        "all run again.",
        f"':chaos stop' ends it before; ':chaos {made.seconds:.0f}s {made.seed}' does the same another time.",
    ]
