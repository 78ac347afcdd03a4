"""What is said before a link is dropped or a peer banned."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view import events
from dfs_tui.view.cells import text_of
from dfs_tui.view.cluster import reduce
from dfs_tui.view.link_actions import BANS, ban_lines, disconnect_lines
from dfs_tui.view.peers import peer_links

from ..worlds import N1, N2, healthy, report


def said(seen_by: str, name: str, leader: str) -> str:
    view = healthy()
    for node in ("n1", "n2", "n3"):
        view = reduce(view, events.NodeReported(node, replace(report(node), leader=leader)), 1.0)
    link = next(link for link in peer_links(view) if (link.seen_by, link.name) == (seen_by, name))
    return " ".join(line if isinstance(line, str) else text_of(line) for line in ban_lines(view, [link]))


def test_a_ban_says_what_it_does_to_the_two_and_where_it_may_lead() -> None:
    told = said("n2", "n3", N1)
    assert "n2 counts n3 as down then, and n3 counts n2 as down" in told
    assert "put out and its copies are made anew" in told
    assert "leads" not in told


def test_where_one_of_the_two_leads_the_other_is_said_to_be_cut_off_from_the_log() -> None:
    assert "n1 leads: n3 reads nothing new of the log" in said("n1", "n3", N1)
    assert "n2 leads: n1 reads nothing new of the log" in said("n1", "n2", N2)


def test_a_ban_lasts_a_day_at_most() -> None:
    assert max(seconds for seconds, _ in BANS.values()) == 86400.0
    assert min(seconds for seconds, _ in BANS.values()) == 600.0


def test_a_dropped_link_is_said_to_come_back() -> None:
    (line,) = disconnect_lines(peer_links(healthy())[:1])
    assert "n1 drops its link to n2" in str(line)
    assert "dial at once" in str(line)


def test_of_several_links_each_is_named_before_anything_happens() -> None:
    view = healthy()
    links = peer_links(view)
    for lines in (disconnect_lines(links), ban_lines(view, links)):
        told = " ".join(line if isinstance(line, str) else text_of(line) for line in lines)
        assert all(f"{link.seen_by}>{link.name}" in told for link in links)
    assert "One of them leads" in told
    aside = [link for link in links if N1 not in link.nodes]
    assert "leads" not in str(ban_lines(view, aside))
