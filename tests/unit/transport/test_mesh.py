"""The mesh over real sockets: everyone finds everyone, one link a pair, the member list rules."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import msgspec
import pytest

from dfs_core.clock import SystemClock
from dfs_core.crypto.identity import AddressRecord, Identity
from dfs_core.encoding.control_messages import GetStatus
from dfs_core.encoding.peer_messages import AskChunks, AskMembers, FetchChunk, MembersKnown, StoreChunk, Stored
from dfs_core.errors import PeerTimeout, PeerUnreachable, RemoteProtocolError, StoreError
from dfs_core.limits import MIB
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.model.member import Member, Role
from dfs_core.model.raft_messages import TimeoutNow
from dfs_core.transport.hello import HelloFacts
from dfs_core.transport.link import Link, connect_tls
from dfs_core.transport.mesh import Mesh
from dfs_core.transport.tls import client_context, joiner_context

from .nodes import ANN, BEN, CAT, EVE, Answers, content, hello_of, until

NONCES = itertools.count(1)


class Meshed:
    """One node with a mesh, and what happened to it."""

    def __init__(self, identity: Identity, **more: Any) -> None:
        nonce = next(NONCES).to_bytes(16, "big")
        self.identity, self.id = identity, identity.node_id
        self.answers = Answers()
        self.came: list[NodeId] = []
        self.went: list[tuple[NodeId, str]] = []
        self.records: list[tuple[NodeId, bytes]] = []
        self.facts = HelloFacts(boot_nonce=nonce, address_record=more.pop("record", b""))
        self.mesh = Mesh(
            identity=identity,
            cluster=ClusterId(b"c" * 16),
            local_hello=lambda: self.facts,
            handler=self.answers,
            notified=self.answers.notified,
            clock=SystemClock(),
            random=Random(1),
            connected=lambda node, address: self.came.append(node),
            lost=lambda node, reason: self.went.append((node, reason)),
            addresses_heard=lambda node, record: self.records.append((node, record)),
            **more,
        )
        self.port = 0

    async def listen(self) -> None:
        self.port = await self.mesh.listen("127.0.0.1", 0)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def member(self, role: Role = "full", addresses: tuple[str, ...] | None = None) -> Member:
        known = (self.address,) if addresses is None else addresses
        return Member(self.id, self.identity.certificate, role, "", 0, "joined", known, 0)


def introduce(nodes: Iterable[Meshed], members: Iterable[Member] | None = None) -> None:
    """Give everyone the same member list."""
    everyone = list(nodes)
    listed = [node.member() for node in everyone] if members is None else list(members)
    for node in everyone:
        node.mesh.set_members(listed)


def connected(*nodes: Meshed) -> bool:
    return all(node.mesh.alive() == {other.id for other in nodes} - {node.id} for node in nodes)


def links(node: Meshed, other: Meshed) -> list[Link]:
    return node.mesh._peers[other.id].links


@asynccontextmanager
async def meshed(*identities: Identity, **more: Any) -> AsyncIterator[list[Meshed]]:
    nodes = [Meshed(identity, **more) for identity in identities]
    for node in nodes:
        await node.listen()
    try:
        yield nodes
    finally:
        await asyncio.gather(*(node.mesh.close() for node in nodes))


async def test_everyone_finds_everyone_by_the_member_list() -> None:
    async with meshed(ANN, BEN, CAT) as nodes:
        introduce(nodes)
        await until(lambda: connected(*nodes))
        for node, other in itertools.permutations(nodes, 2):
            assert await node.mesh.call(other.id, AskMembers(4), timeout_s=5) == MembersKnown(4, 3, [])
            assert node.came.count(other.id) == 1
            status = node.mesh.status(other.id)
            assert (status.state, status.error) == ("up", "")
            assert node.mesh.why_down(other.id) == ""


async def test_one_open_port_of_the_two_is_enough() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben], [ann.member(addresses=()), ben.member()])
        await until(lambda: connected(ann, ben))
        assert await ben.mesh.call(ann.id, AskMembers(1), timeout_s=5)


async def test_simultaneous_dials_leave_one_link_and_lose_no_request() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben])
        await until(lambda: connected(ann, ben))
        asking = [
            asyncio.create_task(node.mesh.call(other.id, AskMembers(number), timeout_s=10))
            for number in range(50)
            for node, other in ((ann, ben), (ben, ann))
        ]
        assert len(await asyncio.gather(*asking)) == 100
        await until(lambda: len(links(ann, ben)) == len(links(ben, ann)) == 1)
        assert ann.went == ben.went == []


async def test_a_second_link_is_closed_by_its_dialler_only_when_it_is_idle() -> None:
    small, large = sorted((ANN, BEN), key=lambda identity: identity.node_id)
    async with meshed(small, large) as (one, other):
        introduce([one, other], [one.member(addresses=()), other.member()])  # only the smaller id dials: its link stays
        await until(lambda: connected(one, other))
        first = links(one, other)[0]
        other.mesh.set_addresses(one.id, [one.address])
        second = await connect_tls(
            "127.0.0.1",
            one.port,
            context=client_context(large, [small.certificate, large.certificate]),
            expected=small.node_id,
            hello=msgspec.structs.replace(hello_of(large), boot_nonce=other.facts.boot_nonce),
            handler=other.answers,
        )
        other.mesh._adopt(second)
        await until(lambda: len(links(one, other)) == 2)
        assert one.mesh.link(other.id) is first
        assert other.mesh.link(one.id) is not second
        asking = asyncio.create_task(second.call(FetchChunk(b"later 10"), timeout_s=30))
        await one.answers.begun.wait()
        one.answers.go_on.set()
        await asking
        await second.wait_closed()
        await until(lambda: len(links(one, other)) == 1)
        assert one.mesh.link(other.id) is first
        assert one.went == other.went == []


async def test_a_bootstrap_address_is_dialled_and_its_owner_learnt() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben], [ann.member(addresses=()), ben.member(addresses=())])
        assert ann.mesh.alive() == frozenset()
        assert ann.mesh.why_down(ben.id)
        ann.mesh.add_bootstrap([ben.address])
        await until(lambda: connected(ann, ben))
        assert ann.mesh.status(ben.id).address == ben.address


async def test_a_bootstrap_address_of_a_stranger_gives_no_link_and_is_told_of_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    async with meshed(ANN, EVE) as (ann, eve):
        introduce([ann], [ann.member(addresses=())])
        introduce([eve], [eve.member(addresses=()), ann.member(addresses=())])
        tries, dial = [], ann.mesh._network.dial

        async def counted(address: str, *arguments: Any, **more: Any) -> Link:
            tries.append(address)
            return await dial(address, *arguments, **more)

        monkeypatch.setattr(ann.mesh._network, "dial", counted)
        ann.mesh.add_bootstrap([eve.address])
        await until(lambda: len(tries) == 3)
        assert caplog.text.count(f"bootstrap {eve.address}") == 1, "each time the same"
        assert ann.came == eve.came == []


async def test_a_node_never_links_with_itself() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben])
        ann.mesh.add_bootstrap([ann.address])
        await until(lambda: connected(ann, ben))
        await until(lambda: not any(task.get_name().startswith("bootstrap") for task in ann.mesh._tasks))
        assert ann.came == [ben.id]
        with pytest.raises(PeerUnreachable, match="not a member"):
            await ann.mesh.call(ann.id, AskMembers(1), timeout_s=5)


async def test_a_suggested_address_is_tried_and_the_key_there_decides() -> None:
    async with meshed(ANN, BEN, CAT) as (ann, ben, cat):
        ann.mesh.set_members([ann.member(), ben.member(), cat.member()])
        ann.mesh.set_addresses(ben.id, ["127.0.0.1:1"])
        cat.mesh.set_members([ann.member(), cat.member()])
        ann.mesh.suggest(ben.id, [cat.address])
        await until(lambda: "another node answers there" in ann.mesh.why_down(ben.id))
        ben.mesh.set_members([ann.member(), ben.member()])
        ben.mesh.set_addresses(ann.id, ["127.0.0.1:1"])  # only the suggestion can bring them together
        ann.mesh.suggest(ben.id, [ben.address])
        await until(lambda: ben.id in ann.mesh.alive())


async def test_a_removed_member_loses_its_links_at_once() -> None:
    async with meshed(ANN, BEN, CAT) as (ann, ben, cat):
        introduce([ann, ben, cat])
        await until(lambda: connected(ann, ben, cat))
        asking = asyncio.create_task(cat.mesh.call(ann.id, FetchChunk(b"later 10"), timeout_s=30))
        await ann.answers.begun.wait()
        ann.mesh.set_members([ann.member(), ben.member()])
        assert ann.mesh.alive() == {ben.id}
        assert ann.mesh.link(cat.id) is None
        assert ann.went == [(cat.id, "it is no longer a member")]
        with pytest.raises(PeerUnreachable, match="no longer a member"):
            await asking
        assert ann.mesh.why_down(cat.id) == "it is not a member"
        await until(lambda: cat.mesh.alive() == {ben.id})
        await until(lambda: "may not know this node" in cat.mesh.why_down(ann.id))


async def test_a_removed_members_record_counts_as_not_listed() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben])
        await until(lambda: connected(ann, ben))
        ann.mesh.set_members([ann.member(), ben.member().with_state("removed")])
        assert ann.mesh.alive() == frozenset()


async def test_a_new_member_is_let_in_without_a_restart() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ben])
        ben.mesh.set_members([ann.member(), ben.member()])
        ann.mesh.set_members([ann.member()])
        await until(lambda: "may not know this node" in ben.mesh.why_down(ann.id))
        ann.mesh.set_members([ann.member(), ben.member()])
        await until(lambda: connected(ann, ben))


async def test_a_changed_role_counts_at_once() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben])
        await until(lambda: connected(ann, ben))
        before = list(links(ben, ann))
        introduce([ann, ben], [ann.member(), ben.member("vault")])
        await until(lambda: connected(ann, ben) and [link.role for link in links(ann, ben)] == ["vault"])
        # Ben hears of the end of the old link in his own time: until then it is the one he would speak on.
        await until(lambda: len(links(ben, ann)) == 1 and links(ben, ann)[0] not in before)
        await until(lambda: ben.mesh.notify(ann.id, TimeoutNow(1)))
        assert await ben.mesh.call(ann.id, AskMembers(1), timeout_s=5)
        assert ann.answers.notes == []  # the log is not for vaults


async def test_a_node_that_comes_back_is_found_again() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben])
        await until(lambda: connected(ann, ben))
        await ben.mesh.close()
        await until(lambda: [node for node, _ in ann.went] == [ben.id])
        assert ann.mesh.alive() == frozenset()
        with pytest.raises(PeerUnreachable):
            await ann.mesh.call(ben.id, AskMembers(1), timeout_s=5)
        again = Meshed(BEN)
        await again.listen()
        introduce([again], [ann.member(), again.member()])
        ann.mesh.set_addresses(ben.id, [again.address])
        await until(lambda: connected(ann, again))
        assert ann.came == [ben.id, ben.id]
        await again.mesh.close()


async def test_a_restarted_peers_stale_link_gives_way() -> None:
    """Its old link may look alive for seconds: a power cut says no goodbye."""
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben], [ann.member(), ben.member(addresses=())])
        await until(lambda: connected(ann, ben))
        stale = ann.mesh.link(ben.id)
        again = Meshed(BEN)
        introduce([again], [ann.member(), again.member(addresses=())])
        await until(lambda: ann.mesh.link(ben.id) not in (None, stale))
        assert ann.went == [(ben.id, "it was restarted")]
        assert ann.came == [ben.id, ben.id]
        await again.mesh.close()


async def test_addresses_may_be_told_before_their_node_is_a_member() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        ann.mesh.set_addresses(ben.id, [ben.address])
        introduce([ann, ben], [ann.member(addresses=()), ben.member(addresses=())])
        await until(lambda: connected(ann, ben))


async def test_a_wrong_address_is_passed_over_for_a_right_one() -> None:
    async with meshed(ANN, BEN, CAT) as (ann, ben, cat):
        introduce([ann, ben, cat], [node.member(addresses=()) for node in (ann, ben, cat)])
        ann.mesh.set_addresses(ben.id, [cat.address, "nonsense", "127.0.0.1:1", ben.address])
        await until(lambda: connected(ann, ben) or ann.mesh.alive() == {ben.id})
        assert ann.mesh.status(ben.id).address == ben.address


async def test_who_is_refused_does_not_ask_the_same_peer_at_its_other_addresses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it is refused for would be forgotten for a wrong address, and with it that it must end."""
    async with meshed(ANN, BEN) as (ann, ben):
        monkeypatch.setattr(ben.mesh, "_judge", lambda node, hello: "refused: not you")
        tries, dial = [], ann.mesh._network.dial

        async def counted(address: str, *arguments: Any, **more: Any) -> Link:
            tries.append(address)
            return await dial(address, *arguments, **more)

        monkeypatch.setattr(ann.mesh._network, "dial", counted)
        introduce([ann, ben], [ann.member(addresses=()), ben.member(addresses=(ben.address, "127.0.0.1:1"))])
        await until(lambda: len(tries) == 3)
        assert tries == [ben.address] * 3
        assert "goodbye: refused: not you" in ann.mesh.why_down(ben.id)


