"""Background workers: pause them, let them go on, set their pace; have chunks checked or freed now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

from dfs_tui.doing.desk import Desk
from dfs_tui.sources.base import SourceError
from dfs_tui.view import format as fmt
from dfs_tui.view.values import Level
from dfs_tui.view.worker_actions import WorkerAt, WorkerWish, done_words, line_of


class WorkerDeeds(Desk):
    """Each node is asked for itself; those that do not answer are named."""

    async def set_workers(self, wish: WorkerWish, chosen: Sequence[WorkerAt]) -> None:
        """Do what is wished with these workers, all at once."""
        begun = self.begin(line_of(wish))
        failed = await self._each(
            [(at.node, self.source.set_worker(at.link, at.worker, wish.deed, wish.pace)) for at in chosen]
        )
        done = [at for at in chosen if at.node not in failed]
        self._conclude(begun, done_words(wish, done) if done else "", failed, careful=wish.deed == "pause")

    async def scrub(self, nodes: Sequence[tuple[str, str]], *, everywhere: bool) -> None:
        """Have nodes (link and name) re-read all of their chunks now."""
        begun = self.begin(":scrub" if everywhere else f":scrub {nodes[0][1]}")
        failed = await self._each([(name, self.source.start_scrub(link)) for link, name in nodes])
        done = [name for _, name in nodes if name not in failed]
        verb = "re-reads all of its chunks" if len(done) == 1 else "re-read all of their chunks"
        self._conclude(begun, f"{fmt.listed(done, 'nodes')} now {verb}; 7 shows how far" if done else "", failed)

    async def collect(self) -> None:
        """Free what nothing refers to any more and has waited for its grace time."""
        begun = self.begin("dfs-core collect")
        try:
            found = await self.source.collect()
        except SourceError as error:
            self._conclude(begun, "", {"": str(error)})
            return
        amount = f"{fmt.plural(found.chunks, 'chunk')} of {fmt.size(found.size_bytes)}"
        waits = f"; {fmt.plural(found.waiting, 'more')} wait for their grace time" if found.waiting else ""
        said = f"Nothing is collected now: {found.off}" if found.off else f"{amount} are being freed{waits}"
        self._conclude(begun, said, {})

    @staticmethod
    async def _each(asked: Sequence[tuple[str, Awaitable[None]]]) -> dict[str, str]:
        """Who failed, and why."""
        found = await asyncio.gather(*(call for _, call in asked), return_exceptions=True)
        failed: dict[str, str] = {}
        for (name, _), error in zip(asked, found, strict=True):
            if isinstance(error, SourceError):
                failed[name] = str(error)
            elif error is not None:
                raise error
        return failed

    def _conclude(self, begun: str, done: str, failed: dict[str, str], *, careful: bool = False) -> None:
        for name, why in failed.items():
            self.note(Level.ERROR, f"{name}: {why}" if name else why)
        if done:
            self.note(Level.WARNING if careful else Level.INFO, done)
        first = next(iter(failed.values()), "")
        self.end(begun, first or done, failed=bool(failed))
