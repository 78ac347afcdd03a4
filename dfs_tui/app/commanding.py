"""The command line and the palette: a line that was understood is done by what its key would do."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.app.chaos import Chaos
from dfs_tui.app.copying import Copying
from dfs_tui.app.lists import ListActions
from dfs_tui.app.remembering import Remembering
from dfs_tui.app.versions import VersionActions
from dfs_tui.app.workers import WorkerActions
from dfs_tui.keys import ACTIONS, shown_keys
from dfs_tui.view import commands
from dfs_tui.view.commands import Command, Known, Offer
from dfs_tui.view.filter import size_of
from dfs_tui.view.nodes import node_rows
from dfs_tui.view.remembered import COMMANDS_MAX
from dfs_tui.view.sort import COLUMNS, Order
from dfs_tui.view.values import Level
from dfs_tui.view.worker_rows import worker_rows

# Commands that are an action of the key table and nothing else.
_ACTIONS = {
    "freeze": "freeze",
    "copy": "copy",
    "undo": "undo",
    "help": "help",
    "quit": "quit",
    "rm": "remove",
    "retrieve": "retrieve",
    "history": "history",
    "verify": "verify",
}
_VIEWS = ("cluster", "nodes", "peers", "keys", "transfers", "logs", "repair", "timeline", "activity")


class Commanding(Chaos, Copying, ListActions, VersionActions, WorkerActions, Remembering):
    """Whatever a command does asks the same questions as its key."""

    def _do_command(self) -> None:
        self._prompt("Command", palette=False)

    def _do_palette(self) -> None:
        self._prompt("What to do?", palette=True)

    def _prompt(self, title: str, *, palette: bool) -> None:
        from dfs_tui.sheets.prompt import PromptSheet  # sheets are imported when one is opened

        known = self._known()

        def offers(text: str) -> list[Offer]:
            return [*(self._actions(text) if palette else ()), *commands.offers(text, known)]

        sheet = PromptSheet(title, offers, self.glyphs, past=self.remembered.commands, palette=palette)
        self.push_screen(sheet, self._after_prompt)

    def _known(self) -> Known:
        rows = node_rows(self.bridge.view, self.bridge.now())
        return Known(
            keys=self.bridge.keys.visible if self.view_name == "keys" else list(self.bridge.keys.entries),
            nodes=[row.name for row in rows],
            themes=sorted(self.available_themes),
            clusters=list(self.clusters_named()),
            sorts=COLUMNS,
            workers=sorted({worker.name for _, worker in worker_rows(self.bridge.view).values()}),
            places=self._places(),
        )

    def _places(self) -> list[str]:
        """Where one may want to go: what was named or gone to before, and where nodes of this cluster listen."""
        gone_to = [line.removeprefix("attach ") for line in self.remembered.commands if line.startswith("attach ")]
        newest = self.bridge.view.freshest
        nodes = [peer.address for peer in newest.report.peers] if newest is not None else []
        found = dict.fromkeys([*self.clusters_named(), *reversed(gone_to), *nodes, "demo"])
        return [place for place in found if place and place != self.shown_cluster]

    def _actions(self, text: str) -> list[Offer]:
        """Actions that can be asked for now and have all the words in what they do."""
        words = text.casefold().split()
        found = []
        for action in ACTIONS:
            said = f"{action.label} {action.text} {action.group}"
            if self.offers(action.id) and all(word in said.casefold() for word in words):
                found.append(Offer(f"!{action.id} {action.label}", f"{shown_keys(action):<12} {action.text}"))
        return found

    def _after_prompt(self, line: str | None) -> None:
        if line is None:
            return
        if line.startswith("!"):
            self.perform(line[1:])
            return
        command = commands.understood(line)
        kept = [each for each in self.remembered.commands if each != command.line]
        self.remembered = replace(self.remembered, commands=(*kept, command.line)[-COMMANDS_MAX:])
        self.run_worker(self.obey(command), name="command", group="command", exit_on_error=False)

    async def obey(self, command: Command) -> None:
        """Do what the line says, by way of what its key does."""
        name, words = command.verb.name, command.words
        if name == "node":
            await self._obey_node(words)
        elif name == "demo":
            await self.attach("demo")
        elif name == "repair" and words:
            await self._limit_repair(words[-1])
        elif name in ("rm", "retrieve", "history", "verify"):
            await self._obey_key(_ACTIONS[name], words)
        elif name in ("keys", "logs"):
            await self._go(name)
            self.filter_by(command.rest)
        elif name == "attach":
            await self.attach(" ".join(words))
        elif name == "cluster" and words:
            self.go_to_cluster(" ".join(words))
        elif name == "workers" and not words:
            await self._go("repair")
        elif name in _VIEWS:
            await self._go(name)
        else:
            self._obey_simple(name, command)

    def _obey_simple(self, name: str, command: Command) -> None:
        match name:
            case "store":
                self.open_store(command.words)
            case "sort":
                self._sort_by(command.words[0])
            case "theme":
                self._wear(command.words[0])
            case "chaos":
                self.make_chaos(command.words)
            case "workers" | "scrub" | "collect":
                self.obey_worker_command(name, command.words)
            case "guide":
                self.begin_guide()
            case _:
                self.perform(_ACTIONS[name])

    def begin_guide(self) -> None:
        """Say the first steps, one after the other."""

    async def _go(self, view: str) -> None:
        await self.make_views((view,))
        self.enter(view)

    async def _obey_key(self, action: str, words: tuple[str, ...]) -> None:
        await self._go("keys")
        if words:
            key = " ".join(words)
            if key not in self.bridge.keys.entries:
                self.say(f"There is no key {key}", Level.WARNING)
                return
            self.bridge.marks.clear()
            self.filter_by("")
            self.keys_pane.table.select(key)
        self.perform(action)

    async def _obey_node(self, words: tuple[str, ...]) -> None:
        deed, *names = words
        action = commands.DEEDS[deed]
        await self._go("nodes")
        if names:
            row = next((r for r in node_rows(self.bridge.view, self.bridge.now()) if names[0] in (r.name, r.id)), None)
            if row is None:
                self.say(f"There is no node {names[0]}", Level.WARNING)
                return
            self.pane.main_table().select(row.id)
        if self.offers(action):
            self.do(action)  # also where its key means something else
        else:
            self.perform(action)

    async def _limit_repair(self, rate: str) -> None:
        bytes_s = size_of(rate)
        if bytes_s is None:
            self.say(f"How fast? 80M is 80 MiB a second, 0 as fast as it can; not '{rate}'.", Level.WARNING)
        elif self.read_only:
            self.say("This dashboard was opened with --read-only.", Level.WARNING)
        else:
            await self.bridge.limit_repair(bytes_s)

    def _sort_by(self, column: str) -> None:
        if column not in COLUMNS:
            self.say(f"Keys are sorted by {', '.join(COLUMNS)}.", Level.WARNING)
            return
        self.bridge.keys.arrange(Order(column), self.bridge.wall())
        self.draw()

    def _wear(self, theme: str) -> None:
        if self.no_color:
            self.say("NO_COLOR is set, so there is no theme.", Level.WARNING)
        elif theme not in self.available_themes:
            self.say(f"There is no theme {theme}; tab behind :theme lists them.", Level.WARNING)
        else:
            self.theme = theme
