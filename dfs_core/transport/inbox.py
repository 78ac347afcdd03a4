"""Bytes as they arrive become frames, each payload where it is wanted; no I/O.

Headers and small payloads pass through one fixed buffer. A DATA payload goes on into its stream's `Incoming`, which
lends the reader's own memory where it can; a large message into memory of its own, made only after its header was
found acceptable. At most one frame is incomplete at any time.
"""

from __future__ import annotations

from typing import Protocol

from dfs_core.encoding.frame import HEADER_BYTES, Header, Kind, parse_header
from dfs_core.transport.stream import Incoming

# Larger would mean more copying (a chunk's first bytes come with the header before it), smaller more calls.
BUFFER_BYTES = 64 * 1024
_SMALL_BYTES_MAX = BUFFER_BYTES - HEADER_BYTES


class FrameSink(Protocol):
    """Who is told of frames. What it raises leaves the inbox unusable."""

    def header_came(self, header: Header) -> Incoming | None:
        """Judge a header before its payload is waited for. For DATA: where it goes, None to throw it away."""
        ...

    def frame_came(self, header: Header, payload: memoryview) -> None:
        """A whole frame other than DATA. The payload is valid only during the call."""
        ...

    def data_landed(self, header: Header, *, whole: bool, moved: bool) -> None:
        """Bytes of a DATA frame are where they belong; `whole`: its last; `moved`: its reader can go on."""
        ...


class Inbox:
    """Lends memory, takes note of what landed there, and tells the sink of every frame."""

    def __init__(self, sink: FrameSink) -> None:
        self._sink = sink
        self._view = memoryview(bytearray(BUFFER_BYTES))
        self._start = self._end = 0
        self._header: Header | None = None
        self._stream: Incoming | None = None  # of the DATA frame being received, if anybody wants it
        self._message: memoryview | None = None  # the large message being received
        self._remaining = 0  # of the present payload, where it does not wait in the buffer as a whole
        self._stopped = False
        self.frames_count = 0  # completed

    @property
    def mid_frame(self) -> bool:
        """A frame has begun and is not complete."""
        return self._header is not None or self._end > self._start

    def buffer(self) -> memoryview:
        """Where to put the next bytes; never empty."""
        if self._header is not None and self._start == self._end:
            if self._stream is not None:
                return self._stream.lend(self._remaining)
            if self._message is not None:
                return self._message[-self._remaining :]
        return self._view[self._end :]

    def received(self, size: int) -> None:
        """`size` bytes were put where `buffer` said."""
        if self._header is not None and self._start == self._end and self._stream is not None:
            self._landed(self._header, self._stream, size)
        elif self._header is not None and self._start == self._end and self._message is not None:
            self._remaining -= size
            if self._remaining == 0:
                self._complete_message(self._header, self._message)
        else:
            self._end += size
        while self._step():
            pass
        waiting = self._end - self._start
        if self._start:
            self._view[:waiting] = self._view[self._start : self._end]
            self._start, self._end = 0, waiting

    def stop(self) -> None:
        """Take no further frame, not even one that has arrived already."""
        self._stopped = True

    def _step(self) -> bool:
        """Use up some of what is in the buffer; False when more must arrive first."""
        available = self._end - self._start
        header = self._header
        if header is None:
            if available < HEADER_BYTES or self._stopped:
                return False
            header = parse_header(self._view, self._start)
            self._start += HEADER_BYTES
            self._begin(header)
            return True
        if header.kind == Kind.DATA:
            return self._step_data(header, available)
        if self._message is not None:
            return self._step_message(header, self._message, available)
        if available < header.size:
            return False
        payload = self._view[self._start : self._start + header.size]
        self._start += header.size
        self._header = None
        self.frames_count += 1
        self._sink.frame_came(header, payload)
        return True

    def _begin(self, header: Header) -> None:
        self._stream = self._sink.header_came(header)
        self._header, self._remaining = header, header.size
        if header.kind == Kind.DATA and header.size == 0:
            self._complete_data(header, moved=False)
        elif header.kind != Kind.DATA and header.size > _SMALL_BYTES_MAX:
            self._message = memoryview(bytearray(header.size))

    def _step_data(self, header: Header, available: int) -> bool:
        if available == 0:
            return False
        size = min(available, self._remaining)
        if self._stream is None:
            self._start += size
            self._remaining -= size
            if self._remaining == 0:
                self._complete_data(header, moved=False)
            return True
        room = self._stream.lend(self._remaining)
        size = min(size, len(room))
        room[:size] = self._view[self._start : self._start + size]
        self._start += size
        self._landed(header, self._stream, size)
        return True

    def _landed(self, header: Header, stream: Incoming, size: int) -> None:
        moved = stream.landed(size)
        self._remaining -= size
        if self._remaining == 0:
            self._complete_data(header, moved=moved)
        else:
            self._sink.data_landed(header, whole=False, moved=moved)

    def _complete_data(self, header: Header, *, moved: bool) -> None:
        if self._stream is not None:
            moved = self._stream.end_frame() or moved
        self._header = self._stream = None
        self.frames_count += 1
        self._sink.data_landed(header, whole=True, moved=moved)

    def _step_message(self, header: Header, message: memoryview, available: int) -> bool:
        if available == 0:
            return False
        size = min(available, self._remaining)
        begin = len(message) - self._remaining
        message[begin : begin + size] = self._view[self._start : self._start + size]
        self._start += size
        self._remaining -= size
        if self._remaining == 0:
            self._complete_message(header, message)
        return True

    def _complete_message(self, header: Header, message: memoryview) -> None:
        self._header = self._message = None
        self.frames_count += 1
        self._sink.frame_came(header, message)
