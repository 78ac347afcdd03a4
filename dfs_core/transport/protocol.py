"""Connection: what may be said on one link, and when. No socket, no clock, no loop: bytes in, events and bytes out.

    GREETING ──HELLO──► OPEN ──our GOODBYE──► CLOSING ──the end──► CLOSED
        │                 └──their GOODBYE, or the end───────────────▲
        └──our GOODBYE──► CLOSING        theirs, or the end──────────┘

The dialler speaks first; the listener answers with its own HELLO. From then on both sides may make requests: each opens
an exchange under a new id (the dialler's are odd, the listener's even, both only ever go up), within which flow the
reply, interim messages, and one byte stream each way (`stream`). The responder has the last word: its REPLY with LAST,
its final DATA, or a RESET by either side ends the exchange for both. Frames for an exchange that is over are late, not
wrong, and are ignored; frames for one that never was are an error.

What goes out first: credit, pings and pongs; then messages in their order; then one DATA frame of each stream in
turn (`outbox`). So a heartbeat waits behind one frame of bulk at most, and no stream starves another.

The shell drives it: `receive_buffer()` lends memory, `received(n, now)` says what landed there, `events()` tells what
happened, `data_to_send()` gives buffers to write, `tick(now)` is due at `next_deadline()`. A rule broken by the other
side raises RemoteProtocolError once, with a GOODBYE queued that says why; the connection is then CLOSING, and deaf.
The buffer lent last must be given back by `received` before anything else is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from dfs_core.encoding.codec import Codec
from dfs_core.encoding.frame import (
    END,
    GOODBYE_BYTES_MAX,
    LAST,
    RESET_BYTES_MAX,
    Header,
    Kind,
    MessageFlag,
    decode_credit,
    encode_credit,
    encode_frame,
)
from dfs_core.errors import HelloRefused, LocalProtocolError, ProtocolError, RemoteProtocolError
from dfs_core.transport.deadlines import Deadlines, Timing
from dfs_core.transport.events import (
    CreditReceived,
    Event,
    ExchangeOver,
    GoodbyeReceived,
    HelloReceived,
    InterimReceived,
    OneWayReceived,
    OpenExchange,
    ReplyReceived,
    RequestReceived,
    ResetReceived,
    StreamDrained,
    StreamMoved,
)
from dfs_core.transport.exchanges import Exchanges
from dfs_core.transport.hello import Hello, Terms, agree, decode_hello, encode_hello
from dfs_core.transport.inbox import Inbox
from dfs_core.transport.outbox import Outbox, Piece
from dfs_core.transport.states import Input, State, move
from dfs_core.transport.stream import Incoming, Outgoing

_INPUTS = {Kind.HELLO: Input.HELLO, Kind.GOODBYE: Input.GOODBYE}
_CREDIT_MOST = 2**40  # a sum of CREDITs beyond this is nonsense


class Connection:
    """One end of one link. Attributes are for reading only."""

    def __init__(
        self,
        hello: Hello,
        *,
        dialled: bool,
        codecs: Mapping[str, Codec],
        now: float,
        timing: Timing | None = None,
        judge: Callable[[Hello], str] = lambda hello: "",
    ) -> None:
        """`hello` is ours. The dialler's is queued at once; a listener's purpose is replaced by the dialler's.

        `judge` says why theirs is not acceptable, or nothing.
        """
        self.state = State.GREETING
        self.hello: Hello | None = None  # theirs
        self.ours, self._dialled, self._codecs, self._judge = hello, dialled, codecs, judge
        self.deadlines = Deadlines(timing or Timing(), now)
        self._terms: Terms | None = None
        self._codec: Codec | None = None
        self._events: list[Event] = []
        self._inbox = Inbox(self)
        self._deaf = memoryview(bytearray(4096))
        self._outbox = Outbox()
        self.exchanges = Exchanges(dialled=dialled)
        self._now = now
        if dialled:
            self._outbox.add_message(encode_frame(Kind.HELLO, encode_hello(hello)))

    # -- bytes in

    def receive_buffer(self) -> memoryview:
        """Where the next bytes go; never empty, ours again with `received`."""
        return self._inbox.buffer() if self.state in (State.GREETING, State.OPEN) else self._deaf

    def received(self, size: int, now: float) -> None:
        """`size` bytes were put there. RemoteProtocolError when they break a rule; what came before them still counts.

        In CLOSING and CLOSED they are ignored.
        """
        if self.state not in (State.GREETING, State.OPEN):
            return
        self._now = now
        count = self._inbox.frames_count
        try:
            self._inbox.received(size)
        except HelloRefused as error:
            raise self._broken(str(error)) from error
        except ProtocolError as error:
            stranger = "that is no node of dfs, by how it talks: " if self.state is State.GREETING else ""
            raise self._broken(f"{stranger}{error}") from error
        completed = self._inbox.frames_count != count
        self.deadlines.heard(now, mid_frame=self._inbox.mid_frame, completed=completed)

    def receive_eof(self) -> None:
        """The other side will send nothing more; so this is the end."""
        self.state = move(self.state, Input.LOST)
        self._end_all()

    def events(self) -> list[Event]:
        """What happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    # -- bytes out

    def data_to_send(self, size_max: int = 512 * 1024) -> list[Piece]:
        """Buffers to write now, in order; empty when there is nothing to say. Views stay as they are until written."""
        frame_bytes_max = self._terms.send_frame_bytes_max if self._terms else 0
        pieces, done = self._outbox.take(size_max, frame_bytes_max)
        for exchange in done:
            self._events.append(StreamDrained(exchange))
            if exchange.outgoing.ended and not exchange.ours:
                self._end(exchange)
        return pieces

    @property
    def queued_bytes(self) -> int:
        """Bytes of messages that wait to be written. The shell bounds it."""
        return self._outbox.messages_bytes

    # -- time

    def next_deadline(self) -> float | None:
        """When `tick` is due, or None."""
        return self.deadlines.next() if self.state in (State.GREETING, State.OPEN) else None

    def tick(self, now: float) -> None:
        """Keep the deadlines (`deadlines`). RemoteProtocolError: the other side missed one."""
        if self.state not in (State.GREETING, State.OPEN):
            return
        if reason := self.deadlines.missed(now):
            raise self._broken(reason)
        if token := self.deadlines.ping(now):
            self._outbox.add_urgent(encode_frame(Kind.PING, token))

    # -- what this side says

    @property
    def requests_free(self) -> bool:
        """The other side will take one more request."""
        return self._terms is not None and self.exchanges.ours_count < self._terms.send_requests_max

    def send_request(self, message: msgspec.Struct, *, last: bool) -> OpenExchange:
        """Ask. `last`: no bytes follow from this side. LocalProtocolError: not OPEN, too many open, ids used up."""
        if self._terms is None or not self.requests_free:
            raise LocalProtocolError("no further request can be made on this link now")
        payload = self._encode(message)
        exchange = self.exchanges.open_ours(*self._streams(ours=True, last=last))
        self._send_message(MessageFlag.REQUEST | (LAST if last else 0), exchange.id, payload)
        return exchange

    def send_reply(self, exchange: OpenExchange, message: msgspec.Struct, *, last: bool) -> None:
        """Answer, once. `last`: no bytes follow, the exchange is over. No effect when it is over already."""
        if exchange.over:
            return
        if exchange.ours or exchange.replied:
            raise LocalProtocolError("a request is answered once, by the side that was asked")
        payload = self._encode(message)
        exchange.replied = True
        self._send_message(MessageFlag.REPLY | (LAST if last else 0), exchange.id, payload)
        if last:
            self._end(exchange)

    def send_interim(self, exchange: OpenExchange, message: msgspec.Struct) -> bool:
        """Send a message before the end. False, and nothing sent, while there is no credit for it."""
        if exchange.over:
            return True
        if exchange.ours:
            raise LocalProtocolError("only the side that was asked sends interim messages")
        if exchange.outgoing.credit <= 0:
            return False
        payload = self._encode(message)
        exchange.outgoing.credit -= len(payload)
        self._send_message(MessageFlag.INTERIM, exchange.id, payload)
        return True

    def send_one_way(self, message: msgspec.Struct) -> None:
        """Say something that wants no answer."""
        self._send_message(MessageFlag.ONE_WAY, 0, self._encode(message))

    def send_data(self, exchange: OpenExchange, data: memoryview, *, last: bool) -> None:
        """Queue the next stretch of this side's stream; StreamDrained or ExchangeOver follows. No effect after that."""
        if exchange.over:
            return
        if not exchange.ours and not exchange.replied:
            raise LocalProtocolError("bytes follow the reply, they do not precede it")
        exchange.outgoing.queue(data, last=last)
        self._outbox.add_stream(exchange)

    def send_reset(self, exchange: OpenExchange, message: msgspec.Struct | None) -> None:
        """Give the exchange up, saying why. No effect when it is over already."""
        if exchange.over:
            return
        payload = b"" if message is None else self._encode(message)
        frame = encode_frame(Kind.RESET, payload if len(payload) <= RESET_BYTES_MAX else b"", id_=exchange.id)
        self._outbox.add_message(frame)
        self._end(exchange)

    def send_goodbye(self, reason: str) -> None:
        """Close: what is queued of messages still goes out, then this; everything open is over. Twice is once."""
        if self.state in (State.GREETING, State.OPEN):
            self.state = move(self.state, Input.CLOSE)
            self._outbox.drop_streams()
            payload = reason.encode("utf-8", "replace")[:GOODBYE_BYTES_MAX]
            self._outbox.add_message(encode_frame(Kind.GOODBYE, payload))
            self._end_all()

    def send_credit(self, exchange: OpenExchange) -> None:
        """Call after something of the incoming stream was consumed: returns credit when it is worth a frame."""
        if not exchange.over and (due := exchange.incoming.credit_due()):
            self._outbox.add_urgent(encode_frame(Kind.CREDIT, encode_credit(due), id_=exchange.id))

    # -- frames (`inbox.FrameSink`)

    def header_came(self, header: Header) -> Incoming | None:
        """Judge a frame by its header; for DATA, say where it goes."""
        kind = header.kind
        move(self.state, _INPUTS.get(kind, Input.FRAME))  # may it come at all? The state changes when it is whole
        if kind == Kind.MESSAGE and header.size > self.ours.message_bytes_max:
            raise RemoteProtocolError(f"a message of {header.size} bytes, at most {self.ours.message_bytes_max}")
        if kind != Kind.DATA:
            return None
        if header.size > self.ours.frame_bytes_max:
            raise RemoteProtocolError(f"a DATA frame of {header.size} bytes, at most {self.ours.frame_bytes_max}")
        exchange = self.exchanges.find(header.id)
        if exchange is None:
            return None
        if exchange.ours and not exchange.replied:
            raise RemoteProtocolError("bytes before the reply they belong to")
        exchange.incoming.begin_frame(header.size, last=bool(header.flags & END))
        return exchange.incoming

    def data_landed(self, header: Header, *, whole: bool, moved: bool) -> None:
        """Bytes of a DATA frame arrived."""
        exchange = self.exchanges.find(header.id)
        if exchange is None:
            return
        self.send_credit(exchange)
        if whole and exchange.incoming.ended and exchange.ours:
            self._end(exchange)
        if moved:
            self._events.append(StreamMoved(exchange))

    def frame_came(self, header: Header, payload: memoryview) -> None:
        """A whole frame that is not DATA arrived."""
        kind = header.kind
        if kind == Kind.MESSAGE:
            self._message_came(header, payload)
        elif kind == Kind.CREDIT:
            self._credit_came(header, decode_credit(payload))
        elif kind == Kind.PING:
            self._outbox.add_pong(encode_frame(Kind.PONG, bytes(payload)))
        elif kind == Kind.PONG:
            self.deadlines.ponged(bytes(payload), self._now)
        elif kind == Kind.RESET:
            exchange = self.exchanges.find(header.id)
            if exchange is not None:
                message = self._decode(payload) if len(payload) else None
                self._events.append(ResetReceived(exchange, message))
                self._end(exchange)
        elif kind == Kind.HELLO:
            self._hello_came(payload)
        else:
            self.state = move(self.state, Input.GOODBYE)
            self._inbox.stop()
            self._events.append(GoodbyeReceived(bytes(payload).decode("utf-8", "replace")))
            self._end_all()

    def _hello_came(self, payload: memoryview) -> None:
        theirs = decode_hello(payload)
        self.state = move(self.state, Input.HELLO)
        dialler, listener = (self.ours, theirs) if self._dialled else (theirs, self.ours)
        if not self._dialled:
            self.ours = listener = msgspec.structs.replace(self.ours, purpose=theirs.purpose)
        terms = agree(dialler, listener, dialled=self._dialled)
        if reason := self._judge(theirs):
            raise HelloRefused(reason)
        self.hello, self._terms, self._codec = theirs, terms, self._codecs[terms.codec]
        self.deadlines.greeted()
        if not self._dialled:
            self._outbox.add_message(encode_frame(Kind.HELLO, encode_hello(self.ours)))
        self._events.append(HelloReceived(theirs, terms))

    def _message_came(self, header: Header, payload: memoryview) -> None:
        flag, last = header.flags & ~LAST, bool(header.flags & LAST)
        if flag == MessageFlag.ONE_WAY:
            self._events.append(OneWayReceived(self._decode(payload)))
            return
        if flag == MessageFlag.REQUEST:
            self._request_came(header.id, self._decode(payload), last=last)
            return
        exchange = self.exchanges.find(header.id)
        if exchange is None:
            return
        if not exchange.ours:
            raise RemoteProtocolError("a reply to a request of its own")
        if flag == MessageFlag.INTERIM:
            exchange.incoming.message_came(header.size)
            self._events.append(InterimReceived(exchange, self._decode(payload), header.size))
            return
        if exchange.replied:
            raise RemoteProtocolError("a second reply to one request")
        exchange.replied = True
        self._events.append(ReplyReceived(exchange, self._decode(payload)))
        if last:
            exchange.incoming.ending = exchange.incoming.ended = True
            self._end(exchange)

    def _request_came(self, id_: int, message: msgspec.Struct, *, last: bool) -> None:
        if self.exchanges.theirs_count >= self.ours.requests_max:
            raise RemoteProtocolError(f"more than {self.ours.requests_max} requests at once")
        exchange = self.exchanges.open_theirs(id_, *self._streams(ours=False, last=last))
        self._events.append(RequestReceived(exchange, message))

    def _credit_came(self, header: Header, size: int) -> None:
        exchange = self.exchanges.find(header.id)
        if exchange is None:
            return
        exchange.outgoing.credit += size
        if exchange.outgoing.credit > _CREDIT_MOST:
            raise RemoteProtocolError("credit beyond all measure")
        self._outbox.add_stream(exchange)
        self._events.append(CreditReceived(exchange))

    # -- exchanges

    def _streams(self, *, ours: bool, last: bool) -> tuple[Incoming, Outgoing]:
        assert self._terms is not None
        incoming, outgoing = Incoming(self.ours.stream_credit), Outgoing(self._terms.send_credit)
        if last and ours:
            outgoing.drop()
        elif last:
            incoming.ending = incoming.ended = True
        return incoming, outgoing

    def _end(self, exchange: OpenExchange, *, lost: bool = False) -> None:
        if not exchange.over:
            exchange.over = True
            self.exchanges.remove(exchange)
            exchange.outgoing.drop()
            self._events.append(ExchangeOver(exchange, lost))

    def _end_all(self) -> None:
        for exchange in self.exchanges.all():
            self._end(exchange, lost=True)

    # -- messages and moves

    def _encode(self, message: msgspec.Struct) -> bytes:
        if self.state is not State.OPEN or self._codec is None or self._terms is None:
            raise LocalProtocolError(f"no message can be sent while {self.state.name}")
        payload = self._codec.encode(message)
        if len(payload) > self._terms.send_message_bytes_max:
            raise LocalProtocolError(f"the other side takes no message of {len(payload)} bytes")
        return payload

    def _decode(self, payload: memoryview) -> msgspec.Struct:
        assert self._codec is not None
        return self._codec.decode(payload)

    def _send_message(self, flags: int, id_: int, payload: bytes) -> None:
        self._outbox.add_message(encode_frame(Kind.MESSAGE, payload, flags=flags, id_=id_))

    def _broken(self, reason: str) -> RemoteProtocolError:
        self.send_goodbye(reason)
        return RemoteProtocolError(reason)
