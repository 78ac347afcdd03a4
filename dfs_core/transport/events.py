"""What a Connection tells its shell: one class an occurrence, and the exchange it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from dfs_core.transport.hello import Hello, Terms
from dfs_core.transport.stream import Incoming, Outgoing


class OpenExchange:
    """One request as the connection knows it. `over`: nothing more will be sent or received under its id.

    What arrived before that may still be read from `incoming`. `owner` is the shell's own.
    """

    __slots__ = ("id", "incoming", "ours", "outgoing", "over", "owner", "replied", "waiting")

    def __init__(self, id_: int, *, ours: bool, incoming: Incoming, outgoing: Outgoing) -> None:
        self.id, self.ours = id_, ours
        self.incoming, self.outgoing = incoming, outgoing
        self.replied = False
        self.over = False
        self.waiting = False  # in the outbox, for its stream's turn
        self.owner: Any = None


@dataclass(frozen=True, slots=True)
class HelloReceived:
    """The connection is open, under these terms."""

    hello: Hello
    terms: Terms


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """The other side asks; the exchange waits to be answered."""

    exchange: OpenExchange
    message: msgspec.Struct


@dataclass(frozen=True, slots=True)
class ReplyReceived:
    """The final reply to our request."""

    exchange: OpenExchange
    message: msgspec.Struct


@dataclass(frozen=True, slots=True)
class InterimReceived:
    """A message before the exchange's end; `size` is what reading it gives back as credit."""

    exchange: OpenExchange
    message: msgspec.Struct
    size: int


@dataclass(frozen=True, slots=True)
class OneWayReceived:
    """A message that wants no answer."""

    message: msgspec.Struct


@dataclass(frozen=True, slots=True)
class StreamMoved:
    """The incoming stream has something for its reader: bytes, a full target, or its end."""

    exchange: OpenExchange


@dataclass(frozen=True, slots=True)
class StreamDrained:
    """The stretch that was being sent has been handed out whole, or nobody wants it any more."""

    exchange: OpenExchange


@dataclass(frozen=True, slots=True)
class CreditReceived:
    """The outgoing stream may go on."""

    exchange: OpenExchange


@dataclass(frozen=True, slots=True)
class ResetReceived:
    """The other side gave up; `message` says why, if it did."""

    exchange: OpenExchange
    message: msgspec.Struct | None


@dataclass(frozen=True, slots=True)
class ExchangeOver:
    """Nothing more will be sent or received under its id. `lost`: because the connection ended first."""

    exchange: OpenExchange
    lost: bool


@dataclass(frozen=True, slots=True)
class GoodbyeReceived:
    """The other side is closing; nothing more will come."""

    reason: str


Event = (
    HelloReceived
    | RequestReceived
    | ReplyReceived
    | InterimReceived
    | OneWayReceived
    | StreamMoved
    | StreamDrained
    | CreditReceived
    | ResetReceived
    | ExchangeOver
    | GoodbyeReceived
)