async def test_a_peers_signed_addresses_are_handed_on() -> None:
    record = AddressRecord.signed(BEN, ("192.0.2.1:3000",), 5).encode()
    async with meshed(ANN) as (ann,), meshed(BEN, record=record) as (ben,):
        introduce([ann, ben])
        await until(lambda: connected(ann, ben))
        assert set(ann.records) == {(ben.id, record)}
        assert ben.records == []


async def test_bytes_go_and_come() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben])
        await until(lambda: connected(ann, ben))
        await until(lambda: len(links(ann, ben)) == len(links(ben, ann)) == 1)
        data = content(3 * MIB)
        assert await ann.mesh.send_bytes(ben.id, StoreChunk(b"a", len(data)), data, timeout_s=20) == Stored(False, True)
        _, fetched = await ann.mesh.fetch_bytes(ben.id, FetchChunk(b"any 100000"), size_max=MIB, timeout_s=20)
        assert fetched == content(100_000)
        for odd in (b"short 1000", b"long 1000", b"any 2000000"):
            with pytest.raises(RemoteProtocolError, match="announced"):
                await ann.mesh.fetch_bytes(ben.id, FetchChunk(odd), size_max=MIB, timeout_s=20)
        with pytest.raises(PeerTimeout):
            await ann.mesh.call(ben.id, AskChunks(b"a"), timeout_s=0.05)
        await ann.mesh.fetch_bytes(ben.id, FetchChunk(b"any 100000"), size_max=MIB, timeout_s=20)
        assert ann.mesh.status(ben.id).received_bytes > 100_000
        assert ann.mesh.status(ben.id).sent_bytes > 0


