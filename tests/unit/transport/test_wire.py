"""The wire between a transport and a connection: early bytes, back-pressure, deadlines, and the reason of the end."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, cast

import pytest

from dfs_core.encoding.codec import CODECS
from dfs_core.encoding.frame import FrameDecoder, Kind, encode_frame
from dfs_core.encoding.message import Done
from dfs_core.encoding.peer_messages import AskChunks, FetchChunk, StoreChunk
from dfs_core.limits import HELLO_BYTES_MAX, MIB, SEND_QUEUE_BYTES_MAX
from dfs_core.transport.deadlines import Timing
from dfs_core.transport.events import Event, GoodbyeReceived, HelloReceived, RequestReceived
from dfs_core.transport.hello import encode_hello
from dfs_core.transport.protocol import Connection
from dfs_core.transport.wire import Wire, tls_reason

from .nodes import until
from .talk import give, hello


class Transport:
    """Writes into a list; full when it is told to be."""

    def __init__(self, wire: Wire, *, encrypted: bool = False) -> None:
        self.wire, self.encrypted = wire, encrypted
        self.written: list[bytes | memoryview] = []
        self.reading, self.closed, self.aborted = True, False, False

    def get_extra_info(self, name: str) -> object:
        return object() if self.encrypted and name == "ssl_object" else None

    def set_write_buffer_limits(self, high: int) -> None:
        self.high = high

    def write(self, data: bytes | memoryview) -> None:
        self.written.append(data)

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closed or self.aborted

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    @property
    def bytes(self) -> bytes:
        return b"".join(self.written)


class Wired:
    """A listener's wire on such a transport, greeted, and the dialler's connection."""

    def __init__(self, *, greet: bool = True, timing: Timing | None = None, encrypted: bool = False) -> None:
        now = asyncio.get_running_loop().time()
        self.wire = Wire()
        self.transport = Transport(self.wire, encrypted=encrypted)
        self.connection = Connection(hello(), dialled=False, codecs=CODECS, now=now, timing=timing)
        self.other = Connection(hello(), dialled=True, codecs=CODECS, now=now)
        self.happened: list[Event] = []
        self.closed: list[str] = []
        if greet:
            self.start()
            self.hear(b"".join(self.other.data_to_send()))

    def start(self) -> None:
        self.wire.start(
            cast(asyncio.Transport, self.transport),
            self.connection,
            on_events=self.happened.extend,
            on_closed=self.closed.append,
        )

    def hear(self, data: bytes) -> None:
        while data:
            buffer = self.wire.get_buffer(-1)
            size = min(len(buffer), len(data))
            buffer[:size] = data[:size]
            self.wire.buffer_updated(size)
            data = data[size:]

    async def settle(self) -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        give(self.other, self.transport.bytes)
        self.transport.written.clear()


async def test_bytes_before_the_start_are_kept_for_it() -> None:
    wired = Wired(greet=False)
    wired.hear(b"".join(wired.other.data_to_send()))
    assert wired.happened == []
    wired.start()
    assert [type(event) for event in wired.happened] == [HelloReceived]
    await wired.settle()
    assert [type(event) for event in wired.other.events()] == [HelloReceived]


async def test_a_flood_before_the_start_is_dropped() -> None:
    wired = Wired(greet=False)
    wired.hear(bytes(HELLO_BYTES_MAX + 11))
    assert wired.wire.reason == "it talked before its turn"
    wired.start()
    assert wired.closed == ["it talked before its turn"]


async def test_a_wire_lost_before_its_start_says_so() -> None:
    wired = Wired(greet=False)
    wired.wire.connection_lost(ConnectionResetError(104, "Connection reset by peer"))
    wired.start()
    assert wired.closed == ["Connection reset by peer"]


async def test_small_frames_of_one_turn_are_one_write() -> None:
    wired = Wired()
    await wired.settle()
    for _ in range(20):
        wired.connection.send_one_way(Done())
        wired.wire.pump()
    await asyncio.sleep(0)
    assert len(wired.transport.written) == 1
    assert len(FrameDecoder().receive(wired.transport.bytes)) == 20


async def test_a_transport_whose_socket_failed_gets_no_more() -> None:
    wired = Wired()
    await wired.settle()
    wired.transport.closed = True  # as asyncio has it after a failed write, before it says that the connection is lost
    wired.connection.send_one_way(Done())
    wired.wire.pump()
    await asyncio.sleep(0)
    assert wired.transport.written == []


async def test_a_full_transport_gets_no_more() -> None:
    wired = Wired()
    await wired.settle()
    exchange = wired.connection.send_request(StoreChunk(b"a", 2 * MIB), last=False)
    wired.wire.pause_writing()
    wired.connection.send_data(exchange, memoryview(bytes(2 * MIB)), last=True)
    wired.wire.pump()
    await asyncio.sleep(0)
    assert wired.transport.written == []
    wired.wire.resume_writing()
    await asyncio.sleep(0)
    assert len(wired.transport.bytes) > 2 * MIB
    assert wired.wire.sent_bytes > 2 * MIB


@pytest.mark.parametrize(("encrypted", "copied"), [(False, True), (True, False)])
async def test_memory_that_may_change_is_not_left_with_a_plain_transport(encrypted: bool, copied: bool) -> None:
    wired = Wired(encrypted=encrypted)
    await wired.settle()
    memory = bytearray(b"x" * 100_000)
    exchange = wired.connection.send_request(StoreChunk(b"a", len(memory)), last=False)
    wired.connection.send_data(exchange, memoryview(memory), last=True)
    wired.wire.pump()
    await asyncio.sleep(0)
    memory[:] = b"y" * len(memory)
    assert wired.transport.bytes.endswith(b"x" if copied else b"y")


async def test_who_does_not_read_is_not_read_from() -> None:
    wired = Wired()
    await wired.settle()
    wired.wire.pause_writing()
    while wired.connection.queued_bytes <= SEND_QUEUE_BYTES_MAX:
        wired.connection.send_one_way(AskChunks(bytes(MIB)))
    wired.hear(encode_frame(Kind.PING, bytes(8)))
    assert not wired.transport.reading
    wired.wire.resume_writing()
    await until(lambda: wired.transport.reading)


async def test_a_broken_rule_closes_with_the_reason_told() -> None:
    wired = Wired()
    await wired.settle()
    wired.hear(b"\xff" * 10)
    assert wired.transport.closed
    assert wired.wire.reason == "a frame of unknown kind 255"
    give(wired.other, wired.transport.bytes)
    assert wired.other.events()[-1] == GoodbyeReceived("a frame of unknown kind 255")
    wired.hear(b"more")  # is ignored
    wired.wire.connection_lost(None)
    assert wired.closed == ["a frame of unknown kind 255"]


async def test_what_came_before_a_broken_rule_is_told() -> None:
    wired = Wired()
    await wired.settle()
    wired.other.send_request(FetchChunk(b"a"), last=True)
    wired.hear(b"".join(wired.other.data_to_send()) + b"\xff" * 10)
    assert [type(event) for event in wired.happened[1:2]] == [RequestReceived]


async def test_a_deadline_is_kept_without_any_bytes() -> None:
    wired = Wired(greet=False, timing=Timing(hello_s=0.02))
    wired.start()
    await until(lambda: wired.transport.closed)
    assert wired.wire.reason == "no HELLO within 0.02 s"


async def test_a_frame_that_stops_in_the_middle_is_noticed_where_there_are_no_pings() -> None:
    wired = Wired(timing=Timing(frame_s=0.02, ping_s=None))
    wired.hear(encode_frame(Kind.PING, bytes(8))[:-1])
    await until(lambda: wired.transport.closed)
    assert wired.wire.reason == "a frame took longer than 0.02 s"


async def test_a_quiet_link_is_pinged() -> None:
    wired = Wired(timing=Timing(ping_s=0.02))
    await wired.settle()
    await until(lambda: bool(wired.transport.written))
    assert FrameDecoder().receive(wired.transport.bytes)[0].kind is Kind.PING


async def test_the_first_reason_is_the_one_that_counts() -> None:
    wired = Wired()
    wired.wire.close("we stop")
    wired.wire.close("again")
    wired.wire.abort("and again")
    wired.wire.connection_lost(ConnectionResetError(104, "Connection reset by peer"))
    assert wired.closed == ["we stop"]
    wired.wire.connection_lost(None)
    assert wired.closed == ["we stop"]


async def test_a_wire_that_cannot_flush_its_goodbye_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dfs_core.transport.wire._FLUSH_S", 0.01)
    wired = Wired()
    wired.wire.close("we stop")
    assert not wired.transport.aborted
    await until(lambda: wired.transport.aborted)


async def test_the_early_bytes_of_an_honest_dialler_fit() -> None:
    wired = Wired(greet=False)
    largest = encode_hello(hello(address_record=bytes(HELLO_BYTES_MAX - 600)))
    wired.hear(encode_frame(Kind.HELLO, largest))
    assert wired.wire.reason is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("TLSV1_ALERT_UNKNOWN_CA", "does not have this node's certificate"),
        ("SSLV3_ALERT_CERTIFICATE_UNKNOWN", "does not have this node's certificate"),
        ("WRONG_VERSION_NUMBER", "no node of dfs: what answers there speaks no TLS (wrong version number)"),
        ("INTERNAL_ERROR", "TLS: internal error"),
    ],
)
def test_tls_errors_are_told_in_words(text: str, words: str) -> None:
    error = ssl.SSLError(1, text)
    error.reason = text
    assert words in tls_reason(error)


def test_a_refused_certificate_is_told_in_words() -> None:
    error = cast(Any, ssl.SSLCertVerificationError)(1, "certificate verify failed")
    assert tls_reason(error) == "its certificate is not in this node's member list"
