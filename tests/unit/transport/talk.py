"""Two Connections and a fake wire between them: what transport tests without a socket stand on."""

from __future__ import annotations

from typing import Any, TypeVar

from dfs_core.encoding.codec import CODECS
from dfs_core.transport.deadlines import Timing
from dfs_core.transport.events import Event, OpenExchange, RequestReceived
from dfs_core.transport.hello import CODECS as CODEC_NAMES
from dfs_core.transport.hello import Hello, HelloFacts
from dfs_core.transport.protocol import Connection

E = TypeVar("E")
WHOLE = 2**30


def hello(**more: Any) -> Hello:
    """A node's HELLO for a cluster called c."""
    codecs = more.pop("codecs", CODEC_NAMES)
    made = Hello.of(HelloFacts(), cluster=b"c" * 16, codecs=codecs)
    fields = {name: getattr(made, name) for name in Hello.__struct_fields__}
    return Hello(**{**fields, **more})


def give(connection: Connection, data: bytes, *, now: float = 0.0, step: int = WHOLE) -> None:
    """Let `data` arrive, at most `step` bytes at a time."""
    while data:
        buffer = connection.receive_buffer()
        size = min(len(buffer), len(data), step)
        assert size > 0
        buffer[:size] = data[:size]
        connection.received(size, now)
        data = data[size:]


def said(connection: Connection) -> bytes:
    """All that it wants to say now."""
    parts = []
    while pieces := connection.data_to_send():
        parts.append(b"".join(pieces))
    return b"".join(parts)


class Pair:
    """A dialler and a listener that hear each other when `carry` is called."""

    def __init__(
        self,
        *,
        step: int = WHOLE,
        dialler: Hello | None = None,
        listener: Hello | None = None,
        timing: Timing | None = None,
        greet: bool = True,
    ) -> None:
        self.step, self.now = step, 0.0
        self.dialler = Connection(dialler or hello(), dialled=True, codecs=CODECS, now=0.0, timing=timing)
        self.listener = Connection(listener or hello(), dialled=False, codecs=CODECS, now=0.0, timing=timing)
        self.heard: dict[Connection, list[Event]] = {self.dialler: [], self.listener: []}
        if greet:
            self.carry()
            self.forget()

    def carry(self) -> None:
        """Until neither has anything to say."""
        moved = True
        while moved:
            moved = False
            for source, target in ((self.dialler, self.listener), (self.listener, self.dialler)):
                data = said(source)
                if data:
                    moved = True
                    give(target, data, now=self.now, step=self.step)
                self.heard[source] += source.events()
                self.heard[target] += target.events()

    def forget(self) -> None:
        """Start collecting events anew."""
        for events in self.heard.values():
            events.clear()

    def got(self, connection: Connection, kind: type[E]) -> list[E]:
        """Events of this kind that `connection` told, oldest first."""
        return [event for event in self.heard[connection] if isinstance(event, kind)]

    def asked(self, connection: Connection) -> OpenExchange:
        """The newest exchange that the other side opened."""
        return self.got(connection, RequestReceived)[-1].exchange