async def test_one_way_messages_go_to_whoever_is_there() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben])
        assert not ann.mesh.notify(ben.id, TimeoutNow(1))
        await until(lambda: connected(ann, ben))
        assert ann.mesh.notify(ben.id, TimeoutNow(2))
        await ben.answers.begun.wait()
        assert ben.answers.notes == [TimeoutNow(2)]
        assert not ann.mesh.notify(CAT.node_id, TimeoutNow(3))


async def test_guests_are_served_and_go_with_their_membership() -> None:
    async with meshed(ANN) as (ann,):
        operator = Member(CAT.node_id, CAT.certificate, "operator", "", 0, "joined", (), 0)
        ann.mesh.set_members([ann.member(), operator])
        dialled = {"expected": ann.id, "timeout_s": 5.0}
        guest = await connect_tls(
            "127.0.0.1",
            ann.port,
            context=client_context(CAT, [ANN.certificate, CAT.certificate]),
            hello=hello_of(CAT, purpose="control"),
            **dialled,
        )
        joiner = await connect_tls(
            "127.0.0.1",
            ann.port,
            context=joiner_context(),
            hello=hello_of(EVE, purpose="join", node=b"", cluster=b""),
            **dialled,
        )
        asking = asyncio.create_task(guest.call(GetStatus(), timeout_s=30))
        await ann.answers.begun.wait()
        assert ann.mesh.alive() == frozenset()
        ann.mesh.set_members([ann.member()])
        with pytest.raises(PeerUnreachable, match="no longer a member"):
            await asking
        assert not joiner.closed
        await joiner.close()


