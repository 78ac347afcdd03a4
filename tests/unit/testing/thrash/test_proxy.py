"""Doors: what is cut does not pass, what is mended arrives late and whole, and the kernel says who knocks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from dfs_core.testing.thrash.proxy import Doors

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Echo:
    """A server that says everything back, and remembers it."""

    def __init__(self) -> None:
        self.heard = b""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(100):
            self.heard += block
            writer.write(block)
        writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, int]]:
    server = Echo()
    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    yield server, listener.sockets[0].getsockname()[1]
    listener.close()


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    made = Doors(lambda: {"us": os.getpid()})
    yield made
    await made.close()


async def said(ends: Ends, text: bytes) -> bytes:
    ends[1].write(text)
    return await ends[0].readexactly(len(text))


async def test_a_door_carries_bytes_both_ways(doors: Doors, echo: tuple[Echo, int]) -> None:
    ends = await asyncio.open_connection("127.0.0.1", await doors.open("n1", echo[1]))
    assert await said(ends, b"tea") == b"tea"


async def test_what_is_cut_waits_and_arrives_once_it_is_mended(doors: Doors, echo: tuple[Echo, int]) -> None:
    ends = await asyncio.open_connection("127.0.0.1", await doors.open("n1", echo[1]))
    other = await asyncio.open_connection("127.0.0.1", await doors.open("n2", echo[1]))
    await said(ends, b"before ")
    doors.cut("us", "n1")
    ends[1].write(b"held back ")
    for _ in range(3):  # the other way is open, and what goes there has had the time to pass
        await said(other, b"x")
    assert b"held back" not in echo[0].heard
    await doors.mend()
    assert await ends[0].readexactly(10) == b"held back "


async def test_an_answer_can_be_cut_where_the_question_passes(doors: Doors, echo: tuple[Echo, int]) -> None:
    ends = await asyncio.open_connection("127.0.0.1", await doors.open("n1", echo[1]))
    await said(ends, b"before ")
    doors.cut("n1", "us")
    ends[1].write(b"asked")
    while b"asked" not in echo[0].heard:
        await asyncio.sleep(0)
    answer = asyncio.create_task(ends[0].readexactly(5))
    await doors.mend()
    assert await answer == b"asked"


async def test_a_pair_that_is_cut_gets_no_connection_until_it_is_mended(doors: Doors, echo: tuple[Echo, int]) -> None:
    door = await doors.open("n1", echo[1])
    doors.cut("us", "n1")
    ends = await asyncio.open_connection("127.0.0.1", door)
    ends[1].write(b"hello")
    other = await asyncio.open_connection("127.0.0.1", await doors.open("n2", echo[1]))
    await said(other, b"x")
    assert echo[0].heard == b"x"
    await doors.mend()
    assert await ends[0].readexactly(5) == b"hello"


async def test_a_node_that_does_not_listen_is_a_closed_door(doors: Doors) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise AssertionError("nobody is let in")

    gone = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = gone.sockets[0].getsockname()[1]
    gone.close()
    await gone.wait_closed()
    reader, _ = await asyncio.open_connection("127.0.0.1", await doors.open("n1", port))
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)


async def test_one_side_leaving_closes_the_other(doors: Doors, echo: tuple[Echo, int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", await doors.open("n1", echo[1]))
    await said((reader, writer), b"tea")
    writer.write_eof()
    assert await reader.read() == b""
