from __future__ import annotations

from itertools import pairwise

import pytest

from dfs_core.encoding.inventory_messages import OweChunks, ReleaseChunks
from dfs_core.encoding.message import Done, Message
from dfs_core.errors import PeerTimeout, StoreFull
from dfs_core.limits import OWE_CHUNKS_MAX
from dfs_core.model.finding import Advice
from dfs_core.model.ids import NodeId
from dfs_core.replication import notices
from dfs_core.replication.notices import AGAIN_S, REPEAT_S, Notices
from dfs_core.testing.clock import ManualClock

ME, OTHER = (NodeId(bytes([number]) * 32) for number in (1, 2))
CHUNKS = [bytes([number]) * 32 for number in range(10)]


class Desk:
    """Notices, and what was said to whom."""

    def __init__(self) -> None:
        self.clock = ManualClock(now=1000.0)
        self.said: list[tuple[NodeId, Message]] = []
        self.nonce, self.deaf, self.full = b"1", False, False
        self.notices = Notices(
            node=ME,
            peers=self,  # type: ignore[arg-type]
            clock=self.clock,
            own=self.take,
            condemned_at=lambda: 0,
            nonce=lambda node: self.nonce,
        )

    async def take(self, message: Message) -> None:
        if self.full:
            raise StoreFull("no room to note it")
        self.said.append((ME, message))

    async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
        if self.deaf:
            raise PeerTimeout(str(node), "silent")
        self.said.append((node, request))
        return Done()

    async def owe(self, node: NodeId = OTHER, revision: int = 7) -> list[tuple[NodeId, Message]]:
        """What is said when the node lacks two chunks."""
        self.said.clear()
        await self.notices.tell([Advice(owed={node: [(CHUNKS[1], 2), (CHUNKS[2], 1)]})], revision)
        return list(self.said)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_who_lacks_chunks_is_told_the_fewest_copies_first(desk: Desk) -> None:
    assert await desk.owe() == [(OTHER, OweChunks(CHUNKS[2] + CHUNKS[1], b"\x01\x02", 7))]


async def test_this_node_tells_itself_without_a_message(desk: Desk) -> None:
    assert [node for node, _ in await desk.owe(ME)] == [ME]


async def test_who_was_told_is_not_told_again_for_a_while(desk: Desk) -> None:
    assert await desk.owe()
    assert await desk.owe() == []
    desk.clock.advance(AGAIN_S)
    assert await desk.owe()


async def test_who_does_not_act_is_told_ever_more_rarely_but_never_given_up(desk: Desk) -> None:
    told: list[float] = []
    while desk.clock.now() < 1000.0 + 20 * REPEAT_S:
        told += [desk.clock.now()] if await desk.owe() else []
        desk.clock.advance(1.0)
    waits = [later - earlier for earlier, later in pairwise(told)]
    assert waits[:4] == [8.0, 16.0, 32.0, 60.0] and set(waits[4:]) == {REPEAT_S}
    desk.clock.advance(3 * REPEAT_S)  # it was done meanwhile; so this is another matter
    assert await desk.owe()
    desk.clock.advance(AGAIN_S)
    assert await desk.owe()


async def test_it_is_known_when_to_look_again(desk: Desk) -> None:
    lacks = Advice(owed={OTHER: [(CHUNKS[1], 2)]})
    extra = Advice(released={OTHER: [CHUNKS[2]]})
    await desk.notices.tell([lacks], 7)
    desk.clock.advance(3.0)
    await desk.notices.tell([extra], 7)
    assert (desk.notices.again_s(lacks), desk.notices.again_s(extra)) == (AGAIN_S - 3.0, AGAIN_S)
    desk.clock.advance(AGAIN_S)
    assert (desk.notices.again_s(lacks), desk.notices.again_s(Advice())) == (0.0, AGAIN_S)


@pytest.mark.parametrize("change", ["started anew", "another layout", "forgotten"])
async def test_unless_it_may_have_been_lost_or_means_something_else(desk: Desk, change: str) -> None:
    assert await desk.owe()
    if change == "started anew":
        desk.nonce = b"2"
    elif change == "forgotten":
        desk.notices.forget()
    assert await desk.owe(revision=8 if change == "another layout" else 7)


async def test_who_did_not_answer_is_told_the_next_time(desk: Desk) -> None:
    desk.deaf = True
    assert await desk.owe() == []
    desk.deaf = False
    assert await desk.owe()


async def test_what_this_node_could_not_note_it_tells_itself_again(desk: Desk) -> None:
    desk.full = True
    assert await desk.owe(ME) == []
    desk.full = False
    assert [node for node, _ in await desk.owe(ME)] == [ME]


async def test_copies_too_many_may_go_under_the_layout_that_makes_them_so(desk: Desk) -> None:
    await desk.notices.tell([Advice(released={OTHER: CHUNKS[:2]}), Advice(released={OTHER: CHUNKS[2:3]})], 7)
    assert desk.said == [(OTHER, ReleaseChunks(b"".join(CHUNKS[:3]), 7))]


async def test_a_message_names_a_bounded_number(desk: Desk) -> None:
    many = [number.to_bytes(32, "big") for number in range(OWE_CHUNKS_MAX + 1)]
    await desk.notices.tell([Advice(owed={OTHER: [(address, 300) for address in many]})], 7)
    await desk.notices.tell([Advice(released={OTHER: many})], 7)
    assert [type(message) for _, message in desk.said] == [OweChunks] * 2 + [ReleaseChunks] * 2


async def test_what_is_remembered_is_bounded_and_the_oldest_is_told_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "TOLD_MAX", 1)
    await desk.owe()
    assert await desk.owe() == [(OTHER, OweChunks(CHUNKS[2], b"\x01", 7))]
