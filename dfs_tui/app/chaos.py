"""`:chaos`: for a while local nodes are killed or frozen, and links cut, to watch the cluster get over it."""

from __future__ import annotations

import asyncio

from dfs_tui.app.leaving import Leaving
from dfs_tui.app.members import MemberActions
from dfs_tui.bridge import Bridge
from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.view import format as fmt
from dfs_tui.view.chaos import SECONDS_DEFAULT, NoPlan, Plan, Step, plan, seconds_of, with_slow_links, words
from dfs_tui.view.consequences import consequences
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.nodes import GONE, NodeRow, node_rows
from dfs_tui.view.peers import PeerLink, peer_links
from dfs_tui.view.values import Level


class Chaos(Leaving, MemberActions):
    """One plan at a time. Whatever ends it: what it killed is started, what it froze goes on, what it cut is mended."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self._chaos: Plan | None = None
        self._victims: list[str] = []  # killed by the plan and not started again yet
        self._cut: list[PeerLink] = []  # and the links that it has cut

    def make_chaos(self, arguments: tuple[str, ...]) -> None:
        """`[30s] [SEED]`, or `stop`. Asks before anything happens."""
        if arguments == ("stop",):
            self._stop_chaos()
            return
        try:
            made = self._planned(arguments)
        except NoPlan as error:
            self.say(f"No chaos: {error}", Level.WARNING)
            return
        sheet = ConfirmSheet("Chaos?", words(made), [Choice("c", "chaos", "Do it")], self.glyphs, danger=True)
        self.push_screen(sheet, lambda answer: self._begin(made) if answer else None)

    def _planned(self, arguments: tuple[str, ...]) -> Plan:
        if self.read_only:
            raise NoPlan("this dashboard was opened with --read-only")
        if not self.bridge.view.can_run_nodes:
            raise NoPlan("it is for clusters whose nodes run on this machine")
        if self._chaos is not None:
            raise NoPlan("it is under way already; ':chaos stop' ends it")
        duration, seed = (*arguments, "", "")[:2]
        if seed and not seed.isdecimal():
            raise NoPlan(f"the seed is a number, not '{seed}'")
        running = [row.id for row in self._rows() if row.local and row.node and row.state not in GONE]
        seconds = seconds_of(duration) if duration else SECONDS_DEFAULT
        made = plan(running, seconds, int(seed) if seed else int(self.bridge.wall()) % 10_000)
        return with_slow_links(made, running) if self.bridge.view.generated else made

    def _rows(self) -> list[NodeRow]:
        return node_rows(self.bridge.view, self.bridge.now())

    def _begin(self, made: Plan) -> None:
        self._chaos = made
        self.enter("cluster")
        self.run_worker(self._wreak(made), name="chaos", group="chaos", exclusive=True, exit_on_error=False)

    async def _wreak(self, made: Plan) -> None:
        bridge, began = self.bridge, self.bridge.now()
        bridge.note(Level.WARNING, f"Chaos begins: {made.seconds:.0f} s, seed {made.seed}")
        for step in made.steps:
            await bridge.clock.sleep(max(began + step.at_s - bridge.now(), 0.0))
            await self._take(step)
        self._chaos = None
        counts = ((len(made.kills), "kill"), (len(made.freezes), "freeze"), (len(made.cuts), "cut"))
        planned = ", ".join(fmt.plural(count, what) for count, what in counts if count)
        bridge.note(Level.INFO, f"Chaos is over ({planned} planned), every node runs again")

    async def _take(self, step: Step) -> None:
        if step.deed == "kill":
            await self._kill(step.node)
        elif step.deed == "freeze":
            await self._freeze(step)
        elif step.deed == "slow":
            await self._slow(step)
        elif step.deed == "cut":
            await self._part(step)
        elif step.deed == "mend":
            await self._mend()
        elif step.node in self._victims:
            await self._start_again(step.node)

    def _to_do_without(self, name: str) -> NodeRow | None:
        """The node's row, if the cluster can do without it now; says so if it cannot."""
        row = next((row for row in self._rows() if row.id == name and row.state not in GONE), None)
        if row is None or consequences(self.bridge.view, row).grave:
            self.bridge.note(
                Level.INFO, f"Chaos leaves {name} alone: not everything could be read or stored without it"
            )
            return None
        return row

    async def _kill(self, name: str) -> None:
        if self._to_do_without(name) is not None:
            self._victims.append(name)
            await self.bridge.run_node("kill", name)

    async def _freeze(self, step: Step) -> None:
        """Until it goes on; a cancelled plan lets it go on at once, and so does the end of this program."""
        row = self._to_do_without(step.node)
        if row is not None:
            await self.bridge.freeze_node(step.node, row.pid, step.for_s)

    async def _part(self, step: Step) -> None:
        """The node refuses it where it would not reach a majority any more, and says so."""
        links = peer_links(self.bridge.view)
        link = next((each for each in links if (each.seen_by, each.name) == (step.node, step.other)), None)
        if link is not None and not link.banned_s:
            self._cut.append(link)
            await self.bridge.ban_for(link, step.for_s, f"{step.for_s:.0f}s")

    async def _slow(self, step: Step) -> None:
        """It is fast again by itself."""
        links = peer_links(self.bridge.view)
        link = next((each for each in links if (each.seen_by, each.name) == (step.node, step.other)), None)
        if link is not None:
            await self.bridge.slow_link(link, step.for_s)

    async def _mend(self) -> None:
        banned = {link.id for link in peer_links(self.bridge.view) if link.banned_s}
        cut, self._cut = self._cut, []
        for link in cut:
            if link.id in banned:
                await self.bridge.allow(link)

    async def _start_again(self, name: str) -> None:
        self._victims.remove(name)
        await self.bridge.run_node("start", name)

    def _stop_chaos(self) -> None:
        if self._chaos is None:
            self.say("There is no chaos to stop.", Level.WARNING)
            return
        self._cancel()
        self.bridge.note(Level.INFO, "Chaos is stopped; what it killed is started again, what it cut is mended")
        self.run_worker(self._calm(), name="calm", group="nodes", exit_on_error=False)

    def _cancel(self) -> None:
        self._chaos = None
        self.workers.cancel_group(self, "chaos")

    async def _calm(self) -> None:
        await asyncio.gather(self._mend(), *(self._start_again(name) for name in list(self._victims)))

    async def _close(self, *, stop_nodes: bool) -> None:
        self._cancel()
        if not stop_nodes:
            await self._calm()
        await super()._close(stop_nodes=stop_nodes)

    async def _switch(self, label: str) -> None:
        """Its nodes are those of the cluster that is left."""
        if self._chaos is not None:
            self._cancel()
            await self._calm()
        await super()._switch(label)
