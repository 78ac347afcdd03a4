"""The links between nodes."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view import events
from dfs_tui.view.cells import Row, text_of
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.glyphs import ASCII, UNICODE
from dfs_tui.view.peers import TREND_WIDTH, ban_words, peer_cells, peer_links, peers_empty
from dfs_tui.view.values import NodeReport, PeerReport

from ..worlds import N1, N2, healthy, report, view_of


def said(row: Row, column: str) -> str:
    return text_of(row.get(column, ()))


def test_every_direction_is_a_link_of_its_own_with_the_names_people_use() -> None:
    links = peer_links(healthy())
    assert [(link.seen_by, link.name) for link in links] == [
        ("n1", "n2"), ("n1", "n3"), ("n2", "n1"), ("n2", "n3"), ("n3", "n1"), ("n3", "n2"),
    ]  # fmt: skip
    assert len({link.id for link in links}) == 6


def test_both_ends_may_disagree() -> None:
    view = reduce(healthy(), events.NodeReported("n1", report("n1", n2="suspect")), 1.0)
    seen = {(link.seen_by, link.name): link.liveness for link in peer_links(view)}
    assert (seen["n1", "n2"], seen["n2", "n1"]) == ("suspect", "up")


def test_a_node_that_was_stopped_tells_of_no_links_and_a_lost_one_of_old_ones() -> None:
    view = reduce(healthy(), events.LinkDropped("n1"), 1.0)
    assert {link.seen_by for link in peer_links(view)} == {"n2", "n3"}
    view = reduce(view, events.LinkLost("n2", "gone", 9.0), 8.0)
    assert {link.stale for link in peer_links(view) if link.seen_by == "n2"} == {True}


def test_a_link_shows_its_figures_or_why_there_is_none() -> None:
    peer = PeerReport(node=N2, liveness="up", address="127.0.0.1:7000", rtt_ms=0.46, sent_bytes=2048, seen_s=0.1)
    down = PeerReport(node="5" * 64, liveness="down", address="10.0.0.9:7000", error="\x1b[2Jtimed out")
    told = NodeReport(node=N1, name="n1", peers=(peer, down))
    rows = [peer_cells(link, ASCII) for link in peer_links(view_of(events.NodeReported("node", told)))]
    assert said(rows[0], "link") == f"n1 -> {N2[:8]}"
    assert (said(rows[0], "rtt"), said(rows[0], "sent"), said(rows[0], "seen")) == ("0.5 ms", "2.00 KiB", "0.1 s")
    assert said(rows[1], ">address") == "10.0.0.9:7000  \\x1b[2Jtimed out"


def test_what_is_said_when_there_are_no_links() -> None:
    assert "No node" in text_of(peers_empty(ClusterView())[0])
    alone = view_of(events.NodeReported("node", NodeReport(node=N1)))
    assert "invite" in text_of(peers_empty(alone)[-1])


def test_the_last_round_trips_are_drawn_beside_the_figure() -> None:
    link = peer_links(healthy())[0]
    drawn = said(peer_cells(link, UNICODE, [0.5, 1.0, 2.0]), "trend")
    assert drawn == "▃▅█".rjust(TREND_WIDTH)
    assert len(said(peer_cells(link, UNICODE, [1.0] * 100), "trend")) == TREND_WIDTH
    assert said(peer_cells(link, UNICODE, [1.0]), "trend") == "", "one alone says nothing of how it goes"
    assert link.nodes == (N1, N2)


def test_a_banned_peer_is_a_state_with_its_time_left() -> None:
    refused = PeerReport(node=N2, liveness="down", address="127.0.0.1:7000", error="banned", banned_s=480.0)
    view = reduce(healthy(), events.NodeReported("n1", replace(report("n1"), peers=(refused,))), 1.0)
    link = next(link for link in peer_links(view) if link.banned_s)
    assert (link.seen_by, link.name, link.via) == ("n1", "n2", "n1")
    row = peer_cells(link, ASCII)
    assert said(row, "state") == "o banned"
    assert said(row, ">address") == "127.0.0.1:7000  banned, 8 m 00 s left; B lifts it"
    assert ban_words(view) == ["n1 refuses n2: banned, 8 m 00 s left"]
    assert ban_words(healthy()) == []
