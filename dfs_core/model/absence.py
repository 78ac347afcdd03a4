"""Who should be *out*, and who is back: a decision about the facts that the leader has, made anew every second.

**Silence.** Every node tells for how long it has not heard each peer. For how long *the cluster* has not heard a node
is the longest time that a majority of the nodes that are up agree on: with three up, the second longest. A node that is
up and does not name a peer hears it; a node always hears itself. So one node with a bad cable can put nobody out.

**Out.** A joined node is put out when the cluster has not heard it for `out_s`. Draining nodes are not: nothing is
placed on them any more, and going out would forget that they are to be emptied.

**No mass-out.** Nodes that went down within one minute, when they are more than a third of the storing nodes, are far
more likely one broken switch than so many broken disks; copying all they hold would fill the others for nothing. They
are *held*. If they stay away for HELD_FACTOR × `out_s`, they are put out after all, the longest silent first and one in
each `out_s`, so that what each of them leaves to be copied is copied before the next one goes. A node that is out
already counts among those that went down with it; a node that went alone is never held. Who is held stays so until it
is heard: when the switch works again, the first that are heard must not make the last one look as if it went alone.

**Back.** A node that is out is let in once the cluster hears it again (it has been silent for no majority) and it has
read that it was out. No clock is compared with another: silences are lengths of time, measured by whoever tells them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dfs_core.limits import DOWN_AFTER_S
from dfs_core.model.ids import NodeId
from dfs_core.model.member import Member

SAME_TIME_S = 60.0  # what went down within so long may have one cause
HELD_FACTOR = 6  # an hour by default: long enough for somebody to plug a switch in again

Silences = Mapping[NodeId, float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to propose, in node order. `held`: down, and not put out in its time because too many went at once."""

    out: tuple[NodeId, ...] = ()
    back: tuple[NodeId, ...] = ()
    held: tuple[NodeId, ...] = ()


def silent_s(node: NodeId, views: Mapping[NodeId, Silences]) -> float:
    """For how long a majority of those who tell have not heard `node`; 0.0 when there is no such majority."""
    told = sorted((view.get(node, 0.0) if teller != node else 0.0 for teller, view in views.items()), reverse=True)
    return told[len(told) // 2] if told else 0.0


def decide(
    members: Sequence[Member],
    views: Mapping[NodeId, Silences],
    *,
    level: frozenset[NodeId],
    held: Sequence[NodeId],
    out_s: float,
    rested_s: float,
) -> Verdict:
    """Who goes out and who comes back.

    `views`: what each node that is up tells, the leader's own view among them. `level`: the nodes that have read their
    own being out. `held`: as of the last verdict. `rested_s`: since this leader last put a held node out, or since it
    began to lead.
    """
    nodes = [member for member in members if member.listed and member.role != "operator"]
    silences = {member.node: silent_s(member.node, views) for member in nodes}
    joined = sorted(member.node for member in nodes if member.state == "joined")
    crowd = _went_together(nodes, silences) | set(held)
    holding = [node for node in joined if node in crowd and silences[node] > 0.0]
    out = [node for node in joined if silences[node] >= out_s and node not in crowd]
    overdue = [node for node in holding if silences[node] >= HELD_FACTOR * out_s]
    if overdue and rested_s >= out_s:
        first = max(overdue, key=lambda node: (silences[node], node.digest))
        out.append(first)
        holding.remove(first)
    back = [
        member.node
        for member in nodes
        if member.state == "out" and silences[member.node] == 0.0 and member.node in views and member.node in level
    ]
    return Verdict(tuple(sorted(out)), tuple(sorted(back)), tuple(holding))


def _went_together(nodes: Sequence[Member], silences: Silences) -> frozenset[NodeId]:
    """The nodes that are down and went within one minute of others, together more than a third of those that store."""
    storing = sum(member.stores_chunks for member in nodes)
    down = sorted(
        ((silences[member.node], member.node) for member in nodes if member.stores_chunks),
        key=lambda each: (each[0], each[1].digest),
    )
    down = [each for each in down if each[0] >= DOWN_AFTER_S]
    crowd: set[NodeId] = set()
    for at, (silence, _) in enumerate(down):
        together = [node for other, node in down[at:] if other - silence <= SAME_TIME_S]
        if len(together) > 1 and 3 * len(together) > storing:
            crowd.update(together)
    return frozenset(crowd)
