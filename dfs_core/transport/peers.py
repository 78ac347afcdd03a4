"""Peers: what replication knows of the other nodes. `mesh` is the real one, `memory` the one of tests and simulation.

A peer is asked by its NodeId; which address, link or codec carries the question is not the asker's business. Every
question has a deadline, and every failure is one of three: PeerUnreachable (no link, or it broke before the answer, so
the question may or may not have been acted on), PeerTimeout (no answer in time, likewise), or the peer's own error,
rebuilt (`errors.from_wire`). Everything may be cancelled; the peer is then told, and its handler is cancelled too.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from dfs_core.encoding.message import Message
from dfs_core.model.ids import NodeId

Buffer = bytes | bytearray | memoryview


class Peers(Protocol):
    """The other members, as far as this node can talk to them. This node itself is never among them."""

    def alive(self) -> frozenset[NodeId]:
        """Members with a live link from which something was heard lately. A good guess, not a promise."""
        ...

    def silences(self) -> dict[NodeId, float]:
        """The members that are not alive, in id order, and for how many seconds nothing was heard of each."""
        ...

    def why_down(self, node: NodeId) -> str:
        """One line for people: why `node` is not alive. Empty when it is."""
        ...

    async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
        """Ask `node` and return its reply, which is of the type that `request.reply` names.

        PeerUnreachable, PeerTimeout, or the peer's own error.
        """
        ...

    async def send_bytes(self, node: NodeId, request: Message, data: Buffer, *, timeout_s: float) -> Message:
        """Ask with bytes, as StoreChunk does. The bytes are not copied and must not change until this returns.

        `timeout_s` is for the answer, once they are out; the bytes themselves take as long as they move.
        The peer may answer before it read them all (it has the chunk, its disk is full): the rest is not sent.
        Errors as for `call`.
        """
        ...

    async def fetch_bytes(
        self, node: NodeId, request: Message, *, size_max: int, timeout_s: float
    ) -> tuple[Message, bytearray]:
        """Ask for bytes, as FetchChunk does: the reply, whose `size` says how many, and exactly so many bytes.

        `timeout_s` is for the reply; the bytes behind it take as long as they move.
        RemoteProtocolError when `size` is not 0 … size_max or the stream ends early or late: another replica may do.
        Errors as for `call`.
        """
        ...

    def notify(self, node: NodeId, message: msgspec.Struct) -> bool:
        """Send a one-way message if there is a live link with room. False when it surely was not sent.

        True promises nothing: one-way messages may be lost, and Raft's are made for that.
        """
        ...
