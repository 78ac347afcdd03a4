"""Requests become tasks: bounded, cancelled with their exchange, refused by role."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from dfs_core.encoding.control_messages import GetStatus
from dfs_core.encoding.message import Done, Failed
from dfs_core.encoding.peer_messages import AskMembers, MembersKnown, ReadIndex, ShareAddresses
from dfs_core.errors import KeyNotFound
from dfs_core.model.raft_messages import TimeoutNow
from dfs_core.transport.events import OpenExchange, ReplyReceived
from dfs_core.transport.exchange import Exchange
from dfs_core.transport.responder import Responder

from .talk import Pair, hello
from .test_exchange import Carrier


class Asked:
    """A responder and somebody who asks it."""

    def __init__(self, handler: Any, *, role: str = "full", requests_max: int = 100) -> None:
        self.pair = Pair(listener=hello(requests_max=requests_max))
        self.link = Carrier(self.pair.listener)
        self.link.role = role
        self.dropped: list[str] = []
        self.link.drop = self.dropped.append  # type: ignore[method-assign]
        self.responder = Responder(cast(Any, self.link), handler)

    def ask(self, message: Any) -> Exchange | None:
        self.pair.dialler.send_request(message, last=True)
        self.pair.carry()
        return self.responder.take(self.asked(), message)

    def asked(self) -> OpenExchange:
        return self.pair.asked(self.pair.listener)

    def replies(self) -> list[Any]:
        self.pair.carry()
        return [event.message for event in self.pair.got(self.pair.dialler, ReplyReceived)]


async def test_a_handler_answers() -> None:
    async def handler(exchange: Exchange) -> None:
        await exchange.respond(MembersKnown(1, 2, []))

    asked = Asked(handler)
    assert asked.ask(AskMembers(1)) is not None
    await asked.responder.wait_idle()
    assert asked.replies() == [MembersKnown(1, 2, [])]


async def test_an_error_is_answered_with_its_code() -> None:
    async def handler(exchange: Exchange) -> None:
        raise KeyNotFound("k")

    asked = Asked(handler)
    asked.ask(AskMembers(1))
    await asked.responder.wait_idle()
    (reply,) = asked.replies()
    assert (reply.code, reply.facts) == ("key_not_found", {"key": "k"})


async def test_a_bug_is_logged_and_answered_without_its_details(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(exchange: Exchange) -> None:
        raise ZeroDivisionError("secret detail")

    asked = Asked(handler)
    asked.ask(AskMembers(1))
    await asked.responder.wait_idle()
    (reply,) = asked.replies()
    assert reply.code == "error"
    assert "secret detail" not in reply.text
    assert "secret detail" in caplog.text


async def test_a_cancelled_exchange_cancels_its_handler() -> None:
    ended = []

    async def handler(exchange: Exchange) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(exchange.request)

    asked = Asked(handler)
    exchange = asked.ask(AskMembers(1))
    assert exchange is not None
    await asyncio.sleep(0)
    asked.responder.cancel(exchange)
    await asked.responder.wait_idle()
    assert ended == [AskMembers(1)]
    assert [reply.code for reply in asked.replies()] == ["cancelled"]
    asked.responder.cancel(exchange)


async def test_what_the_role_may_not_ask_never_reaches_the_handler(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(exchange: Exchange) -> None:
        raise AssertionError

    asked = Asked(handler, role="vault")
    for _ in range(3):
        assert asked.ask(ReadIndex()) is None
    assert [reply.code for reply in asked.replies()] == ["not_allowed"] * 3
    assert len(caplog.records) == 1
    assert not asked.responder.admits(TimeoutNow(1))
    assert len(caplog.records) == 2
    assert asked.responder.admits(ShareAddresses([]))


async def test_without_a_handler_everything_is_refused() -> None:
    asked = Asked(None, role="local")
    assert asked.ask(GetStatus()) is None
    assert asked.replies() == [Failed("not_allowed", "this side takes no requests")]


async def test_asking_and_cancelling_in_a_rush_is_bounded() -> None:
    """Handlers that are being stopped still cost; a peer cannot pile them up by cancelling."""

    async def stubborn(exchange: Exchange) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await stop.wait()

    stop = asyncio.Event()
    asked = Asked(stubborn, requests_max=3)
    for _ in range(6):
        exchange = asked.ask(AskMembers(1))
        assert exchange is not None
        await asyncio.sleep(0)
        asked.responder.cancel(exchange)
        asked.pair.listener.send_reply(asked.asked(), Done(), last=True)
        asked.pair.carry()
    assert asked.dropped == []
    assert asked.ask(AskMembers(1)) is None
    assert asked.dropped == ["it cancels requests faster than they can be stopped"]
    stop.set()
    await asked.responder.wait_idle()
