"""One member as the mesh keeps it: up, suspect, down, and why."""

from __future__ import annotations

from random import Random
from typing import Any, cast

from dfs_core.limits import DOWN_AFTER_S, SUSPECT_AFTER_S
from dfs_core.model.member import Member
from dfs_core.transport.link import Link
from dfs_core.transport.peer import NO_MEMBER, Peer

from .nodes import BEN

MEMBER = Member(BEN.node_id, BEN.certificate, "full", "", 0, "joined", (), 0)


class FakeLink:
    """As much of a link as a peer looks at."""

    rtt_s: float | None = 0.5
    sent_bytes, received_bytes, address, closed = 7, 8, "h:1", False

    def __init__(self, heard_at: float) -> None:
        self.heard_at = heard_at


def peer_with_link(heard_at: float) -> Peer:
    peer = Peer(MEMBER, 0.0, Random(1))
    peer.links.append(cast(Link, cast(Any, FakeLink(heard_at))))
    peer.heard(heard_at)
    return peer


def test_a_new_peer_is_unknown_and_was_never_seen() -> None:
    status = Peer(MEMBER, 0.0, Random(1)).status(1.0)
    assert (status.state, status.seen_s, status.rtt_s, status.error) == ("unknown", -1, -1, "not connected yet")


def test_a_heard_peer_with_a_link_is_up() -> None:
    peer = peer_with_link(5.0)
    assert peer.up(6.0)
    assert peer.why_down(6.0) == ""
    status = peer.status(6.0)
    assert (status.state, status.seen_s, status.rtt_s) == ("up", 1.0, 0.5)
    assert (status.sent_bytes, status.received_bytes, status.address) == (7, 8, "h:1")


def test_silence_makes_it_suspect_then_down_though_the_link_is_open() -> None:
    peer = peer_with_link(5.0)
    assert not peer.up(5.0 + SUSPECT_AFTER_S)
    assert peer.status(5.0 + SUSPECT_AFTER_S).state == "suspect"
    assert peer.why_down(5.0 + SUSPECT_AFTER_S) == "nothing heard for 3 s"
    assert peer.status(5.0 + DOWN_AFTER_S).state == "down"


def test_silence_is_counted_from_what_was_heard_last_or_from_when_it_is_watched() -> None:
    assert peer_with_link(5.0).silent_s(8.0) == 3.0
    assert Peer(MEMBER, 2.0, Random(1)).silent_s(8.0) == 6.0


def test_a_lost_link_makes_it_suspect_at_once() -> None:
    peer = peer_with_link(5.0)
    peer.links.clear()
    peer.error = "pulled the plug"
    peer.lost(5.5)
    assert not peer.up(5.5)
    assert peer.why_down(5.5) == "pulled the plug"
    assert peer.status(5.5).state == "suspect"
    assert peer.link is None


def test_the_first_link_is_the_one_to_use() -> None:
    peer = peer_with_link(5.0)
    first = peer.link
    peer.links.append(cast(Link, cast(Any, FakeLink(6.0))))
    assert peer.link is first
    assert peer.status(7.0).seen_s == 1.0


def test_who_is_no_member_is_unknown() -> None:
    assert (NO_MEMBER.state, NO_MEMBER.error) == ("unknown", "it is not a member")