async def test_closing_says_goodbye_and_leaves_nothing_running() -> None:
    before = asyncio.all_tasks()
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben])
        await until(lambda: connected(ann, ben))
        await ann.mesh.close()
        await until(lambda: bool(ben.went))
        ((node, reason),) = ben.went
        assert node == ann.id
        assert reason.startswith("it said goodbye")
        assert not ann.mesh.notify(ben.id, TimeoutNow(1))
    await until(lambda: asyncio.all_tasks() <= before)


async def test_a_port_that_is_taken_is_said_so() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        with pytest.raises(StoreError, match="cannot listen"):
            await ben.mesh.listen("127.0.0.1", ann.port)


async def test_a_dropped_link_is_dialled_again_at_once() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben])
        await until(lambda: connected(ann, ben))
        before = links(ann, ben)[0]
        ann.mesh.disconnect(ben.id, "somebody asked for that")
        await until(lambda: connected(ann, ben) and before not in links(ann, ben))
        assert ann.mesh.disconnect(CAT.node_id, "it is no member") is None


async def test_who_is_banned_gets_no_link_until_it_is_allowed_and_others_keep_theirs() -> None:
    async with meshed(ANN, BEN, CAT) as (ann, ben, cat):
        introduce([ann, ben, cat])
        await until(lambda: connected(ann, ben, cat))
        ann.mesh.ban(ben.id, 3600.0)
        await until(lambda: ben.id not in ann.mesh.alive() and ann.id not in ben.mesh.alive())
        assert 3500 < ann.mesh.status(ben.id).banned_s <= 3600
        assert "banned here" in ann.mesh.why_down(ben.id)
        came = ben.came.count(ann.id)
        ben.mesh.set_addresses(ann.id, [f"localhost:{ann.port}"])  # it dials at once
        await until(
            lambda: ben.mesh.why_down(ann.id).startswith(f"localhost:{ann.port}: it said goodbye: it is banned")
        )
        assert ben.came.count(ann.id) == came, "a link that is refused never was one"
        with pytest.raises(PeerUnreachable, match="banned"):
            await ann.mesh.call(ben.id, AskMembers(1), timeout_s=5)
        assert cat.mesh.alive() == {ann.id, ben.id}
        ann.mesh.ban(ben.id, 0.0)
        await until(lambda: connected(ann, ben, cat))
        assert ann.mesh.status(ben.id).banned_s == 0


