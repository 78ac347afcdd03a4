"""Announcements over real multicast on the loopback interface, and what is made of senseless ones."""

from __future__ import annotations

import asyncio
import socket
from random import Random

import pytest

from dfs_core.limits import ADDRESSES_MAX
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.transport.discovery import (
    Announcement,
    Discovery,
    announcement_of,
    cluster_tag,
    find_node,
    interfaces_of,
    node_tag,
)

LOOPBACK = ("127.0.0.1",)
GROUP = ("224.0.0.251", 5353)


def multicast_works() -> bool:
    """A datagram to the group of mDNS comes back over loopback here: then the library must find what is announced."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth,
    ):
        here = socket.inet_aton(LOOPBACK[0])
        try:
            ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            ear.bind(("", 0))
            ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP[0]) + here)
            ear.settimeout(1.0)
            mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, here)
            mouth.sendto(b"anybody?", (GROUP[0], ear.getsockname()[1]))
            return ear.recv(16) == b"anybody?"
        except OSError:
            return False


MULTICAST = multicast_works()


def some_node() -> NodeId:
    """One that no other test run announces."""
    return NodeId(Random().randbytes(32))


def announced(node: NodeId, *addresses: str) -> Announcement:
    return Announcement(cluster_tag(ClusterId(b"c" * 16)), node_tag(node), addresses)


async def test_what_one_announces_another_hears_with_its_addresses() -> None:
    own = announced(some_node(), "127.0.0.1:7421")
    heard: asyncio.Queue[Announcement] = asyncio.Queue()
    listening = Discovery(heard.put_nowait, interfaces=LOOPBACK)
    speaking = Discovery(lambda found: None, interfaces=LOOPBACK)
    try:
        started = await listening.start() and await speaking.start(own)
        assert started or not MULTICAST
        async with asyncio.timeout(20):
            while MULTICAST and await heard.get() != own:
                pass
    finally:
        await speaking.close()
        await listening.close()


async def test_a_node_is_found_by_its_id_alone_and_one_that_is_silent_is_not() -> None:
    node = some_node()
    speaking = Discovery(lambda found: None, interfaces=LOOPBACK)
    try:
        assert await speaking.start(announced(node, "127.0.0.1:7422")) or not MULTICAST
        if MULTICAST:
            assert await find_node(node, interfaces=LOOPBACK, timeout_s=20.0) == ("127.0.0.1:7422",)
        assert await find_node(some_node(), interfaces=LOOPBACK, timeout_s=0.2) == ()
    finally:
        await speaking.close()


async def test_without_multicast_everything_else_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    nowhere = Discovery(lambda found: None, interfaces=("192.0.2.1",))
    assert not await nowhere.start(announced(some_node(), "192.0.2.1:1"))
    assert "no discovery" in caplog.text
    await nowhere.close()
    await nowhere.close()


def test_tags_tell_nodes_and_clusters_apart_and_give_no_id_away() -> None:
    cluster, node = ClusterId(b"i" * 16), NodeId(b"i" * 32)
    assert len({cluster_tag(cluster), node_tag(node), node_tag(NodeId(b"j" * 32))}) == 3
    assert node.digest.hex()[:16] not in node_tag(node)


@pytest.mark.parametrize(
    ("properties", "addresses", "port"),
    [
        ({}, ["10.0.0.1"], 1),
        ({b"c": b"ab" * 8}, ["10.0.0.1"], 1),
        ({b"c": b"ab" * 8, b"n": b"zz" * 8}, ["10.0.0.1"], 1),
        ({b"c": b"ab" * 8, b"n": None}, ["10.0.0.1"], 1),
        ({b"c": b"ab" * 8, b"n": b"\xff" * 16}, ["10.0.0.1"], 1),
        ({b"c": b"ab" * 8, b"n": b"cd" * 8}, [], 1),
        ({b"c": b"ab" * 8, b"n": b"cd" * 8}, ["fe80::1"], 1),
        ({b"c": b"ab" * 8, b"n": b"cd" * 8}, ["10.0.0.1"], None),
    ],
)
def test_a_senseless_announcement_is_none(
    properties: dict[bytes, bytes | None], addresses: list[str], port: int | None
) -> None:
    assert announcement_of(properties, addresses, port) is None


def test_no_more_addresses_are_taken_than_a_node_may_have() -> None:
    many = [f"10.0.0.{number}" for number in range(100)]
    found = announcement_of({b"c": b"ab" * 8, b"n": b"cd" * 8}, many, 7420)
    assert found is not None and len(found.addresses) == ADDRESSES_MAX


@pytest.mark.parametrize(
    ("listen", "interfaces"),
    [
        ("127.0.0.1:0", ("127.0.0.1",)),
        ("10.0.0.5:7420", ("10.0.0.5",)),
        ("0.0.0.0:7420", ()),
        ("[::]:7420", ()),
        ("somewhere.example:7420", ()),
    ],
)
def test_a_node_announces_itself_where_it_listens(listen: str, interfaces: tuple[str, ...]) -> None:
    assert interfaces_of(listen) == interfaces
