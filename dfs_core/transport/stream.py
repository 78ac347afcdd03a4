"""The two byte streams of one exchange, and their credit; no I/O.

A stream is an ordered run of bytes. Its sender may send as many as it has credit for; the receiver's HELLO gives each
stream its first credit, and CREDIT frames return what the reader has consumed. So what waits unread is bounded by the
credit, and a slow reader slows its sender down and nobody else.

    Outgoing   OPEN ──finish()──► ENDING ──last frame cut──► ENDED        anything ──drop()──► ENDED
    Incoming   OPEN ──END header──► ENDING ──its payload landed──► ENDED

Arriving bytes go straight into the buffer that the reader offered, if it did, else into a spill buffer of at most one
frame that is queued when full. Nothing is copied to join pieces.
"""

from __future__ import annotations

from collections import deque

from dfs_core.errors import LocalProtocolError, RemoteProtocolError


class Outgoing:
    """My stream: one stretch of the sender's own memory at a time, cut into frames as credit allows."""

    def __init__(self, credit: int) -> None:
        self.credit = credit
        self._pending: memoryview | None = None
        self._finishing = False
        self.ended = False

    @property
    def pending(self) -> bool:
        """A stretch was queued and is not wholly cut into frames yet."""
        return self._pending is not None

    @property
    def left(self) -> int:
        """How many bytes of the stretch are not cut into frames yet."""
        return 0 if self._pending is None else len(self._pending)

    @property
    def finishing(self) -> bool:
        """Its end was queued, and maybe sent: nothing more may be."""
        return self._finishing or self.ended

    @property
    def ready(self) -> bool:
        """`next_frame` has something to give."""
        if self.ended:
            return False
        return self.credit > 0 if self._pending is not None else self._finishing

    def queue(self, data: memoryview, *, last: bool) -> None:
        """Send `data` next. It must stay as it is until `pending` is False. LocalProtocolError: out of turn."""
        if self._pending is not None or self.finishing:
            raise LocalProtocolError("a stream takes one stretch at a time, and none after its end")
        if len(data):
            self._pending = data
        self._finishing = last

    def next_frame(self, size_max: int) -> tuple[memoryview, bool]:
        """Cut off the next payload, at most `size_max` bytes, and whether it is the last. Only when `ready`."""
        if self._pending is None:
            self.ended = True
            return memoryview(b""), True
        size = min(len(self._pending), size_max, self.credit)
        self.credit -= size
        payload = self._pending[:size]
        if size < len(self._pending):
            self._pending = self._pending[size:]
            return payload, False
        self._pending = None
        self.ended = self._finishing
        return payload, self.ended

    def drop(self) -> None:
        """Nobody wants the rest: let go of the sender's memory."""
        self._pending, self.ended = None, True


class Incoming:
    """The other side's stream: bytes that arrived and were not read yet, and room for those that come."""

    def __init__(self, credit: int) -> None:
        self.credit = credit  # what the other side may still send
        self._window = credit
        self._unreturned = 0  # consumed, and not yet given back as credit
        self._arrived: deque[memoryview] = deque()
        self._spill: memoryview | None = None
        self._spilled = 0
        self._target: memoryview | None = None
        self._filled = 0
        self.ending = False
        self.ended = False

    # -- the wire's side

    def begin_frame(self, size: int, *, last: bool) -> None:
        """A DATA header came. RemoteProtocolError: more than its credit, or after the end."""
        if self.ending:
            raise RemoteProtocolError("bytes after the end of a stream")
        if size > self.credit:
            raise RemoteProtocolError(f"{size} bytes on a stream with credit for {self.credit}")
        self.credit -= size
        self.ending = last

    def lend(self, remaining: int) -> memoryview:
        """Where to put the next bytes of the frame, of which `remaining` have not landed. Never empty."""
        target = self._target
        if target is not None and self._filled < len(target):
            return target[self._filled : self._filled + remaining]
        if self._spill is None:
            self._spill, self._spilled = memoryview(bytearray(remaining)), 0
        return self._spill[self._spilled :]

    def landed(self, size: int) -> bool:
        """`size` bytes were put where `lend` said. True when a waiting reader can go on."""
        target = self._target
        if target is not None and self._filled < len(target):
            self._filled += size
            self._unreturned += size
            return self._filled == len(target)
        assert self._spill is not None
        self._spilled += size
        if self._spilled < len(self._spill):
            return False
        self._queue_spill()
        return True

    def end_frame(self) -> bool:
        """The frame's payload has landed. True when it was the last one."""
        self.ended = self.ending
        return self.ended

    def _queue_spill(self) -> None:
        if self._spill is not None and self._spilled:
            self._arrived.append(self._spill[: self._spilled])
        self._spill = None

    # -- the reader's side

    @property
    def readable(self) -> bool:
        """`take` has something to give, or the end to tell."""
        return bool(self._arrived) or self.ended or (self._spill is not None and self._spilled > 0)

    def take(self, size_max: int) -> bytes:
        """Up to `size_max` bytes that have arrived; b"" when none have (`ended` tells whether more can come)."""
        self._queue_spill()
        if not self._arrived:
            return b""
        first = self._arrived.popleft()
        if len(first) > size_max:
            self._arrived.appendleft(first[size_max:])
            first = first[:size_max]
        self._unreturned += len(first)
        return bytes(first)

    def offer(self, target: memoryview) -> bool:
        """Fill `target` with what has arrived and what will. True when it is full, or nothing more can come."""
        if self._target is not None:
            raise LocalProtocolError("a stream has one reader at a time")
        self._queue_spill()
        self._target, self._filled = target, 0
        while self._arrived and self._filled < len(target):
            first = self._arrived.popleft()
            size = min(len(first), len(target) - self._filled)
            target[self._filled : self._filled + size] = first[:size]
            self._filled += size
            self._unreturned += size
            if size < len(first):
                self._arrived.appendleft(first[size:])
        return self._filled == len(target) or self.ended

    @property
    def filled(self) -> bool:
        """The offered target is full, or as full as it will ever be."""
        return self._target is None or self._filled == len(self._target) or self.ended

    @property
    def filled_bytes(self) -> int:
        """How much of the offered target is filled."""
        return self._filled

    def withdraw(self) -> int:
        """Take the target back; how many of its bytes were filled."""
        self._target = None
        return self._filled

    def credit_due(self) -> int:
        """Credit to return now, 0 when it is too little to be worth a frame or nothing more will come."""
        if self.ending or self._unreturned <= self._window // 2:
            return 0
        due, self._unreturned = self._unreturned, 0
        self.credit += due
        return due

    # -- interim messages, which count as bytes of the stream

    def message_came(self, size: int) -> None:
        """An interim message of `size` bytes came. It needs some credit, and may overdraw it once."""
        if self.credit <= 0:
            raise RemoteProtocolError("an interim message without credit")
        self.credit -= size

    def message_read(self, size: int) -> None:
        """The reader took the message."""
        self._unreturned += size
