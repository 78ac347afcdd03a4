"""A full node believes its catalog; a vault believes what a majority of the voters say in the same words."""

from __future__ import annotations

from typing import cast

import pytest

from dfs_core.catalog.facts import Verdict
from dfs_core.encoding.collect_messages import AskVerdicts, VerdictTold
from dfs_core.encoding.message import Message
from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.errors import NoMajority, PeerUnreachable
from dfs_core.model.ids import Address, NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.verdicts import OwnVerdicts, VoterVerdicts
from dfs_core.transport.peers import Peers

from .chunk_world import node_id
from .file_world import Files

TEA, MILK = b"t" * 32, b"m" * 32


class Voters:
    """Three voters that say what the test has them say."""

    def __init__(self) -> None:
        self.says: dict[NodeId, VerdictTold] = {}
        self.away: set[NodeId] = set()
        self.members = MemberList(MembersKnown(1, 3, []))
        self.members.offer(MembersKnown(1, 3, [], [node_id(number).digest for number in (1, 2, 3)]))
        self.source = VoterVerdicts(cast(Peers, self), self.members)

    def say(self, index: int, *addresses: bytes, by: tuple[int, ...] = (1, 2, 3)) -> None:
        self.says.update({node_id(number): VerdictTold(index, b"".join(addresses)) for number in by})

    def alive(self) -> frozenset[NodeId]:
        return frozenset(self.says) - self.away

    async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
        assert isinstance(request, AskVerdicts)
        if node in self.away:
            raise PeerUnreachable(str(node), "away")
        return self.says[node]


async def test_what_all_voters_say_is_a_verdict() -> None:
    voters = Voters()
    voters.say(5, MILK, TEA)
    assert await voters.source.verdict(2) == Verdict(5, (MILK, TEA))


async def test_one_voter_alone_condemns_nothing() -> None:
    voters = Voters()
    voters.say(2, by=(1, 2))
    voters.say(9, TEA, by=(3,))
    assert await voters.source.verdict(2) == Verdict(2, ())
    voters.say(5, MILK, by=(1,))
    assert await voters.source.verdict(2) == Verdict(2, ()), "all three differ"


async def test_two_of_three_are_enough_and_one_is_not() -> None:
    voters = Voters()
    voters.say(5, TEA)
    voters.away = {node_id(1)}
    assert await voters.source.verdict(2) == Verdict(5, (TEA,))
    voters.away = {node_id(1), node_id(2)}
    with pytest.raises(NoMajority):
        await voters.source.verdict(2)


async def test_a_statement_that_is_no_list_of_addresses_does_not_count() -> None:
    voters = Voters()
    voters.say(5, TEA, by=(1,))
    voters.say(5, b"short", by=(2, 3))
    with pytest.raises(NoMajority):
        await voters.source.verdict(2)


async def test_a_vault_that_knows_no_voters_yet_waits() -> None:
    voters = Voters()
    source = VoterVerdicts(cast(Peers, voters), MemberList(MembersKnown(1, 3, [])))
    assert await source.verdict(2) == Verdict(2, ())
    assert await source.condemned([Address(TEA)]) == {}


async def test_a_full_node_reads_its_catalog(tmp_path_factory: pytest.TempPathFactory) -> None:
    files = Files(tmp_path_factory.mktemp("catalog"))
    await files.found()
    index = await files.condemn(Address(TEA))
    source = OwnVerdicts(files.applier, files.catalog)
    assert (source.read_to, source.newest, source.horizon) == (index, index, 0)
    assert await source.verdict(0) == Verdict(index, (TEA,))
    assert await source.condemned([Address(TEA), Address(MILK)]) == {TEA: index}
    await files.close()
