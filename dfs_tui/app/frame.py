"""The main screen: what is where, drawing it, going from view to view, and answering a key that cannot be obeyed.

It looks four times a second whether something happened (`pump`) and draws then, and after every action of the user;
lines that say the same as before are not painted again, and while nothing moves only the clock goes on. Keys come from
the key table: each action `x` is carried out by the method `_do_x` of one of the classes built on this one.
Whatever waits runs in a worker of the app, which ends without taking the app with it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from dfs_tui.app.failing import Failing
from dfs_tui.app.keeping import Keeper
from dfs_tui.app.main_screen import MainScreen
from dfs_tui.app.themes import THEMES
from dfs_tui.app.views import FIRST, make_pane
from dfs_tui.bridge import Bridge, Changed
from dfs_tui.keys import BOARD, BY_ID, KEYS, READING, SIDE_VIEWS, VIEWS, WITHIN, hints, in_view, meant
from dfs_tui.messages import ActionRequested, RowChosen
from dfs_tui.panes.pane import Pane
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.cluster import Connection
from dfs_tui.view.events import Noted
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.headline import headline, with_clock
from dfs_tui.view.marks import marked_line
from dfs_tui.view.notices import Notices
from dfs_tui.view.picture import Picture
from dfs_tui.view.status import banner, idle_text, notice_line, partial
from dfs_tui.view.transfer_rows import summary_line
from dfs_tui.view.transfers import summarise
from dfs_tui.view.values import Level
from dfs_tui.view.visits import Visits
from dfs_tui.widgets.filter_line import FilterLine
from dfs_tui.widgets.hints import Hints
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.tabs import Tabs
from dfs_tui.widgets.virtual_table import VirtualTable

W = TypeVar("W", bound=Widget)

PUMP_S = 0.25
STILL_S = 5  # between two drawings of a picture in which only figures move
OPENING_S = 0.02  # until a node was heard of: what one waits for is shown as soon as it comes
REST_S = 0.3  # after the first picture, before the views that are not on it are made
WIDTH_MIN, HEIGHT_MIN = 60, 16
VIEW_NAMES = tuple(name for name, _, _ in (*VIEWS, *SIDE_VIEWS))


class Frame(Failing):
    """The main screen with its views, and the line in which the dashboard answers."""

    CSS_PATH = "../styles/dashboard.tcss"
    TITLE = "dfs"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide"), (140, "-xwide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        # Only ctrl+ keys of quit reach over a field that has the focus and over sheets.
        Binding(key, f"press('{key}')", show=False, priority=key in ("ctrl+q", "ctrl+c"))
        for key in KEYS
    ]

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        # Said before the theme is: else the toolkit turns colours into greys, and this theme's into black on black.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.bridge = bridge
        self.glyphs = glyphs
        self._notices = Notices()
        self._drawn_second = self._whole_second = 0
        self._head: Cell = ()
        self.keeper: Keeper | None = None
        self.leaving = ""
        self.read_only = self.docked = False  # docked: what moves is seen without the message line
        self._made = {FIRST}
        self._making = asyncio.Lock()
        self.visits = Visits(FIRST)
        self._wanted = self._wanted_row = ""  # where to go: a view may be asked for before it is made
        self.room = 0  # of the detail: -1 none, 0 beside the table, 1 more than the table
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "ansi-dark" if self.no_color else THEMES[0].name  # Textual's own filter would still send greys

    # -- layout

    def get_default_screen(self) -> MainScreen:
        return MainScreen(id="_default")

    def compose(self) -> ComposeResult:
        yield Lines("headline")
        yield Tabs(VIEWS, SIDE_VIEWS)
        with ContentSwitcher(initial=FIRST, id="views"):
            yield make_pane(FIRST)
        yield Lines("dock")
        with Container(id="message-row"):
            yield Lines("message")
            with Horizontal(id="filter-row"):
                yield Static("/", id="filter-sign", markup=False)
                yield FilterLine()
        yield Hints()
        yield Static("", id="too-small", markup=False)

    def on_mount(self) -> None:
        self.set_class(self.glyphs.box == "ascii", "-ascii")
        self._dress(self.screen)
        self.enter(self.view_name)
        self.run_worker(self.bridge.watch(), name="watch", group="watch", exit_on_error=False)
        self.set_interval(PUMP_S, self._tick)
        self._opening = self.set_interval(OPENING_S, self._open)
        self.set_timer(REST_S, self._make_rest)

    def _dress(self, part: Widget) -> None:
        for lines in part.query(Lines):
            lines.glyphs = self.glyphs
        for table in part.query(VirtualTable):
            table.glyphs = self.glyphs

    def _make_rest(self) -> None:
        if self.keeper is not None:
            self.keeper.begin()
        self.run_worker(self.make_views(), name="views", group="views", exit_on_error=False)

    async def make_views(self, views: Sequence[str] = VIEW_NAMES) -> None:
        """Make those views that are not there yet, one after the other; the last one that was asked for is entered."""
        async with self._making:
            for view in views:
                if view in self._made:
                    continue
                pane = make_pane(view)
                pane.display = False
                await self.main(ContentSwitcher, "#views").mount(pane)
                self._dress(pane)
                self._made.add(view)
                if view == self._wanted:
                    self.enter(view, self._wanted_row)

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        tiny = width < WIDTH_MIN or height < HEIGHT_MIN
        self.screen_stack[0].set_class(tiny, "-tiny")
        if tiny:
            said = f"The window is {width} x {height}.\ndfs needs {WIDTH_MIN} x {HEIGHT_MIN}.\n\nq leaves"
            self.screen_stack[0].query_one("#too-small", Static).update(said)
        self.call_after_refresh(self.draw)
        self.draw_soon()  # what is drawn before everything has its new width is drawn again

    @property
    def view_name(self) -> str:
        """The view on screen."""
        return self.main(ContentSwitcher, "#views").current or "cluster"

    @property
    def keys_view(self) -> str:
        """Whose keys hold now: the view's, or those of the recovery board that the home screen is at times."""
        on_board = self.view_name == WITHIN[BOARD] and self.bridge.picture(self.glyphs).incident is not None
        return BOARD if on_board else self.view_name

    @property
    def has_arrived(self) -> bool:
        """Is the view on screen that was asked for last?"""
        return self.view_name == self._wanted

    @property
    def pane(self) -> Pane:
        """The pane on screen."""
        return self.main(Pane, f"#{self.view_name}")

    @property
    def main_screen(self) -> MainScreen:
        """The screen below all sheets."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    def main(self, kind: type[W], selector: str) -> W:
        """A widget of the main screen, whatever sheet is above it."""
        return self.screen_stack[0].query_one(selector, kind)

    # -- drawing

    def _tick(self) -> None:
        """Nothing happens most of the time, and then this is all there is to do."""
        if self.bridge.waiting or self._notices.waiting or int(self.bridge.wall()) != self._drawn_second:
            self.pump()

    def pump(self) -> None:
        """Take in what happened and draw what changed; what only grows older is drawn once a second."""
        changed = self.bridge.pump() & ~Changed.FIGURES
        if self.keeper is not None:
            self.keeper.keep(self.bridge.key_changes)
        news = self._notices.take(self.bridge.take_notices(), self.bridge.now())
        second = int(self.bridge.wall())
        if changed or news or second != self._drawn_second:
            asked, self._drawn_second = self._drawn_second < 0, second
            still = self._is_still() and second - self._whole_second < STILL_S
            if changed or news or asked or not still:
                self._whole_second = second
                self.draw()
            else:
                wall_s = self.bridge.picture(self.glyphs).wall_s
                self.main(Lines, "#headline").set_lines([with_clock(self._head, wall_s)])

    def _is_still(self) -> bool:
        """Would nothing but the clock be different now?"""
        if self._notices.expire(self.bridge.now()):
            return False
        return self.is_drawn and not self.pane.ages and self.bridge.picture(self.glyphs).still

    def _open(self) -> None:
        if self.bridge.waiting:
            self.pump()
        if self.bridge.view.connection is not Connection.OPENING:
            self._opening.stop()

    def draw_soon(self) -> None:
        """With the next pump, whatever it brings: for what may change many times before anybody sees it."""
        self._drawn_second = -1

    @property
    def is_drawn(self) -> bool:
        """Is there a main screen? When the app is just ending, its timers may fire once more."""
        return bool(self.screen_stack) and any(child.id == "headline" for child in self.screen_stack[0].children)

    def draw(self) -> None:
        """Draw the picture as it is. Lines that say the same as before are not painted again."""
        if not self.is_drawn:
            return
        picture = self._picture()
        top = self.main(Lines, "#headline")
        width = top.size.width
        if not width:
            self.draw_soon()
            return
        self._head = self._headline(picture, width)
        top.set_lines([self._head])
        runs_nodes = picture.view.can_run_nodes or not picture.view.opened
        offered = [action for action in hints(self.keys_view, runs_nodes=runs_nodes) if self.offers(action.id)]
        self.main(Hints, "#hints").set_actions(offered, tag="READ-ONLY" if self.read_only else "")
        self.pane.show(picture)
        self.main(Lines, "#message").set_lines([self._message(width)])

    def _picture(self) -> Picture:
        return replace(self.bridge.picture(self.glyphs), changeable=not self.read_only)

    def _headline(self, picture: Picture, width: int) -> Cell:
        view, frozen = picture.view, self.bridge.frozen
        return headline(view, picture.totals, picture.now, picture.wall_s, width, self.glyphs, frozen=frozen)

    def _message(self, width: int) -> Cell:
        """One line: leaving, trouble that was just met, a connection that is lost, news, what moves, what to do."""
        if self.leaving:
            return ((f" {self.leaving}", "accent"),)
        picture = self._picture()
        notice = self._notices.at(picture.now)
        wrong = banner(picture)
        if notice is not None and (not wrong or notice.level is not Level.INFO):
            return notice_line(notice, self.glyphs)
        if wrong:
            return ((" ", ""), *wrong)
        marks = self.bridge.row_marks.get(self.view_name)
        hidden = self.pane.main_table().hidden(marks.marked) if marks else 0
        if marked := marked_line(marks, self.view_name, hidden, self.glyphs):
            return marked
        seen = self.docked or self.view_name in ("cluster", "transfers")
        summary = summarise(picture.view.transfers.values(), picture.now)
        if not seen and (moving := summary_line(summary, self.glyphs, width)):
            return ((" ", ""), *moving)
        silent = partial(picture)
        return ((" ", ""), *silent) if silent else cell(f" {self.idle_text()}", "dim")

    def idle_text(self) -> str:
        """What the message line says when there is nothing to say."""
        storing = meant("s", self.view_name).id == "store"
        return idle_text(self.bridge.view.connection, storing=storing, read_only=self.read_only)

    def say(self, text: str, level: Level = Level.INFO) -> None:
        """Put something in the message line, and only there."""
        self._notices.show(Noted(level, text), self.bridge.now())
        self.draw()

    # -- actions

    def action_press(self, key: str) -> None:
        """A key of the key table was pressed."""
        self.perform(meant(key, self.keys_view).id)

    def on_action_requested(self, message: ActionRequested) -> None:
        """A hint or a tab was clicked."""
        self.perform(message.action)

    def perform(self, action: str) -> None:
        """Do what the key table promises for `action`, or say why not."""
        if action.startswith("view_"):
            self.enter(action.removeprefix("view_"))
            return
        known = BY_ID[action]
        if not self.offers(action):
            self.say(self.refusal(action), Level.WARNING)
            return
        if not in_view(known, self.keys_view):
            where = " and ".join(view.capitalize() for view in known.views)
            self.say(f"{known.label} works in {where}.", Level.WARNING)
            return
        self.do(action)

    def do(self, action: str) -> None:
        """Carry out an action that may be asked for here."""
        getattr(self, f"_do_{action}")()

    def offers(self, action: str) -> bool:
        """May this action be asked for at all?"""
        return not self.read_only or action in READING or action.startswith("view_")

    def refusal(self, action: str) -> str:
        """Why an action is not offered."""
        return f"{BY_ID[action].label} is off with --read-only: leave (q) and open dfs-tui without it."

    def enter(self, view: str, row: str = "") -> None:
        """Put a view on screen and the focus into its table, on this row; one that is to be made, as soon as it is."""
        self._wanted, self._wanted_row = view, row
        self.visits.go(view)
        if view not in self._made:
            self.run_worker(self.make_views((view,)), name="views", group="views", exit_on_error=False)
            return
        with self.batch_update():
            self.main(ContentSwitcher, "#views").current = view
            self.main(Tabs, "#tabs").set_view(view)
            table = self.pane.main_table()
            table.screen.set_focus(table, scroll_visible=False)
            self.main_screen.lay_out()
            self.draw()
            if row and table.select(row):
                self.draw()

    def set_room(self, room: int) -> None:
        """Give the detail beside or below a table more room or less."""
        self.room = min(max(room, -1), 1)
        screen = self.screen_stack[0]
        screen.set_class(self.room < 0, "-table-only")
        screen.set_class(self.room > 0, "-detail-wide")
        self.call_after_refresh(self.draw)

    def on_row_chosen(self, message: RowChosen) -> None:
        """Enter on a row leads to where there is more of it."""
        match message.table:
            case "home-nodes":
                self.enter("nodes", message.row)
            case "home-transfers":
                self.enter("transfers", message.row)
            case "home-log":
                self.enter("logs")
            case "keys" if message.row.endswith("/"):
                self.perform("fold")
            case "logs":
                self.perform("record")
            case "transfers":
                known = self.bridge.view.transfers.get(message.row)
                self.perform("open" if known is None or known.path else "transfer_detail")
            case "keys" | "peers":
                self.set_room(0 if self.room > 0 else 1)

    def _do_help(self) -> None:
        from dfs_tui.sheets.help import HelpSheet  # sheets are imported when one is opened

        self.push_screen(HelpSheet(self.keys_view, self.glyphs), self._after_help)

    def _after_help(self, action: str | None) -> None:
        if action is not None:
            self.perform(action)