async def test_who_is_banned_is_not_dialled_until_it_is_allowed_or_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with meshed(ANN, BEN, CAT) as (ann, ben, cat):
        everyone = [ann.member(addresses=()), ben.member(), cat.member()]  # only the one that bans can dial
        introduce([ann, ben, cat], everyone)
        await until(lambda: connected(ann, ben, cat))
        dial, dialled = ann.mesh._network.dial, list[NodeId | None]()

        async def noted(address: str, *rest: Any, expected: NodeId | None, **more: Any) -> Link:
            dialled.append(expected)
            return await dial(address, *rest, expected=expected, **more)

        monkeypatch.setattr(ann.mesh._network, "dial", noted)
        ann.mesh.ban(ben.id, 3600.0)
        await until(lambda: ben.id not in ann.mesh.alive())
        ann.mesh.set_addresses(ben.id, [f"localhost:{ben.port}"])  # otherwise a reason to dial at once
        assert await ann.mesh.call(cat.id, AskMembers(1), timeout_s=5)
        assert dialled == []
        ann.mesh.ban(ben.id, 0.0)
        await until(lambda: connected(ann, ben, cat))
        ann.mesh.ban(ben.id, 0.2)
        await until(lambda: ann.went.count((ben.id, "it is banned here for a while, as somebody asked")) == 2)
        await until(lambda: connected(ann, ben, cat))


async def test_a_link_that_opened_while_its_peer_was_banned_is_dropped() -> None:
    async with meshed(ANN, BEN) as (ann, ben):
        introduce([ann, ben])
        await until(lambda: connected(ann, ben))
        opened = await connect_tls(
            "127.0.0.1",
            ben.port,
            context=client_context(ANN, [ANN.certificate, BEN.certificate]),
            expected=BEN.node_id,
            hello=msgspec.structs.replace(hello_of(ANN), boot_nonce=ann.facts.boot_nonce),
            handler=ann.answers,
        )
        ann.mesh.ban(ben.id, 3600.0)
        ann.mesh._adopt(opened)
        assert opened.closed
        assert opened not in links(ann, ben)
