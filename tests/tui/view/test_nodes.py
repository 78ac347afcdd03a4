"""The node table: three sources of truth, one row."""

from __future__ import annotations

import pytest

from dfs_tui.view import events
from dfs_tui.view.cells import Row, text_of
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.glyphs import ASCII, UNICODE
from dfs_tui.view.nodes import STATE_TONES, NodeRow, NodeState, node_cells, node_rows, state_sign
from dfs_tui.view.rates import Rate
from dfs_tui.view.traffic import Moved
from dfs_tui.view.values import LocalNode, NodeReport, PeerReport, ProcessState

from ..worlds import IDS, N1, N2, N3, healthy, local, report, view_of


def row(view: ClusterView, name: str) -> NodeRow:
    return next(found for found in node_rows(view, 0.0) if found.name == name)


def said(cells: Row, column: str) -> str:
    return text_of(cells.get(column, ()))


def test_a_healthy_cluster_has_a_row_a_node_with_the_nodes_own_numbers() -> None:
    rows = node_rows(healthy(), 0.0)
    assert [(r.name, r.state, r.local, r.chunks, r.peers_up, r.peers) for r in rows] == [
        (name, NodeState.UP, True, 100, 2, 2) for name in IDS
    ]
    assert [r.leader for r in rows] == [True, False, False]


@pytest.mark.parametrize(
    ("process", "state"),
    [
        (ProcessState.KILLED, NodeState.KILLED),
        (ProcessState.STOPPED, NodeState.STOPPED),
        (ProcessState.STOPPING, NodeState.STOPPING),
        (ProcessState.STARTING, NodeState.STARTING),
        (ProcessState.FAILED, NodeState.FAILED),
    ],
)
def test_what_we_know_of_a_process_wins_over_every_report(process: ProcessState, state: NodeState) -> None:
    nodes = (local("n1", process), local("n2"), local("n3"))
    view = reduce(healthy(), events.LocalNodesListed(nodes), 1.0)
    assert row(view, "n1").state is state
    assert not row(view, "n1").leader


def test_a_killed_node_keeps_the_numbers_its_peers_last_heard() -> None:
    view = reduce(healthy(), events.LocalNodesListed((local("n1", ProcessState.KILLED), local("n2"), local("n3"))), 1.0)
    assert row(view, "n1").chunks == 10


def test_a_running_process_that_does_not_answer_is_suspect_with_the_reason() -> None:
    view = reduce(healthy(), events.LinkLost("n2", "no word for 5 s", 9.0), 8.0)
    assert row(view, "n2").state is NodeState.SUSPECT
    assert "no word for 5 s" in row(view, "n2").note


def test_a_process_that_never_answered_is_starting() -> None:
    view = view_of(events.LocalNodesListed((local("n1"),)))
    assert row(view, "n1").state is NodeState.STARTING


def test_a_node_that_is_being_made_shows_its_step() -> None:
    view = view_of(events.LocalNodesListed((local("n4", ProcessState.STARTING, "joining"),)))
    assert (row(view, "n4").state, row(view, "n4").note) == (NodeState.STARTING, "joining")


def attached(**liveness: str) -> ClusterView:
    return view_of(
        events.SourceOpened("socket", can_run_nodes=False),
        events.LinkOpened("node"),
        events.NodeReported("node", report("n1", **liveness)),
    )


def test_an_attached_cluster_shows_its_members_as_the_one_node_sees_them() -> None:
    rows = {r.id: r for r in node_rows(attached(n3="down"), 0.0)}
    assert {node: r.state for node, r in rows.items()} == {N1: NodeState.UP, N2: NodeState.UP, N3: NodeState.DOWN}
    assert rows[N1].name == "n1"
    assert rows[N2].name == N2[:8]
    assert rows[N3].note == "last heard 4.0 s ago"
    assert not any(r.local for r in rows.values())


