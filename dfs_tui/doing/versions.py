"""Keys and their pasts: remove, undo a removal, look into one, compare two versions, restore one."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from dfs_tui.doing.desk import Desk
from dfs_tui.sources.base import Clock, Source, SourceError
from dfs_tui.view import format as fmt
from dfs_tui.view.compare import TEXT_BYTES_MAX, Comparison, compare
from dfs_tui.view.values import KeyFacts, Level, Version

UNDO_MAX = 20


@dataclass(frozen=True, slots=True)
class Step:
    """Something that can be undone: these keys were removed, or one was stored without a question, as this version."""

    keys: tuple[str, ...]
    stored: int = 0


class VersionDeeds(Desk):
    """What was removed here can be undone for as long as the dashboard is open, and from a key's history after."""

    def __init__(self, source: Source, clock: Clock) -> None:
        super().__init__(source, clock)
        self._steps: list[Step] = []
        self._undone: list[Step] = []

    # -- looking

    async def inspect(self, key: str) -> KeyFacts | str:
        """Everything about a key; or why that cannot be said."""
        try:
            return await self.source.inspect(key)
        except SourceError as error:
            return str(error)

    async def glimpse(self, key: str, version: int) -> bytes | None:
        """The bytes of a version that is known to be small; None when they cannot be read now."""
        try:
            return await self.source.read(key, version)
        except SourceError:
            return None

    async def history(self, key: str) -> tuple[Version, ...] | str:
        """The versions of a key, newest first; or why they cannot be listed."""
        try:
            return await self.source.history(key)
        except SourceError as error:
            return str(error)

    async def compare(self, key: str, old: Version, new: Version) -> Comparison | str:
        """Two versions of a key side by side; or why that cannot be said."""
        try:
            one, other = await asyncio.gather(self._content(key, old), self._content(key, new))
        except SourceError as error:
            return str(error)
        return compare(key, *one, *other)

    async def _content(self, key: str, version: Version) -> tuple[Version, bytes | None]:
        """A version with its hash, and its bytes if they are few."""
        if version.removed:
            return version, None
        facts = await self.source.inspect(key, version.version)
        if version.size_bytes > TEXT_BYTES_MAX:
            return facts.current, None
        return facts.current, await self.source.read(key, version.version)

    # -- changing

    async def remove(self, keys: Sequence[str]) -> None:
        """Remove keys."""
        said = fmt.listed(keys)
        done = self.begin(f"dfs-core rm {_quoted(keys)}")
        try:
            found = await self.source.remove(keys)
        except SourceError as error:
            self.note(Level.ERROR, f"{said} {'was' if len(keys) == 1 else 'were'} not removed: {error}")
            self.end(done, str(error), failed=True)
            return
        self.end(done, f"{fmt.plural(found, 'key')} removed")
        if not found:
            self.note(Level.INFO, f"{said} {'was' if len(keys) == 1 else 'were'} gone already")
            return
        self._did(Step(tuple(keys)))
        self.note(Level.INFO, f"Removed {said}; z brings {'it' if len(keys) == 1 else 'them'} back")

    def _did(self, step: Step) -> None:
        self._steps.append(step)
        del self._steps[:-UNDO_MAX]
        self._undone.clear()

    def next_undo(self) -> tuple[str, ...]:
        """What `undo` would bring back, or take back."""
        return self._steps[-1].keys if self._steps else ()

    def next_redo(self) -> Step | None:
        """What was undone last, and could be done again."""
        return self._undone[-1] if self._undone else None

    async def stored_at_once(self, key: str) -> None:
        """A key was stored without a question: `undo` takes it back while it is this version."""
        try:
            versions = await self.source.history(key)
        except SourceError:
            return  # then it is not taken back: it might be somebody else's
        self._did(Step((key,), versions[0].version))
        self.note(Level.INFO, f"{key} is stored; z takes it back")

    async def undo(self) -> None:
        """Bring back what was removed last, or take back what was stored without a question."""
        step = self._steps.pop()
        if step.stored:
            await self._take_back(step)
        else:
            await self._bring_back(step)

    async def redo(self) -> None:
        """Store again what was taken back; nothing is sent for it."""
        step = self._undone.pop()
        left = self._undone[:]
        if await self.restore(step.keys[0], 0):
            await self.stored_at_once(step.keys[0])
            self._undone[:] = left
        else:
            self._undone.append(step)

    async def _take_back(self, step: Step) -> None:
        key = step.keys[0]
        done = self.begin(f"dfs-core rm {shlex.quote(key)}")
        try:
            newest = (await self.source.history(key))[0]
            if newest.removed or newest.version != step.stored:
                raise SourceError("it is gone already" if newest.removed else "there is another version by now")
            await self.source.remove([key])
        except SourceError as error:
            self.note(Level.ERROR, f"{key} was not taken back: {error}")
            self.end(done, str(error), failed=True)
            return
        self._undone.append(step)
        self.note(Level.INFO, f"Took back {key}; Z stores it again")
        self.end(done, "taken back")

    async def _bring_back(self, step: Step) -> None:
        keys = step.keys
        failed: list[str] = []
        done = self.begin(f"dfs-core restore {_quoted(keys)}")
        for key in keys:
            try:
                await self.source.restore(key, 0)
            except SourceError as error:
                failed.append(f"{key}: {error}")
        for text in failed[:UNDO_MAX]:
            self.note(Level.ERROR, f"Not brought back: {text}")
        back = len(keys) - len(failed)
        if back:
            self._undone.append(step)
            self.note(Level.INFO, f"Brought back {fmt.listed(keys) if not failed else fmt.plural(back, 'key')}")
        self.end(done, f"{fmt.plural(back, 'key')} brought back", failed=bool(failed))

    async def restore(self, key: str, version: int) -> bool:
        """Make an older version the current one again; 0 undoes the removal of a key. True when it is."""
        done = self.begin(f"dfs-core restore {shlex.quote(key)}" + (f" --version {version}" if version else ""))
        try:
            made = await self.source.restore(key, version)
        except SourceError as error:
            self.note(Level.ERROR, f"{key} was not restored: {error}")
            self.end(done, str(error), failed=True)
            return False
        what = f"version {version} of {key}" if version else key
        self.note(Level.INFO, f"Restored {what}; it is version {made} now")
        self.end(done, f"version {made}")
        return True


def _quoted(keys: Sequence[str]) -> str:
    shown = " ".join(shlex.quote(key) for key in keys[:3])
    return shown if len(keys) <= 3 else f"{shown} … ({len(keys)} keys)"
