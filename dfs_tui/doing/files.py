"""Storing, retrieving and removing, from the wish to the outcome: each run ends in an event, whatever happens.

Of all transfers together only so many files are on their way at once; whose turn is next goes by priority. One file
that fails does not stop the others; what concerns all of them (no majority, no space) does. What failed or was
cancelled can be tried again: only the files that are not there yet.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path

from dfs_tui.doing.desk import Desk
from dfs_tui.doing.gate import Gate
from dfs_tui.doing.store_run import StoreRun, Tell
from dfs_tui.doing.turns import Turns
from dfs_tui.messages import RetrieveRequested, StoreRequested
from dfs_tui.sources import files, opener
from dfs_tui.sources.base import Clock, Source, SourceError
from dfs_tui.view import format as fmt
from dfs_tui.view.events import (
    FinishedCleared,
    TransferAdvanced,
    TransferEnded,
    TransferHeld,
    TransferPrioritised,
    TransferQueued,
)
from dfs_tui.view.plan import Plan, Scan
from dfs_tui.view.transfers import PRIORITY_MAX
from dfs_tui.view.values import Direction, Level, Taken, TransferState

FILES_AT_ONCE = 4  # files of all transfers together that are on their way; more only makes each one slower
SMALL_AT_ONCE = 32  # small ones wait for disks and majorities, not for bytes, and many of them share one wait
SMALL_BYTES = 1 << 20
FAILURES_NOTED_MAX = 20  # lines in the log for one transfer's failures


class FileDeeds(Desk):
    """Transfers of this dashboard."""

    def __init__(self, source: Source, clock: Clock) -> None:
        super().__init__(source, clock)
        self._large = Turns(FILES_AT_ONCE)
        self._small = Turns(SMALL_AT_ONCE)
        self._choosing = asyncio.Lock()
        self._reserved: set[str] = set()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._gates: dict[str, Gate] = {}
        self._priorities: dict[str, int] = {}  # of those that are under way and have one
        self._again: dict[str, StoreRequested | RetrieveRequested] = {}

    @property
    def carrying(self) -> int:
        """How many transfers of this dashboard are under way or wait, also where the picture does not say so yet."""
        return len(self._running)

    # -- looking at this machine

    async def scan(self, paths: Sequence[str]) -> Scan | str:
        """What storing these paths would store; or why that cannot be said."""
        try:
            return await files.scan(paths)
        except SourceError as error:
            return str(error)

    async def list_folder(self, folder: str) -> Sequence[str]:
        """Names in a folder of this machine; none when it cannot be read."""
        try:
            return await files.list_folder(folder)
        except SourceError:
            return ()

    async def is_folder(self, place: str) -> bool:
        """Is there a folder now? One whose disk does not answer is none."""
        try:
            return await files.is_folder(place)
        except SourceError:
            return False

    async def open_file(self, path: str) -> None:
        """Hand a file to the program that this system opens it with. How that went is said."""
        shown = fmt.tilde(path, str(Path.home()))
        done = self.begin(f"{opener.program()} {fmt.in_a_shell(shown)}")
        try:
            await opener.open_file(path)
        except SourceError as error:
            self.note(Level.ERROR, f"Not opened: {error} ({shown})")
            self.end(done, str(error), failed=True)
        else:
            self.note(Level.INFO, f"Opened {shown}")
            self.end(done, "opened")

    async def may_run(self, path: str) -> bool:
        """Is opening this file perhaps running it?"""
        try:
            return await opener.may_run(path)
        except SourceError:
            return True

    async def dropped_paths(self, text: str) -> Sequence[str]:
        """The existing paths that a drop or paste names."""
        try:
            return await files.dropped_paths(text)
        except SourceError as error:
            self.note(Level.ERROR, str(error))
            return ()

    # -- what is under way

    def _turn(self, name: str, size_bytes: int) -> AbstractAsyncContextManager[None]:
        """The turn of a file of this size that belongs to the transfer `name`."""
        turns = self._small if size_bytes < SMALL_BYTES else self._large
        return turns.turn(lambda: self._priorities.get(name, 0))

    def cancel(self, name: str) -> bool:
        """Cancel an own transfer; False when it is not one, or over."""
        task = self._running.get(name)
        return task is not None and task.cancel()

    def hold(self, name: str) -> bool | None:
        """Pause an own transfer, or let it go on; True when it is paused now, None when it is not one, or over."""
        gate = self._gates.get(name)
        if gate is None:
            return None
        if gate.paused:
            gate.resume()
        else:
            gate.pause()
        self.receive(TransferHeld(name, gate.paused))
        return gate.paused

    def prioritise(self, name: str, step: int) -> int | None:
        """Let an own transfer go before or after others; its priority now, None when it is not one, or over.

        It decides who is next: what is on its way goes on.
        """
        if name not in self._running:
            return None
        before = self._priorities.get(name, 0)
        priority = self._priorities[name] = min(max(before + step, -PRIORITY_MAX), PRIORITY_MAX)
        self.receive(TransferPrioritised(name, priority))
        return priority

    def again(self, name: str) -> StoreRequested | RetrieveRequested | None:
        """What is left to do of a transfer that failed or was cancelled; asking takes it away."""
        return self._again.pop(name, None)

    def clear_finished(self) -> None:
        """Forget transfers that are over."""
        self.receive(FinishedCleared())

    # -- wishes

    async def store(self, wish: StoreRequested) -> bool:
        """Store all files of the plan. True when all of them are."""
        plan = wish.plan
        name = self._new_id()
        keys = frozenset(file.key for file in plan.files)
        origin = fmt.tilde(wish.origin, str(Path.home()))
        many = len(plan.files)
        self.receive(TransferQueued(name, Direction.STORE, plan.name, plan.size_bytes, many, keys, origin))
        done = self.begin(store_line(wish))
        with self._under_way(name) as gate:
            run = StoreRun(self.source.store, lambda size: self._turn(name, size), gate, plan.files, self._told(name))
            try:
                await run.carry_out(SMALL_AT_ONCE)
            except asyncio.CancelledError:
                self._keep(name, run, wish)
                self.receive(TransferEnded(name, TransferState.CANCELLED, run.said_when_cancelled()))
                self.end(done, "cancelled", failed=True)
                raise
        self._keep(name, run, wish)
        self._end_store(name, plan, run, done)
        return not run.failures

    def _told(self, name: str) -> Tell:
        return lambda *through: self.receive(TransferAdvanced(name, *through))

    def _keep(self, name: str, run: StoreRun, wish: StoreRequested) -> None:
        left = run.left()
        if left:
            self._again[name] = StoreRequested(wish.plan.only(left), wish.origin)

    def _end_store(self, name: str, plan: Plan, run: StoreRun, done: str) -> None:
        said = plan.name
        if not run.failures:
            self.receive(TransferEnded(name, TransferState.DONE))
            many = f" ({fmt.plural(len(run.files), 'file')})" if len(run.files) > 1 else ""
            same = f"; {fmt.count(len(plan.passed))} had the same content already" if plan.passed else ""
            self.note(Level.INFO, f"Stored {said}{many}{same}")
            self.end(done, fmt.plural(len(run.files), "file"))
            return
        for item, why in run.failures[:FAILURES_NOTED_MAX]:
            self.note(Level.ERROR, f"{item.key} was not stored: {why}")
        first = run.failures[0][1]
        left = len(run.files) - run.files_done
        text = first if len(run.files) == 1 else f"{left} of {len(run.files)} files were not stored: {first}"
        if len(run.failures) > 1 or left > 1:
            self.note(Level.ERROR, f"{said}: {text}")
        self.receive(TransferEnded(name, TransferState.FAILED, text))
        self.end(done, text, failed=True)

    async def retrieve(self, wish: RetrieveRequested) -> str:
        """Write one version of a key to the place that was chosen. The path of what is there now; empty: nothing."""
        done = self.begin(retrieve_line(wish))
        try:
            async with self._choosing:  # or two of the same name would choose the same free path
                path, exists = await self._place(wish)
                if not (exists and wish.taken is Taken.SKIP):
                    self._reserved.add(path)
        except SourceError as error:
            self.note(Level.ERROR, f"{wish.key} was not retrieved: {error}")
            self.end(done, str(error), failed=True)
            return ""
        name = self._new_id()
        shown = fmt.tilde(path, str(Path.home()))
        keys = frozenset((wish.key,))
        self.receive(TransferQueued(name, Direction.RETRIEVE, wish.key, wish.size_bytes, 1, keys, shown))
        if exists and wish.taken is Taken.SKIP:
            return self._skipped(name, wish, path, done)
        try:
            with self._under_way(name) as gate:
                written = await gate.pass_through(lambda: self._write(name, wish, path))
        except asyncio.CancelledError:
            self._again[name] = wish
            self.receive(TransferEnded(name, TransferState.CANCELLED, "nothing was written"))
            self.end(done, "cancelled", failed=True)
            raise
        except SourceError as error:
            self._again[name] = wish
            self.receive(TransferEnded(name, TransferState.FAILED, str(error)))
            self.note(Level.ERROR, f"{wish.key} was not retrieved: {error}")
            self.end(done, str(error), failed=True)
            return ""
        finally:
            self._reserved.discard(path)
        if not written:  # somebody made one meanwhile
            return self._skipped(name, wish, path, done)
        shown = fmt.tilde(written, str(Path.home()))
        self.receive(TransferEnded(name, TransferState.DONE, place=shown, path=written))
        self.note(Level.INFO, f"Retrieved {wish.key} to {shown}" + (", replacing what was there" if exists else ""))
        self.end(done, shown)
        return written

    def _skipped(self, name: str, wish: RetrieveRequested, path: str, done: str) -> str:
        shown = fmt.tilde(path, str(Path.home()))
        self.receive(TransferEnded(name, TransferState.SKIPPED, f"{shown} is there already", shown, path))
        self.note(Level.INFO, f"Skipped {wish.key}: {shown} is there already")
        self.end(done, "skipped")
        return path

    async def _place(self, wish: RetrieveRequested) -> tuple[str, bool]:
        """The path to write, and whether there is a file already, which is then to be skipped or replaced."""
        reserved = frozenset(self._reserved)
        if wish.taken is Taken.NUMBER:
            return await files.place_for(wish.place, wish.leaf, reserved), False
        return await files.exact_place_for(wish.place, wish.leaf, reserved)

    async def _write(self, name: str, wish: RetrieveRequested, path: str) -> str:
        tell = self._told(name)
        async with self._turn(name, wish.size_bytes):
            tell(0, 0, 0)
            return await self.source.retrieve(
                wish.key, path, lambda moved: tell(moved, 0, 0), version=wish.version, taken=wish.taken
            )

    @contextmanager
    def _under_way(self, name: str) -> Iterator[Gate]:
        task = asyncio.current_task()
        assert task is not None
        self._running[name] = task
        gate = self._gates[name] = Gate()
        try:
            yield gate
        finally:
            del self._running[name], self._gates[name]
            self._priorities.pop(name, None)

    def _new_id(self) -> str:
        self._serial += 1
        return f"own/{self._serial:06}"


def store_line(wish: StoreRequested) -> str:
    """How the command line would store it."""
    path = fmt.tilde(wish.origin, str(Path.home()))
    key = f" --key {shlex.quote(wish.plan.name)}" if len(wish.plan.files) == 1 else ""
    return f"dfs-core store {fmt.in_a_shell(path)}{key}"


def retrieve_line(wish: RetrieveRequested) -> str:
    """How the command line would retrieve it."""
    version = f" --version {wish.version}" if wish.version else ""
    taken = "replace" if wish.taken is Taken.OVERWRITE else wish.taken
    return f"dfs-core retrieve {shlex.quote(wish.key)} -o {fmt.in_a_shell(wish.place)}{version} --if-exists {taken}"
