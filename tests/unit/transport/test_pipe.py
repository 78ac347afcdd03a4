from __future__ import annotations

import asyncio
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import cast

from dfs_core.model.ids import NodeId
from dfs_core.transport.pipe import Pipe
from dfs_core.transport.wire import Wire

HERE, THERE = NodeId(b"\x01" * 32), NodeId(b"\x02" * 32)
WHO: ContextVar[str] = ContextVar("who")


@dataclass
class OpenWay:
    pipes: dict[Pipe, None] = field(default_factory=dict)

    def delay_s(self) -> float:
        return 0.0

    def is_cut(self, source: NodeId, target: NodeId) -> bool:
        return False


class Ear:
    """What of a Wire a pipe needs: writes down what comes, when it ends, and in whose name it was told."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.ended = False
        self.who = ""
        self.changed = asyncio.Event()
        self._buffer = bytearray(3)

    def get_buffer(self, hint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, count: int) -> None:
        self.heard += self._buffer[:count]
        self.who = WHO.get("nobody")
        self.changed.set()

    def connection_lost(self, error: Exception | None) -> None:
        self.ended = True
        self.changed.set()

    async def until_ended(self) -> None:
        while not self.ended:
            self.changed.clear()
            await self.changed.wait()


def joined() -> tuple[Pipe, Ear, Pipe, Ear]:
    way = OpenWay()
    there_context = copy_context()
    there_context.run(WHO.set, "there")
    here, there = Pipe(way, HERE, THERE), Pipe(way, THERE, HERE, there_context)
    ear, their_ear = Ear(), Ear()
    Pipe.join(here, cast(Wire, ear), there, cast(Wire, their_ear))
    way.pipes.update({here: None, there: None})
    return here, ear, there, their_ear


async def test_what_is_written_arrives_whole_and_in_order_and_then_the_end() -> None:
    here, _, _, their_ear = joined()
    here.write(b"first, ")
    here.write(b"second")
    here.close()
    await their_ear.until_ended()
    assert their_ear.heard == b"first, second"


async def test_what_arrives_is_handled_in_the_name_of_its_own_end() -> None:
    WHO.set("here")
    here, _, _, their_ear = joined()
    here.write(b"x")
    await their_ear.changed.wait()
    assert their_ear.who == "there"


async def test_who_falls_silent_is_not_heard_and_tells_nobody() -> None:
    here, ear, there, their_ear = joined()
    here.write(b"on its way")
    here.fall_silent()
    there.write(b"is anybody there?")
    for _ in range(10):
        await asyncio.sleep(0)
    assert not their_ear.heard and not their_ear.ended and not ear.heard
    assert here.is_closing() and not there.is_closing()


async def test_who_aborts_loses_what_was_on_its_way_and_the_other_hears_the_end() -> None:
    here, _, _, their_ear = joined()
    here.write(b"on its way")
    here.abort()
    await their_ear.until_ended()
    assert not their_ear.heard
