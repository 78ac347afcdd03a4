"""Every key of the dashboard, in one table: bindings, footer, help sheet and docs/keys.md all come from it.

Lower case is safe; upper case and ctrl change the cluster (`danger`); escape backs out one step and never quits. An
action that is not possible now stays visible in the help and says why when its key is pressed. A view may give a key a
meaning of its own (`s` follows in Logs and stores elsewhere); within one view every key does one thing.
"""

from __future__ import annotations

from dataclasses import dataclass

VIEWS = (
    ("cluster", "1", "Cluster"),
    ("nodes", "2", "Nodes"),
    ("peers", "3", "Peers"),
    ("keys", "4", "Keys"),
    ("transfers", "5", "Transfers"),
    ("logs", "6", "Logs"),
    ("repair", "7", "Repair"),
)
BOARD = "recovery board"
RECONNECTING, UNCONNECTED = "reconnecting", "not connected"  # with any view below: see `over`
_LOST = (RECONNECTING, UNCONNECTED)
WITHIN = {BOARD: "cluster"}  # what a view is at times, with keys of its own besides those of the view
SIDE_VIEWS = (("timeline", "t", "Timeline"), ("activity", "at", "Activity"))  # no tab of their own until one is open


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a key does. `views` empty: everywhere. `hint`: its place in the footer, 0 for none, low ones first."""

    id: str
    keys: tuple[str, ...]
    label: str
    text: str
    group: str
    views: tuple[str, ...] = ()
    danger: bool = False
    hint: int = 0


_ANYWHERE = ("drain", "remove_node", "actions", "disconnect", "ban")  # with nodes that run elsewhere, too
_NODES = ("cluster", "nodes")
_SORTED = ("keys", "nodes", "peers", "transfers", "repair", "activity")
_MOVING = ("cluster", "transfers")
_MARKED = ("keys", "nodes", "peers", "transfers", "repair", "cluster")  # whose rows can be marked

ACTIONS: tuple[Action, ...] = (
    Action("store", ("s",), "Store", "store files or a folder; or drop them on the window", "Files", hint=10),
    Action(
        "retrieve", ("r",), "Retrieve", "write the marked keys, or the selected one, where you choose", "Files", hint=12
    ),
    Action("history", ("h",), "History", "versions: compare, restore, retrieve one", "Files", ("keys",), hint=16),
    Action(
        "remove", ("ctrl+d",), "Delete", "remove the marked keys, or the selected one", "Files", ("keys",), True, 40
    ),
    Action(
        "verify",
        ("V",),
        "Verify",
        "have every copy re-read; what is bad is replaced",
        "Files",
        ("keys",),
        hint=42,
    ),
    Action(
        "repair_now", ("R",), "Repair", "bring copies where they belong at once", "Files", ("keys", "repair"), True, 41
    ),
    Action("again", ("r",), "Again", "do this again, with the questions it asked", "Files", ("activity",), hint=12),
    Action(
        "undo", ("z",), "Undo", "bring back what was removed last, or take back a drop stored at once", "Files", hint=60
    ),
    Action("redo", ("Z",), "Redo", "do again what was undone", "Files"),
    Action(
        "limit_less",
        ("left_square_bracket",),
        "Slower",
        "let healing take half as much, in the whole cluster",
        "Files",
        (BOARD,),
        True,
        17,
    ),
    Action(
        "limit_more",
        ("right_square_bracket",),
        "Faster",
        "let healing take twice as much, in the whole cluster",
        "Files",
        (BOARD,),
        True,
        18,
    ),
    Action(
        "pause_worker",
        ("P",),
        "Pause",
        "pause the marked workers, or the selected one, or let them go on",
        "Files",
        ("repair",),
        True,
        20,
    ),
    Action("pace_worker", ("W",), "Pace", "how much a worker rests between its steps", "Files", ("repair",), True, 43),
    Action(
        "worker_actions",
        ("x",),
        "Actions",
        "all that can be done with workers, on all nodes too",
        "Files",
        ("repair",),
        hint=34,
    ),
    Action(
        "disconnect",
        ("D",),
        "Disconnect",
        "drop the marked links, or the selected one; both ends dial again",
        "Nodes",
        ("peers",),
        True,
        20,
    ),
    Action(
        "ban",
        ("B",),
        "Ban",
        "have one node refuse the other for a while; again: let it in",
        "Nodes",
        ("peers",),
        True,
        21,
    ),
    Action("start", ("S",), "Start", "start the marked local nodes, or the selected one", "Nodes", _NODES, True, 22),
    Action(
        "stop",
        ("t",),
        "Stop",
        "stop the marked local nodes cleanly, or the selected one",
        "Nodes",
        ("nodes",),
        True,
        24,
    ),
    Action("kill", ("K",), "Kill", "end its process at once, as a crash would", "Nodes", _NODES, True, 26),
    Action(
        "drain", ("D",), "Drain", "move everything off it; again: let it be a usual node", "Nodes", _NODES, True, 27
    ),
    Action(
        "add",
        ("a",),
        "Add node",
        "make, join and start one more local node",
        "Nodes",
        _NODES,
        hint=20,
    ),
    Action(
        "restart",
        ("ctrl+t",),
        "Restart",
        "stop the marked local nodes one by one and start them again",
        "Nodes",
        _NODES,
        True,
    ),
    Action("remove_node", ("ctrl+d",), "Remove", "take it off the cluster for ever", "Nodes", _NODES, True, 44),
    Action("node_log", ("l",), "Log", "the end of the node's own log", "Nodes", _NODES, hint=28),
    Action("actions", ("x",), "Actions", "all that can be done with the selected row", "Nodes", _NODES, hint=34),
    Action("filter", ("slash",), "Filter", "show only what matches, as you type", "Lists", hint=14),
    Action("mark", ("space",), "Mark", "mark this row, or take its mark away", "Lists", _MARKED, hint=24),
    Action("range", ("v",), "Range", "begin a range of marks; again: end it here", "Lists", _MARKED, hint=44),
    Action("mark_to", ("ctrl+@",), "Mark to", "mark from the last mark to here", "Lists", _MARKED),
    Action("invert", ("asterisk",), "Invert", "mark what is not, and the other way round", "Lists", _MARKED),
    Action("fold", ("e",), "Fold", "fold the folder of this key, or unfold it", "Lists", ("keys",), hint=32),
    Action(
        "sort", ("o",), "Sort", "choose what to sort by; a click on a heading does it too", "Lists", _SORTED, hint=30
    ),
    Action("reverse", ("O",), "Reverse", "the same order the other way round", "Lists", _SORTED),
    Action("record", ("x",), "Record", "the line in full; enter does it as well", "Lists", ("logs",)),
    Action("node_lines", ("n",), "Node", "only lines of one node, the next one each time", "Lists", ("logs",), hint=31),
    Action("follow", ("s",), "Follow", "go to the end and with it; again: stay here", "Lists", ("logs",), hint=28),
    Action("wrap", ("w",), "Wrap", "long lines on as many rows as they take", "Lists", ("logs",), hint=32),
    Action("times", ("t",), "Time", "time of day, date and time, how long ago, none", "Lists", ("logs",), hint=36),
    Action("window", ("0",), "Window", "only the last minutes or hours", "Lists", ("logs",), hint=33),
    Action("place_mark", ("m",), "Mark", "put a line here that is found again", "Lists", ("logs",), hint=34),
    Action("save_log", ("ctrl+s",), "Save", "write these lines to a file", "Lists", ("logs",), hint=35),
    Action("level", ("L",), "Level", "show everything, warnings and errors, or errors", "Lists", ("logs",), hint=30),
    Action("copy", ("y",), "Copy", "the key, hash, path, id or command of this row", "Lists", hint=50),
    Action("freeze", ("f",), "Freeze", "hold what is on screen, or let it go on", "Lists", hint=66),
    Action(
        "hold",
        ("p",),
        "Pause",
        "pause the marked transfers, or the selected one, or let them go on",
        "Transfers",
        _MOVING,
        hint=35,
    ),
    Action(
        "cancel",
        ("x",),
        "Cancel",
        "cancel the marked transfers, or the selected one",
        "Transfers",
        ("transfers",),
        hint=36,
    ),
    Action(
        "open",
        ("enter",),
        "Open",
        "the retrieved file, in this system's program for it",
        "Transfers",
        ("transfers",),
        hint=34,
    ),
    Action(
        "transfer_detail",
        ("l",),
        "Details",
        "all about this transfer; enter too, where no file is to be opened",
        "Transfers",
        ("transfers",),
        hint=38,
    ),
    Action("retry", ("R",), "Retry", "try again what failed or was cancelled", "Transfers", ("transfers",), hint=37),
    Action(
        "sooner",
        ("less_than_sign",),
        "Sooner",
        "let what waits of it go before others",
        "Transfers",
        ("transfers",),
        hint=38,
    ),
    Action(
        "later",
        ("greater_than_sign",),
        "Later",
        "let what waits of it go after others",
        "Transfers",
        ("transfers",),
        hint=38,
    ),
    Action("tab_before", ("left_square_bracket",), "Tab", "the tab before", "Transfers", ("transfers",)),
    Action("tab_after", ("right_square_bracket",), "Tab", "the next tab", "Transfers", ("transfers",), hint=40),
    Action("clear", ("c",), "Clear", "clear the list of finished transfers", "Transfers", ("transfers",), hint=39),
    *(Action(f"view_{name}", (key,), title, f"the {title} view", "Views") for name, key, title in VIEWS),
    Action("view_timeline", ("t",), "Timeline", "what happened since a node went away", "Views", hint=62),
    Action("view_activity", ("at",), "Activity", "what was done here, as the command line says it", "Views", hint=64),
    Action("go_back", ("left_square_bracket",), "Back", "the view one came from", "Views"),
    Action("go_forward", ("right_square_bracket",), "Forward", "the view one went back from", "Views"),
    Action("last", ("minus",), "Last", "the view before this one, and back", "Views"),
    Action("larger", ("plus",), "More", "more room for the detail", "Views"),
    Action("smaller", ("underscore",), "Less", "less room for the detail", "Views"),
    Action("refresh", ("ctrl+r",), "Refresh", "ask for everything again, and try lost nodes at once", "Views"),
    Action("theme", ("T",), "Theme", "the next set of colours", "Views"),
    Action("command", ("colon",), "Command", "the command line, with completion and history", "General", hint=61),
    Action("palette", ("ctrl+p",), "Palette", "find what can be done by its words", "General"),
    Action("cluster", ("w",), "Cluster", "look at another of the clusters that were named", "General"),
    Action("try_now", ("r",), "Try now", "dial at once, also after that was given up", "General", _LOST, hint=1),
    Action("edit_place", ("e",), "Edit address", "look for the cluster elsewhere", "General", _LOST, hint=2),
    Action("stop_trying", ("escape",), "Stop trying", "dial no more until r", "General", (RECONNECTING,), hint=3),
    Action("suspend", ("ctrl+z",), "Suspend", "back to the shell; fg comes back", "General"),
    Action("help", ("question_mark", "f1"), "Help", "all keys", "General", hint=90),
    Action("back", ("escape",), "Back", "one step back: field, marks, filter, detail, view", "General"),
    Action("quit", ("q", "ctrl+q", "ctrl+c"), "Quit", "leave; asks about nodes and transfers", "General", hint=80),
)

# Keys the tables handle themselves; listed for the help and the docs.
MOVES: tuple[tuple[str, str], ...] = (
    ("j k ↓ ↑", "one row down or up"),
    ("g G home end", "first or last row"),
    ("pgdn pgup", "a page down or up; ctrl+f ctrl+b do the same"),
    ("tab shift+tab →←", "next or previous list"),
)

# What --read-only leaves: listed, so that an action that is new is not possible until it is put here.
READING = frozenset((
    "retrieve", "history", "node_log", "filter", "mark", "range", "mark_to", "invert", "fold", "sort",
    "reverse", "level", "hold", "cancel", "retry", "open", "transfer_detail", "clear", "sooner", "later",
    "tab_before", "tab_after", "larger", "smaller", "theme", "suspend", "refresh", "cluster", "help", "back",
    "quit", "freeze", "copy", "command", "palette", "node_lines", "follow", "wrap", "times", "window",
    "place_mark", "save_log", "record", "go_back", "go_forward", "last", "try_now", "edit_place",
    "stop_trying",
))  # fmt: skip
# What the footer of a view names first: at 80 columns little more fits. Then come all others by `hint`.
FIRST: dict[str, tuple[str, ...]] = {
    "cluster": ("store", "retrieve", "filter", "kill", "drain", "start", "node_log", "add", "mark", "command"),
    BOARD: ("start", "limit_less", "limit_more", "actions", "node_log", "view_timeline", "filter", "kill", "drain"),
    "nodes": ("filter", "start", "stop", "kill", "drain", "add", "node_log", "mark", "actions", "remove_node", "sort"),
    "peers": ("disconnect", "ban", "filter", "mark", "sort", "copy", "command"),
    "keys": ("retrieve", "filter", "mark", "remove", "sort", "copy", "history", "repair_now", "verify", "fold"),
    "transfers": ("hold", "cancel", "retry", "filter", "tab_after", "clear", "mark", "open", "transfer_detail"),
    "logs": ("follow", "filter", "level", "node_lines", "wrap", "times", "place_mark", "window", "save_log", "copy"),
    "repair": ("repair_now", "pause_worker", "pace_worker", "worker_actions", "filter", "mark", "sort"),
    "timeline": ("filter", "copy", "command"),
    "activity": ("copy", "undo", "filter", "sort", "command"),
}
BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
KEYS: tuple[str, ...] = tuple(dict.fromkeys(key for action in ACTIONS for key in action.keys))
_NAMES = {"slash": "/", "question_mark": "?", "escape": "esc", "asterisk": "*", "plus": "+", "underscore": "_"}
_NAMES |= {"colon": ":", "at": "@", "minus": "-", "left_square_bracket": "[", "right_square_bracket": "]"}
_NAMES |= {"less_than_sign": "<", "greater_than_sign": ">", "ctrl+@": "ctrl+space"}


def key_name(key: str) -> str:
    """A key as people write it."""
    return _NAMES.get(key, key)


def shown_keys(action: Action) -> str:
    """All keys of an action as people write them."""
    return " ".join(key_name(key) for key in action.keys)


def in_view(action: Action, view: str) -> bool:
    """May this action be asked for in this view?"""
    return not action.views or bool(set(_layers(view)) & set(action.views))


def over(mode: str, view: str) -> str:
    """What has the keys of a mode that any view may be in (RECONNECTING, UNCONNECTED), and else those of the view."""
    return f"{mode}/{view}"


def _layers(view: str) -> tuple[str, ...]:
    """Whose keys hold, the first ones first."""
    own, _, below = view.partition("/")
    return tuple(filter(None, (own, below or WITHIN.get(own, ""))))


def meant(key: str, view: str) -> Action:
    """What `key` does in `view`: what the view gave it, else what it does everywhere, else what it does elsewhere."""
    found = [action for action in ACTIONS if key in action.keys]
    here = [action for layer in _layers(view) for action in found if layer in action.views]
    return (here or [action for action in found if not action.views] or found)[0]


def hints(view: str, *, runs_nodes: bool = True) -> list[Action]:
    """What the footer of a view shows, most useful first; nothing about processes where there are none to run."""
    shown = (
        a for a in ACTIONS if a.hint and in_view(a, view) and (runs_nodes or a.group != "Nodes" or a.id in _ANYWHERE)
    )
    shown = (action for action in shown if meant(action.keys[0], view) is action)
    if (mode := _layers(view)[0]) in _LOST:  # nothing else can be done there that has an effect
        shown = (action for action in shown if mode in action.views or action.id in ("help", "quit"))
    first = {name: place - len(FIRST[view]) for place, name in enumerate(FIRST.get(view, ()))}
    return sorted(shown, key=lambda action: first.get(action.id, action.hint))


def fit_hints(actions: list[Action], width: int, ellipsis: str) -> tuple[list[Action], bool]:
    """Those hints that fit into `width` cells, the last one (help) always among them; and whether any was left out."""
    *others, last = actions
    room = width - 2 - _hint_width(last)
    kept: list[Action] = []
    for index, action in enumerate(others):
        rest = len(ellipsis) + 2 if index < len(others) - 1 else 0
        if _hint_width(action) + 2 + rest > room:
            return [*kept, last], True
        room -= _hint_width(action) + 2
        kept.append(action)
    return [*kept, last], False


def _hint_width(action: Action) -> int:
    return len(key_name(action.keys[0])) + 1 + len(action.label)


def markdown() -> str:
    """docs/keys.md."""
    lines = [
        "# Keys of the dashboard",
        "",
        "Made from `dfs_tui/keys.py`; a test compares the two. Lower case is safe, upper case and ctrl change the",
        "cluster, esc backs out one step.",
    ]
    for group in dict.fromkeys(action.group for action in ACTIONS):
        lines += ["", f"## {group}", "", "| key | what it does | where |", "|---|---|---|"]
        for action in ACTIONS:
            if action.group != group:
                continue
            where = ", ".join(view.capitalize() for view in action.views) or "everywhere"
            lines.append(f"| `{shown_keys(action)}` | {action.label}: {action.text} | {where} |")
    lines += ["", "## Moving", "", "| key | what it does |", "|---|---|"]
    lines += [f"| `{keys}` | {text} |" for keys, text in MOVES]
    return "\n".join(lines) + "\n"
