from __future__ import annotations

from dataclasses import replace

import pytest

from dfs_core.model.finding import Finding
from dfs_core.model.health import AT_RISK, DEGRADED, HEALTHY, LOST, Totals, as_seen, judge_cluster
from dfs_core.model.ids import NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member, State

NODES = [NodeId(bytes([number]) * 32) for number in range(1, 5)]
NAMES = [str(node)[:12] for node in NODES]


def member(number: int, state: State = "joined") -> Member:
    return Member(NODES[number], b"cert", "full", "", 1 << 40, state, (), 0)


LAYOUT = Layout(7, tuple(member(number) for number in range(4)), 3)
WELL = Totals(chunks=10, found={3: 10})


def judged(
    totals: Totals = WELL,
    layout: Layout = LAYOUT,
    reachable: list[NodeId] = NODES,
    counting: list[NodeId] | None = None,
) -> tuple[str, str]:
    state, reasons = judge_cluster(totals, layout, reachable, reachable if counting is None else counting)
    return state, "; ".join(reasons)


def test_all_nodes_there_and_all_copies_is_healthy_without_reasons() -> None:
    assert judged() == (HEALTHY, "")
    assert judged(Totals()) == (HEALTHY, "")


@pytest.mark.parametrize(
    ("totals", "state", "words"),
    [
        (Totals(found={3: 9, 2: 1}, under=1), DEGRADED, "1 chunk has 2 of 3 copies"),
        (Totals(found={3: 9, 2: 1200}, under=1200), DEGRADED, "1,200 chunks have 2 of 3 copies"),
        (Totals(found={1: 2, 2: 1}, under=3), AT_RISK, "2 chunks have 1 of 3 copies"),
        (Totals(found={0: 2, 3: 1}, under=2, absent=2), AT_RISK, "2 chunks have no copy that can be reached"),
        (Totals(found={0: 2, 3: 1}, under=2, lost=2), LOST, "2 chunks have no copy anywhere"),
        (Totals(found={3: 9, 4: 1}, surplus=1), HEALTHY, ""),
        (Totals(found={3: 9}, left=4), HEALTHY, ""),  # moved, not missing
        (Totals(uncounted_buckets=96), DEGRADED, "4,000 of 4,096 buckets"),
    ],
)
def test_what_was_counted_makes_the_state_and_is_said(totals: Totals, state: str, words: str) -> None:
    found, reasons = judged(totals)
    assert found == state
    assert words in reasons


def test_the_worst_of_all_counts_and_all_are_said() -> None:
    state, reasons = judged(Totals(found={0: 3, 1: 1, 2: 1}, under=5, lost=1, absent=2), reachable=NODES[:3])
    assert state == LOST
    for words in (
        "no copy anywhere",
        "can be reached",
        "1 of 3",
        "2 of 3",
        f"1 of 4 nodes cannot be reached: {NAMES[3]}",
    ):
        assert words in reasons


def test_a_node_that_is_away_is_degraded_also_when_it_held_nothing() -> None:
    assert judged(reachable=NODES[1:])[0] == DEGRADED


def test_a_node_that_stores_nothing_is_named_when_it_is_away_and_nothing_is_degraded() -> None:
    door = replace(member(3), capacity=0)
    state, reasons = judged(layout=replace(LAYOUT, members=(*LAYOUT.members[:3], door)), reachable=NODES[:3])
    assert state == HEALTHY
    assert NAMES[3] in reasons


def test_a_node_that_is_out_and_made_up_for_is_healthy_and_named() -> None:
    layout = replace(LAYOUT, members=(*LAYOUT.members[:3], member(3, "out")))
    assert judged(layout=layout, reachable=NODES[:3]) == (HEALTHY, f"out, and made up for by others: {NAMES[3]}")


def test_operators_and_removed_members_are_nobody_to_miss() -> None:
    operator, removed = replace(member(2), role="operator"), member(3, "removed")
    layout = replace(LAYOUT, members=(*LAYOUT.members[:2], operator, removed), copies=2)
    assert judged(Totals(found={2: 1}), layout=layout, reachable=NODES[:2]) == (HEALTHY, "")


def test_a_node_that_has_not_told_what_it_holds_is_named() -> None:
    state, reasons = judged(counting=NODES[:3])
    assert state == DEGRADED
    assert f"not told yet what they hold: {NAMES[3]}" in reasons


def test_too_few_nodes_for_the_copies_is_said_with_what_to_do() -> None:
    layout = replace(LAYOUT, members=tuple(member(number, "joined" if number < 2 else "out") for number in range(3)))
    state, reasons = judged(Totals(found={2: 5}, under=5), layout=layout, reachable=NODES[:2])
    assert state == DEGRADED
    assert "3 copies are wanted and 2 nodes take chunks: add a node" in reasons
    alone = replace(LAYOUT, members=tuple(member(number, "out" if number else "joined") for number in range(3)))
    _, reasons = judged(Totals(found={1: 5}, under=5), layout=alone, reachable=NODES[:1])
    assert "3 copies are wanted and 1 node takes chunks: add a node" in reasons


def test_many_names_are_cut_short() -> None:
    members = tuple(replace(member(0), node=NodeId(bytes([number]) * 32)) for number in range(1, 20))
    reachable = [each.node for each in members[:3]]
    assert "and 11 more" in judged(layout=Layout(1, members, 3), reachable=reachable)[1]


def test_without_a_leader_it_is_at_risk_and_the_rest_is_as_last_known() -> None:
    assert as_seen(HEALTHY, [], 2.0, leaderless="no majority") == (AT_RISK, ["no majority"])
    state, reasons = as_seen(LOST, ["2 chunks"], 7.4, leaderless="no majority")
    assert state == LOST
    assert reasons == ["no majority", "as last counted, 7 s ago: 2 chunks"]
    assert as_seen("", [], 0.0, leaderless="no majority")[0] == AT_RISK


def test_before_the_first_report_nothing_is_claimed() -> None:
    state, reasons = as_seen("", [], 0.0, leaderless="")
    assert state == DEGRADED
    assert "not reported yet" in reasons[0]


def test_a_report_is_shown_as_it_is() -> None:
    assert as_seen(DEGRADED, ["why"], 3.0, leaderless="") == (DEGRADED, ["why"])


def test_findings_add_up() -> None:
    totals = Totals()
    totals.add(Finding(chunks=3, chunk_bytes=30, found={3: 2, 1: 1}, under=1, under_bytes=10, surplus=1))
    totals.add(Finding(chunks=2, chunk_bytes=20, found={3: 1, 0: 1}, under=1, under_bytes=5, lost=1, unknown_chunks=4))
    assert (totals.chunks, totals.chunk_bytes, totals.under, totals.under_bytes) == (5, 50, 2, 15)
    assert (totals.surplus, totals.lost, totals.unknown) == (1, 1, 4)
    assert totals.histogram() == [1, 1, 0, 3]
    assert Totals().histogram() == []
