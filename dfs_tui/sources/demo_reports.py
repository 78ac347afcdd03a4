"""What the nodes of the generated cluster report about themselves and each other."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from dfs_tui.sources.demo_content import CAPACITY_BYTES, CHUNK_BYTES, COPIES, DemoKey, DemoNode
from dfs_tui.sources.demo_healing import copies_found
from dfs_tui.view.events import NodeReported
from dfs_tui.view.values import NodeReport, PeerReport, ProcessState, RepairReport

SUSPECT_S, DOWN_S = 3.0, 10.0
SLOWER = 400
NO_REPAIR = RepairReport()


def node_reports(
    nodes: Mapping[str, DemoNode],
    keys: Mapping[str, DemoKey],
    leader: str,
    now: float,
    dice: random.Random,
    repair: RepairReport = NO_REPAIR,
    repair_limit: int = 0,
) -> Iterator[NodeReported]:
    """One report of every node that runs."""
    held = dict.fromkeys(nodes, 0)
    chunks = dict.fromkeys(nodes, 0)
    logical = 0
    for key in keys.values():
        logical += key.entry.size_bytes
        for name in key.holders & nodes.keys():
            held[name] += key.entry.size_bytes
            chunks[name] += key.entry.size_bytes // CHUNK_BYTES + 1
    health, reasons = health_of(keys)
    found = copies_found(keys)
    under_bytes = sum(key.entry.size_bytes for key in keys.values() if key.entry.copies < COPIES)
    for node in nodes.values():
        if node.state is not ProcessState.RUNNING or node.frozen_at >= 0:
            continue
        report = NodeReport(
            node=node.node,
            name=node.name,
            cluster="demo",
            version="demo",
            listen=node.listen,
            pid=node.pid,
            up_s=now - node.up_since + 3600.0 * (node.up_since == 0.0),
            health=health,
            reasons=reasons,
            copies=COPIES,
            leader=nodes[leader].node if leader else "",
            keys=len(keys),
            copies_found=found,
            under_chunks=sum(found[:COPIES]),
            under_bytes=under_bytes,
            absent_chunks=found[0],
            repair=repair,
            repair_limit=repair_limit,
            health_age_s=0.2,
            logical_bytes=logical,
            chunks=chunks[node.name],
            size_bytes=held[node.name],
            capacity_bytes=CAPACITY_BYTES,
            free_bytes=CAPACITY_BYTES - held[node.name],
            peers=tuple(
                _peer(node, other, held[other.name], chunks[other.name], other.name == leader, now, dice)
                for other in nodes.values()
            ),
        )
        yield NodeReported(node.name, report)


def health_of(keys: Mapping[str, DemoKey]) -> tuple[str, tuple[str, ...]]:
    """One word, and why."""
    worst = min((key.entry.copies for key in keys.values()), default=COPIES)
    fewer = sum(key.entry.copies < COPIES for key in keys.values())
    if worst >= COPIES:
        return "HEALTHY", ()
    said = f"{fewer} keys have fewer than {COPIES} copies"
    return ("LOST" if worst == 0 else "AT RISK" if worst == 1 else "DEGRADED"), (said,)


def _peer(
    node: DemoNode, other: DemoNode, held: int, chunks: int, leads: bool, now: float, dice: random.Random
) -> PeerReport:
    frozen = other.frozen_at >= 0
    silent = now - (other.frozen_at if frozen else other.since)
    banned_s = max(node.bans.get(other.node, 0.0) - now, 0.0)
    refused = other.bans.get(node.node, 0.0) > now
    slow = max(node.slow.get(other.node, 0.0), other.slow.get(node.node, 0.0)) > now
    if other is node:
        liveness = "self"
    elif banned_s or refused:
        liveness = "down"
    elif other.state is ProcessState.RUNNING and not frozen:
        liveness = "up"
    elif other.state is ProcessState.STOPPED:
        liveness = "down"
    else:
        liveness = "up" if silent < SUSPECT_S else "suspect" if silent < DOWN_S else "down"
    return PeerReport(
        node=other.node,
        liveness=liveness,
        member_state="out" if other.out else "draining" if other.draining else "joined",
        address=other.listen,
        leader=leads,
        seen_s=0.0 if liveness in ("self", "up") else silent,
        rtt_ms=dice.uniform(0.3, 0.9) * (SLOWER if slow else 1) if liveness == "up" else -1.0,
        chunks=chunks,
        size_bytes=held,
        capacity_bytes=CAPACITY_BYTES,
        free_bytes=CAPACITY_BYTES - held,
        version="demo",
        error="it is banned there for a while, as somebody asked" if refused else "",
        banned_s=banned_s,
        up_s=now - other.up_since if liveness == "up" else 0.0,
        sent_bytes=int(now * dice.uniform(4000, 5000)),
        received_bytes=int(now * dice.uniform(4000, 5000)),
    )
