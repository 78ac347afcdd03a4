"""The command line and the palette: a line that was understood is done by what its key would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dfs_tui.app.chaos import Chaos
from dfs_tui.app.copying import Copying
from dfs_tui.app.frame import VIEW_NAMES
from dfs_tui.app.links import LinkActions
from dfs_tui.app.lists import ListActions
from dfs_tui.app.remembering import Remembering
from dfs_tui.app.versions import VersionActions
from dfs_tui.app.workers import WorkerActions
from dfs_tui.keys import ACTIONS, shown_keys
from dfs_tui.view import commands
from dfs_tui.view import format as fmt
from dfs_tui.view.commands import Command, Known, Offer
from dfs_tui.view.complete import expand, split
from dfs_tui.view.filter import size_of
from dfs_tui.view.new_node import read_words
from dfs_tui.view.nodes import node_rows
from dfs_tui.view.patterns import is_pattern, keys_meant
from dfs_tui.view.plan import AT_ONCE_BYTES
from dfs_tui.view.remembered import COMMANDS_MAX, DROPS
from dfs_tui.view.sort import COLUMNS, Order
from dfs_tui.view.transfer_tabs import NAMES
from dfs_tui.view.typed_path import path_offers, typed_path
from dfs_tui.view.values import Level, NewNode, Taken
from dfs_tui.view.worker_rows import worker_rows

if TYPE_CHECKING:
    from dfs_tui.sheets.prompt import PromptSheet

_LINE, _PALETTE = "Command", "What to do?"

# Commands that are an action of the key table and nothing else.
_ACTIONS = {
    "freeze": "freeze",
    "copy": "copy",
    "undo": "undo",
    "redo": "redo",
    "help": "help",
    "quit": "quit",
    "rm": "remove",
    "retrieve": "retrieve",
    "history": "history",
    "verify": "verify",
}


class Commanding(Chaos, Copying, ListActions, VersionActions, WorkerActions, LinkActions, Remembering):
    """Whatever a command does asks the same questions as its key."""

    def _do_command(self) -> None:
        self._prompt(palette=False)

    def _do_palette(self) -> None:
        self._prompt(palette=True)

    def _prompt(self, *, palette: bool) -> None:
        from dfs_tui.sheets.prompt import PromptSheet  # sheets are imported when one is opened

        title = _PALETTE if palette else _LINE
        if not self.is_screen_installed(title):
            self._make_prompt(title)
        sheet = self.get_screen(title, PromptSheet)
        if sheet not in self.screen_stack:
            sheet.begin(self._offers(title), self.remembered.commands)
            self.push_screen(sheet, self._after_prompt)

    def _make_prompt(self, title: str) -> PromptSheet:
        """One of the two sheets, which are kept."""
        from dfs_tui.sheets.prompt import PromptSheet

        sheet = PromptSheet(
            title,
            self._offers(title),
            self.glyphs,
            past=self.remembered.commands,
            palette=title == _PALETTE,
            paths=self._paths,
        )
        self.install_screen(sheet, title)
        return sheet

    def _offers(self, title: str) -> Callable[[str], list[Offer]]:
        """How a line could go on, from what is known now."""
        known = self._known()
        return lambda text: [*(self._actions(text) if title == _PALETTE else ()), *commands.offers(text, known)]

    async def make_views(self, views: Sequence[str] = VIEW_NAMES) -> None:
        """With the last view, the command line is made as well: opening it is then no more than painting it."""
        await super().make_views(views)
        if views is VIEW_NAMES and not self.is_screen_installed(_LINE):
            sheet = self._make_prompt(_LINE)
            _, mounted = self._get_screen(sheet)  # as pushing it does
            await mounted
            sheet.prepare(self.size)

    async def _paths(self, line: str) -> Sequence[Offer]:
        """How the path at the end of the line could go on, if it ends in one."""
        typed = typed_path(line)
        if typed is None:
            return ()
        home = str(Path.home())
        return path_offers(typed, await self.bridge.list_folder(split(typed.text, home)[1]), home)

    def _known(self) -> Known:
        rows = node_rows(self.bridge.view, self.bridge.now())
        return Known(
            keys=self.bridge.keys.visible if self.view_name == "keys" else self.bridge.keys.entries,
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
                shown = f"{shown_keys(action):<13} {action.label}"
                found.append(Offer(f"!{action.id} {action.label}", action.text, shown))
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
        if command.cluster and not await self.reach_cluster(command.cluster):
            return
        match name:
            case "node":
                await self._obey_node(words)
            case "attach" | "demo":
                await self.attach(" ".join(words) or name)
            case "repair" if words:
                await self._limit_repair(words[-1])
            case "retrieve":
                await self._obey_retrieve(command)
            case "rm" | "history" | "verify":
                if await self._choose_keys(" ".join(words), words):
                    self.perform(_ACTIONS[name])
            case "cluster" if words:
                self.go_to_cluster(" ".join(words))
            case "peers" if words:
                await self.obey_link_command(words)
            case "workers" if not words:
                await self._go("repair")
            case _ if name in commands.ADDRESSES:
                await self._go(name)
                self.filter_by(command.filter)
                if words:
                    self._turn_to(words[0])
            case _:
                self._obey_simple(name, command)

    def _obey_simple(self, name: str, command: Command) -> None:
        match name:
            case "store":
                paths, folder = command.parted("as")
                self.open_store([expand(path, str(Path.home())) for path in paths], folder)
            case "open":
                self.open_retrieved()
            case "drop":
                self._say_drop(command.rest)
            case "up":
                self.bring_up(command.words)
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

    def open_retrieved(self) -> None:
        """Open the selected retrieved file, else the one retrieved last."""

    def begin_guide(self) -> None:
        """Say the first steps, one after the other."""

    async def _go(self, view: str) -> None:
        await self.make_views((view,))
        self.enter(view)

    async def _choose_keys(self, wanted: str, words: Sequence[str]) -> bool:
        """Put the cursor on the key that is meant, or mark all that a pattern means. False: there is none."""
        await self._go("keys")
        if not words:
            return True
        entries = self.bridge.keys.entries
        found = keys_meant(wanted, entries)
        if not found:
            what = "No key matches" if is_pattern(wanted) else "There is no key"
            self.say(f"{what} {wanted}", Level.WARNING)
            return False
        self.bridge.marks.drop()
        self.filter_by("")
        if wanted in entries:
            self.keys_pane.table.select(wanted)
        else:
            self.bridge.marks.mark(found)
            self.keys_pane.table.select(found[0])
            self.draw()
        return True

    async def _obey_retrieve(self, command: Command) -> None:
        command, taken = command.without_taken()
        words, place = command.parted("to")
        if await self._choose_keys(" ".join(words), words):
            if place or taken is not Taken.NUMBER:
                self.retrieve_to(place, taken)
            else:
                self.perform("retrieve")

    def _turn_to(self, tab: str) -> None:
        if tab not in NAMES:
            self.say(f"Transfers are {', '.join(NAMES)}; not '{tab}'.", Level.WARNING)
            return
        self.show_tab(tab)

    async def _obey_node(self, words: tuple[str, ...]) -> None:
        deed, *names = words
        action = commands.DEEDS[deed]
        await self._go("nodes")
        if deed == "add":
            new = read_words(names)
            assert isinstance(new, NewNode)  # it was understood
            self.perform("add") if self.read_only else self.open_add(new)
            return
        if names and not self._choose_nodes(names):
            return
        if deed in ("drain", "undrain") and self.offers(action):
            self.ask_drain(self.meant_nodes(), undo=deed == "undrain")  # the key is for both, a word for one
        elif self.offers(action):
            self.do(action)  # also where its key means something else
        else:
            self.perform(action)

    def _choose_nodes(self, names: Sequence[str]) -> bool:
        """Put the cursor on the node that is meant, or mark all that are; False: one of them is not there."""
        rows = {key: row.id for row in node_rows(self.bridge.view, self.bridge.now()) for key in (row.id, row.name)}
        marks, table = self.bridge.row_marks["nodes"], self.pane.main_table()
        for name in names:
            if name not in rows or not table.select(rows[name]):
                self.say(f"There is no node {name}", Level.WARNING)
                return False
        marks.drop()
        if len(names) > 1:
            marks.mark(rows[name] for name in names)
        self.draw()
        return True

    async def _limit_repair(self, rate: str) -> None:
        bytes_s = size_of(rate)
        if bytes_s is None:
            self.say(f"How fast? 80M is 80 MiB a second, 0 as fast as it can; not '{rate}'.", Level.WARNING)
        elif self.read_only:
            self.say("This dashboard was opened with --read-only.", Level.WARNING)
        else:
            await self.bridge.limit_repair(bytes_s)

    def _say_drop(self, wanted: str) -> None:
        """What is done with a small file that is dropped: from now on, or now."""
        if wanted and wanted not in DROPS:
            self.say(f"A dropped file is stored with drop {' or drop '.join(DROPS)}; not '{wanted}'.", Level.WARNING)
            return
        self.remembered = replace(self.remembered, drop=wanted or self.remembered.drop)
        at_once = self.remembered.drop == "instant"
        small = f"A file of less than {fmt.size(AT_ONCE_BYTES)} with a new key"
        self.say(f"{small} is stored at once when dropped; z takes it back." if at_once else "Every drop asks first.")

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
