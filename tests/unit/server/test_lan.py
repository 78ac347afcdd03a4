"""What a node makes of announcements. Real multicast: tests/unit/transport/test_discovery.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import pytest

from dfs_core.limits import GIB
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.model.member import Member
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.server import Node, NodeConfig, lan
from dfs_core.server.founding import init
from dfs_core.server.joining import join
from dfs_core.server.lan import Lan, wanted
from dfs_core.transport.discovery import Announcement, cluster_tag, node_tag

ME, OTHER, LATER = (NodeId(bytes([number]) * 32) for number in (1, 2, 3))
CLUSTER = ClusterId(b"c" * 16)


def member(node: NodeId) -> Member:
    return Member(node, b"cert", "full", "", 1 << 40, "joined", (), 0)


class Bench:
    """A node's ears; nothing is opened."""

    def __init__(self) -> None:
        self.suggested: list[tuple[NodeId, tuple[str, ...]]] = []
        self.members = MemberList(known_members(1, 3, [member(ME), member(OTHER)]))
        self.lan = Lan(
            ME,
            CLUSTER,
            "127.0.0.1:7420",
            self.members,
            lambda node, addresses: self.suggested.append((node, addresses)),
        )

    def hears(self, node: NodeId, address: str = "10.0.0.9:7420", cluster: ClusterId = CLUSTER) -> None:
        self.lan._heard(Announcement(cluster_tag(cluster), node_tag(node), (address,)))


def test_where_a_member_says_it_is_is_tried() -> None:
    bench = Bench()
    bench.hears(OTHER)
    assert bench.suggested == [(OTHER, ("10.0.0.9:7420",))]


def test_other_clusters_and_its_own_echo_are_none_of_its_business() -> None:
    bench = Bench()
    bench.hears(OTHER, cluster=ClusterId(b"x" * 16))
    bench.hears(ME)
    assert bench.suggested == []


def test_who_joins_later_is_tried_then() -> None:
    bench = Bench()
    bench.hears(LATER)
    assert bench.suggested == []
    bench.members.offer(known_members(2, 3, [member(ME), member(OTHER), member(LATER)]))
    assert bench.suggested == [(LATER, ("10.0.0.9:7420",))]


def test_a_loud_network_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan, "ANNOUNCED_MAX", 3)
    bench = Bench()
    for number in range(10, 20):
        bench.hears(NodeId(bytes([number]) * 32))
    assert len(bench.lan._announced) == 3


@pytest.mark.parametrize(
    ("mdns", "listen", "expected"),
    [
        ("auto", "127.0.0.1:0", False),
        ("auto", "0.0.0.0:7420", True),
        ("auto", "10.0.0.5:7420", True),
        ("on", "127.0.0.1:0", True),
        ("off", "0.0.0.0:7420", False),
    ],
)
def test_a_node_is_found_unless_only_this_machine_could_reach_it(mdns: str, listen: str, expected: bool) -> None:
    assert wanted(NodeConfig(Path("/data"), listen=listen, mdns=mdns)) == expected  # type: ignore[arg-type]


class Air:
    """One local network, without sockets: what is announced is heard by everybody who listens."""

    def __init__(self) -> None:
        self.announced: list[Announcement] = []
        self.ears: list[Callable[[Announcement], None]] = []

    def discovery(self, heard: Callable[[Announcement], None], *, interfaces: Sequence[str] = ()) -> Self:
        self.ears.append(heard)
        for announcement in self.announced:
            heard(announcement)
        return self

    async def start(self, own: Announcement | None = None) -> bool:
        if own is not None:
            self.announced.append(own)
            for ear in self.ears:
                ear(own)
        return True

    async def close(self) -> None:
        """Whoever was announced stays in the air."""


async def test_two_nodes_that_both_got_new_addresses_find_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Port 0 gives each a new one at every start; what each remembers of the other leads nowhere."""
    monkeypatch.setenv("DFS_MDNS", "on")
    monkeypatch.setattr(lan, "Discovery", Air().discovery)
    await asyncio.to_thread(init, tmp_path / "one", listen="127.0.0.1:0", capacity=GIB)
    async with Node(NodeConfig.load(tmp_path / "one")) as one:
        line = await one.invite("vault", 60.0)
        await asyncio.to_thread(join, line, tmp_path / "two", listen="127.0.0.1:0", capacity=GIB)
    async with Node(NodeConfig.load(tmp_path / "one")) as one, Node(NodeConfig.load(tmp_path / "two")) as two:
        async with asyncio.timeout(30):
            while not (one._mesh.alive() and two._mesh.alive()):
                await asyncio.sleep(0.05)
