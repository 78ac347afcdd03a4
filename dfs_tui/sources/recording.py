"""A session as a file: everything the dashboard was told, with the moments; and that file as a source.

One JSON object a line. The first says what it is and when it began; each other one has the seconds since then (`at`),
the time of day (`wall`), the name of an event of `view.events` and its fields. A line that was cut off at the end is
left out; any other damage ends the reading with its number, because a picture with a hole in it would be believed.
What is played is looked at and nothing else: there is nobody behind it to ask.
"""

from __future__ import annotations

import asyncio
import json
import os
import queue
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import get_args

from dfs_tui.sources.base import Clock, Emit, Source, SourceError
from dfs_tui.sources.choose import LateSource
from dfs_tui.view import events
from dfs_tui.view import format as fmt
from dfs_tui.view.events import SourceEvent
from dfs_tui.view.values import Level

FORMAT = 1
BYTES_MAX = 1 << 28
CLOSE_S = 10.0
KINDS: dict[str, type[SourceEvent]] = {kind.__name__: kind for kind in get_args(SourceEvent)}


class Recorder:
    """Writes what it is handed, in a thread of its own: a slow disk never holds up the screen."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Blocks. OSError: there is a file already, or it cannot be made."""
        self._path = path
        self._clock = clock
        self._began: float | None = None  # when the first event came
        self._room = BYTES_MAX
        self._waiting: queue.SimpleQueue[tuple[float, float, SourceEvent] | None] = queue.SimpleQueue()
        self.trouble = ""  # why nothing is written any more
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
        self._write(json.dumps({"dfs_recording": FORMAT, "wall": clock.wall()}))
        self._thread = threading.Thread(target=self._keep_writing, name="recorder", daemon=True)
        self._thread.start()

    def take(self, event: SourceEvent) -> None:
        """This happened now."""
        now = self._clock.now()
        self._began = now if self._began is None else self._began
        self._waiting.put((now - self._began, self._clock.wall(), event))

    def close(self) -> None:
        """Write what waits, and end. Blocks."""
        self._waiting.put(None)
        self._thread.join(CLOSE_S)

    def _keep_writing(self) -> None:
        with self._file:
            while (taken := self._waiting.get()) is not None:
                at, wall, event = taken
                if self.trouble:
                    continue
                kept = {
                    "at": round(at, 3),
                    "wall": round(wall, 3),
                    "kind": type(event).__name__,
                    "event": asdict(event),
                }
                try:
                    self._write(json.dumps({**kept, "event": asdict(event)}, default=list))
                except OSError as error:
                    self.trouble = f"{self._path}: {error.strerror or error}"

    def _write(self, line: str) -> None:
        self._room -= len(line) + 1
        if self._room < 0:
            self.trouble = f"{self._path} is as long as a recording may be"
            return
        self._file.write(f"{line}\n")
        if self._waiting.empty():
            self._file.flush()


def is_recording(path: Path) -> bool:
    """Does this file begin as a recording does? Blocks."""
    try:
        with path.open("rb") as file:
            return file.read(64).startswith(b'{"dfs_recording"')
    except OSError:
        return False


def read(path: Path) -> Iterator[tuple[float, float, SourceEvent]]:
    """Seconds, time of day, event. Blocks. SourceError: it is no recording, or it is damaged."""
    from msgspec import ValidationError, convert  # here: the first picture can do without

    try:
        if path.stat().st_size > BYTES_MAX + (1 << 20):
            raise SourceError(f"{path} is longer than a recording can be")
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SourceError(f"{path} cannot be read: {reason}") from error
    if not is_recording(path):
        raise SourceError(f"{path} is no recording of a dashboard; 'dfs-tui --record FILE' makes one")
    for number, line in enumerate(lines[1:-1], 2):  # what is behind the last line break was cut off
        try:
            kept = json.loads(line)
            yield float(kept["at"]), float(kept["wall"]), convert(kept["event"], KINDS[kept["kind"]], strict=False)
        except (ValueError, TypeError, LookupError, ValidationError) as error:
            raise SourceError(f"{path} is damaged: line {number} is not understood") from error


def replayed(clock: Clock, path: str, speed: float = 1.0) -> Source:
    """What plays the recording in this file."""
    return ReplaySource(Path(path), clock, speed)


class ReplaySource(LateSource):
    """A recording, played at `speed` times the speed of then."""

    def __init__(self, path: Path, clock: Clock, speed: float = 1.0) -> None:
        super().__init__(lambda: self)
        self._path, self._clock, self._speed = path, clock, speed

    @property
    def _source(self) -> Source:
        raise SourceError("this is a recording: there is nobody who could do that", everything=True)

    async def watch(self, emit: Emit) -> None:
        try:
            kept = await asyncio.to_thread(lambda: list(read(self._path.expanduser())))
        except SourceError as error:
            emit(events.SourceFailed(str(error)))
            return
        began = self._clock.now()
        for at, wall, event in kept:
            due = began + at / self._speed
            if due > self._clock.now():
                await self._clock.sleep(due - self._clock.now())
            emit(self._as_of_now(event, at, wall))
        length = fmt.duration(kept[-1][0]) if kept else "nothing"
        emit(events.Noted(Level.INFO, f"The recording is over ({length}); what is on screen is its last picture"))
        await asyncio.Event().wait()

    def _as_of_now(self, event: SourceEvent, at: float, wall: float) -> SourceEvent:
        match event:
            case events.SourceOpened():
                return replace(event, label=f"recording of {event.label}", can_run_nodes=False, attached="")
            case events.NodeReported(report=report) if report.health_age_s > 0:  # what is older than what is told by it
                return replace(event, report=replace(report, health_age_s=report.health_age_s / self._speed))
            case events.LinkLost() if event.retry_at >= 0:
                return replace(event, retry_at=self._clock.now())
            case events.Noted(wall_s=0.0):
                return replace(event, wall_s=wall)
        return event

    def refresh(self) -> None:
        """It says what was said, when its time has come."""

    async def close(self, *, stop_nodes: bool) -> None:
        """There is nothing to let go of."""

    def nodes_to_stop(self) -> tuple[str, ...]:
        return ()
