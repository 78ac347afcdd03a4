"""Upkeep that is asked for: keys verified, copies brought where they belong at once, how fast that may go."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from dfs_tui.doing.desk import Desk
from dfs_tui.sources.base import SourceError
from dfs_tui.view import format as fmt
from dfs_tui.view.events import RepairLimitAsked
from dfs_tui.view.values import Level, Verified


class UpkeepDeeds(Desk):
    """What came of it is said in one line each."""

    async def verify(self, keys: Sequence[str]) -> None:
        """Have every copy of these keys re-read, one key after the other."""
        for key in keys:
            begun = self.begin(f"dfs-core verify {shlex.quote(key)}")
            self.note(Level.INFO, f"Verifying {key} ...")
            try:
                found = await self.source.verify(key)
            except SourceError as error:
                self.note(Level.ERROR, f"{key} was not verified: {error}")
                self.end(begun, str(error), failed=True)
            else:
                level, said = verified_words(found)
                self.note(level, f"{key}: {said}")
                self.end(begun, said, failed=level is not Level.INFO)

    async def repair_now(self) -> None:
        """Let nothing that is to be healed wait for its turn."""
        begun = self.begin("dfs-core repair")
        try:
            hurried = await self.source.repair_now()
        except SourceError as error:
            self.note(Level.ERROR, f"nothing was hurried: {error}")
            self.end(begun, str(error), failed=True)
        else:
            said = f"{fmt.plural(hurried, 'node')} at once do what waited for its turn"
            self.note(Level.INFO, said)
            self.end(begun, said)

    def ask_limit(self, bytes_s: int) -> None:
        """Show at once how fast healing is going to go."""
        self.receive(RepairLimitAsked(bytes_s))

    async def limit_repair(self, bytes_s: int) -> None:
        """How fast healing may go in the whole cluster."""
        begun = self.begin(f"dfs-core settings repair_bytes_s {bytes_s}")
        said = f"Healing may take {fmt.rate(bytes_s)} on each node" if bytes_s else "Healing may take all there is"
        try:
            await self.source.limit_repair(bytes_s)
        except SourceError as error:
            self.receive(RepairLimitAsked(-1))
            self.note(Level.ERROR, f"how fast healing may go is as before: {error}")
            self.end(begun, str(error), failed=True)
        else:
            self.note(Level.INFO, said)
            self.end(begun, said)


def verified_words(found: Verified) -> tuple[Level, str]:
    """What re-reading has found, and how much it matters."""
    if not found.chunks:
        return Level.INFO, "nothing to verify: it is kept in the catalog itself, on every full node"
    if found.lost:
        return Level.ERROR, f"{fmt.plural(found.lost, 'chunk')} of {fmt.count(found.chunks)} without a good copy"
    bad = [
        fmt.plural(count, f"{what} copy", f"{what} copies")
        for count, what in ((found.damaged, "damaged"), (found.missing, "missing"), (found.unreachable, "unreachable"))
        if count
    ]
    good = fmt.plural(found.good, "good copy", "good copies")
    if bad:
        return Level.WARNING, f"{good}, {', '.join(bad)}; what is bad or missing is being replaced"
    return Level.INFO, f"verified, {good} of {fmt.plural(found.chunks, 'chunk')}"