def test_members_that_are_out_draining_or_removed_are_told_apart() -> None:
    peers = (
        PeerReport(node=N1, liveness="self"),
        PeerReport(node=N2, liveness="down", member_state="out"),
        PeerReport(node=N3, liveness="up", member_state="draining"),
        PeerReport(node="4" * 64, liveness="down", member_state="removed"),
    )
    view = view_of(events.NodeReported("node", NodeReport(node=N1, name="n1", peers=peers)))
    assert {r.id: r.state for r in node_rows(view, 0.0)} == {
        N1: NodeState.UP,
        N2: NodeState.OUT,
        N3: NodeState.DRAINING,
    }


def test_a_node_that_is_being_made_is_not_listed_a_second_time_as_a_stranger() -> None:
    stranger = PeerReport(node="9" * 64, liveness="unknown", address="127.0.0.1:7000", error="Connection refused")
    elsewhere = PeerReport(node="8" * 64, liveness="unknown", address="10.0.0.9:7000")
    told = NodeReport(node=N1, name="n1", peers=(PeerReport(node=N1, liveness="self"), stranger, elsewhere))
    made = (local("n1"), LocalNode("n2", "", ProcessState.STARTING, error="joining"))
    view = view_of(events.LocalNodesListed(made), events.LinkOpened("n1"), events.NodeReported("n1", told))
    assert [r.name for r in node_rows(view, 0.0)] == ["n1", "n2", "8" * 8]
    view = reduce(view, events.LocalNodesListed((local("n1"),)), 1.0)
    assert "9" * 8 in [r.name for r in node_rows(view, 0.0)]


def test_rows_are_stale_when_nobody_answers() -> None:
    view = attached()
    assert not any(r.stale for r in node_rows(view, 0.0))
    view = reduce(view, events.LinkLost("node", "gone", 3.0), 2.0)
    assert all(r.stale for r in node_rows(view, 0.0))


def test_a_row_keeps_its_identity_when_its_node_gets_one() -> None:
    before = view_of(events.LocalNodesListed((LocalNode("n1", "", ProcessState.STARTING),)))
    assert row(before, "n1").id == row(healthy(), "n1").id == "n1"


def test_every_state_has_a_sign_and_a_tone() -> None:
    for glyphs in (UNICODE, ASCII):
        assert all(len(state_sign(state, glyphs)) == 1 for state in NodeState)
    assert set(STATE_TONES) == set(NodeState)


def test_a_row_says_state_in_a_word_and_marks_the_leader() -> None:
    cells = node_cells(row(healthy(), "n1"), ASCII)
    assert said(cells, "state") == "* up"
    assert said(cells, "node") == "n1 L"
    assert said(cells, "peers") == "2/2"
    assert said(cells, "address") == "127.0.0.1:3001"


def test_a_reason_runs_over_the_rest_of_the_row() -> None:
    view = reduce(healthy(), events.LinkLost("n2", "no word for 5 s", 9.0), 8.0)
    cells = node_cells(row(view, "n2"), ASCII)
    assert "no word for 5 s" in said(cells, ">address")
    assert "address" not in cells


def test_what_another_node_says_is_never_printed_raw() -> None:
    peer = PeerReport(node=N1, liveness="self", address="\x1b[2J", error="\x1b]0;x\x07")
    view = view_of(events.NodeReported("node", NodeReport(node=N1, name="\x1b[31mevil", peers=(peer,))))
    cells = node_cells(node_rows(view, 0.0)[0], ASCII)
    assert "\x1b" not in "".join(text_of(spans) for spans in cells.values())


def test_how_fast_a_node_goes_is_shown_only_while_it_runs() -> None:
    moved = Moved(Rate(0, 1, 0, 0, 2048.0), Rate(0, 1, 0, 0, 0.0), 0.72)
    cells = node_cells(row(healthy(), "n1"), ASCII, moved)
    assert [said(cells, name) for name in ("taken", "handed", "rtt")] == ["2.0K", "0B", "0.7"]
    killed = reduce(healthy(), events.LocalNodesListed((local("n1", ProcessState.KILLED),)), 1.0)
    for cells in (node_cells(row(killed, "n1"), ASCII, moved), node_cells(row(healthy(), "n1"), ASCII)):
        assert [said(cells, name) for name in ("taken", "handed", "rtt")] == ["-", "-", "-"]
