"""The command line of the dashboard: what can be typed behind `:`, how it is read, and how it is completed.

A command names what a key does as well, so that nothing can be done here that has no key; what is asked first is asked
here too. Words are split as a shell does it; a quote that is not closed is a letter like any other. A view is an
address: `keys /photos @nas` is the keys of the cluster `nas`, filtered; `transfers failed /raw` what failed of these.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dfs_tui.view.new_node import OPTIONS, read_words
from dfs_tui.view.remembered import DROPS
from dfs_tui.view.transfer_tabs import NAMES
from dfs_tui.view.values import Taken
from dfs_tui.view.worker_actions import DEEDS as WORKER_DEEDS
from dfs_tui.view.worker_actions import EVERY, worker_wish

Kind = Literal["", "key", "node", "path", "words", "theme", "sort", "cluster", "deed", "place", "worker", "link", "tab"]

COMPLETIONS_MAX = 50


@dataclass(frozen=True, slots=True)
class Verb:
    """One command. `takes`: what its arguments are; `least` is how many it needs."""

    name: str
    usage: str
    text: str
    takes: Kind = ""
    least: int = 0


VERBS: tuple[Verb, ...] = (  # texts of at most 40 letters: a screen of 80 cells shows them whole
    Verb("store", "store [PATH ...] [as DIR/]", "store files or folders", "path"),
    Verb("retrieve", "retrieve [KEY] [to PLACE] [--if-exists skip]", "a key, or all of photos/*", "key"),
    Verb("open", "open", "open what was retrieved last"),
    Verb("rm", "rm [KEY]", "delete a key, or all of photos/*", "key"),
    Verb("drop", "drop [ask|instant]", "store a small file that is dropped at once", "words"),
    Verb("history", "history [KEY]", "versions of a key", "key"),
    Verb("keys", "keys [/FILTER] [@CLUSTER]", "the keys, filtered", "words"),
    Verb("logs", "logs [/FILTER] [@CLUSTER]", "the log: words, a node's name, !without", "words"),
    Verb("up", "up [N]", "have N nodes run on this machine", "words"),
    Verb("node", "node DEED [NODE ...]", "add, start, stop, kill, drain, rm, ...", "deed", 1),
    Verb("sort", "sort COLUMN", "order the keys", "sort", 1),
    Verb("theme", "theme NAME", "other colours", "theme", 1),
    Verb("cluster", "cluster [LABEL]", "the cluster view, or another cluster", "cluster"),
    Verb("chaos", "chaos [30s] [SEED]", "trouble on purpose; 'stop' ends it", "words"),
    Verb("attach", "attach PLACE", "HOST:PORT, a folder, a recording, demo", "place", 1),
    Verb("nodes", "nodes [/FILTER]", "the nodes, filtered"),
    Verb("peers", "peers [DEED FROM TO]", "links; ban, allow, disconnect two nodes", "link"),
    Verb("transfers", "transfers [TAB] [/FILTER]", "what moves: active, queued, done, failed", "tab"),
    Verb("repair", "repair [rate 80M]", "healing; how fast it may go, 0: no limit", "words"),
    Verb("workers", "workers [DEED WORKER [NODE]]", "pause, resume or pace background work", "worker"),
    Verb("scrub", "scrub [NODE]", "have all chunks re-read now", "node"),
    Verb("collect", "collect", "free now what nothing refers to any more"),
    Verb("verify", "verify [KEY]", "have every copy of a key re-read", "key"),
    Verb("demo", "demo", "a generated cluster"),
    Verb("timeline", "timeline [/FILTER]", "what followed since a node went away"),
    Verb("activity", "activity [/FILTER]", "what was done here"),
    Verb("freeze", "freeze", "hold what is on screen, or let it go on"),
    Verb("copy", "copy", "copy the selected row, or a part of it"),
    Verb("undo", "undo", "bring back what was removed last"),
    Verb("redo", "redo", "do again what was undone"),
    Verb("guide", "guide", "the first steps once more"),
    Verb("help", "help", "all keys"),
    Verb("quit", "quit", "leave"),
)
BY_NAME: Mapping[str, Verb] = {verb.name: verb for verb in VERBS}
SHORT: Mapping[str, str] = {
    "q": "quit", "put": "store", "get": "retrieve", "delete": "rm", "remove": "rm", "home": "cluster", "log": "logs",
    "filter": "keys", "connect": "attach",
}  # fmt: skip

# Verbs that are a view, of this cluster or of the one that `@` names.
ADDRESSES = frozenset(
    ("cluster", "nodes", "peers", "keys", "transfers", "logs", "repair", "timeline", "activity")
)  # as in the key table

# Deeds with a node, and the action of the key table that each one is.
DEEDS: Mapping[str, str] = {
    "add": "add",
    "start": "start",
    "stop": "stop",
    "restart": "restart",
    "kill": "kill",
    "drain": "drain",
    "undrain": "drain",
    "log": "node_log",
    "remove": "remove_node",
    "rm": "remove_node",
}

IF_EXISTS = "--if-exists"
TAKEN: Mapping[str, Taken] = {  # as the command line calls them, without the one that asks for nothing
    "number": Taken.NUMBER, "skip": Taken.SKIP, "replace": Taken.OVERWRITE, "overwrite": Taken.OVERWRITE,
}  # fmt: skip

LINK_DEEDS = ("disconnect", "ban", "allow")


class Misunderstood(Exception):
    """It is no command; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Command:
    """What was meant."""

    verb: Verb
    words: tuple[str, ...]
    rest: str  # the arguments as they were typed
    cluster: str = ""  # which one is meant; empty: the one on screen
    filter: str = ""  # what of a view is looked at

    @property
    def line(self) -> str:
        filtered = f"/{self.filter}" if self.filter else ""
        parts = (self.verb.name, self.rest, filtered, f"@{self.cluster}" if self.cluster else "")
        return " ".join(part for part in parts if part)

    def parted(self, by: str) -> tuple[tuple[str, ...], str]:
        """The words before `by` and the one behind it, as in `a.txt b.txt as photos/`; empty where there is none."""
        if len(self.words) > 1 and self.words[-2] == by:
            return self.words[:-2], self.words[-1]
        return self.words, ""

    def without_taken(self) -> tuple[Command, Taken]:
        """The command without `--if-exists CHOICE`, and the choice; by default a number is put behind the name."""
        if IF_EXISTS not in self.words:
            return self, Taken.NUMBER
        at = self.words.index(IF_EXISTS)
        return replace(self, words=self.words[:at] + self.words[at + 2 :]), TAKEN[self.words[at + 1]]


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to complete from."""

    keys: Collection[str] = ()
    nodes: Sequence[str] = ()
    themes: Sequence[str] = ()
    clusters: Sequence[str] = ()
    places: Sequence[str] = ()  # where clusters are or were
    sorts: Sequence[str] = ()
    workers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One completion: the whole line as it would be, and a word about it."""

    line: str
    text: str = ""
    shown: str = ""  # instead of the line


def understood(text: str) -> Command:
    """Read a line, with or without the colon before it. Misunderstood: it is none."""
    line = text.strip().removeprefix(":").strip()
    name, _, rest = line.partition(" ")
    name, rest = name.casefold(), rest.strip()
    verb = BY_NAME.get(SHORT.get(name, name))
    if verb is None:
        near = [each for each in BY_NAME if name and each.startswith(name)]
        if len(near) != 1:
            meant = f"; did you mean {' or '.join(near[:3])}?" if near else "; tab lists all commands"
            raise Misunderstood(
                f"There is no command '{name}'{meant}" if name else "Type a command; tab lists them all."
            )
        verb = BY_NAME[near[0]]
    rest, cluster = _without_cluster(rest) if verb.name in ADDRESSES else (rest, "")
    rest, filtered = _without_filter(verb, rest) if verb.name in ADDRESSES else (rest, "")
    words = split(rest)
    if len(words) < verb.least:
        raise Misunderstood(f"{verb.name} needs more: {verb.usage}")
    if words and words[-1] in _NEEDS_MORE.get(verb.name, ()):
        raise Misunderstood(f"What comes behind '{words[-1]}'? {verb.usage}")
    if verb.name == "retrieve" and IF_EXISTS in words:
        choice = words[words.index(IF_EXISTS) + 1 :][:1]
        if not choice or choice[0] not in TAKEN:
            raise Misunderstood(f"{IF_EXISTS} is one of number, skip, replace.")
    elif verb.name == "node":
        if words[0] not in DEEDS:
            raise Misunderstood(f"A node can be told to {', '.join(DEEDS)}; not to '{words[0]}'.")
        if words[0] == "add" and isinstance(said := read_words(words[1:]), str):
            raise Misunderstood(said)
    elif verb.name == "workers" and words:
        wish = worker_wish(words)
        if isinstance(wish, str):
            raise Misunderstood(wish)
    elif verb.name == "peers" and words and (words[0] not in LINK_DEEDS or len(words) != 3):
        raise Misunderstood(f"A link can be told to {', '.join(LINK_DEEDS)}, and has two ends: 'peers ban n1 n3'.")
    elif verb.takes == "" and words:
        raise Misunderstood(f"{verb.name} takes nothing behind it.")
    return Command(verb, words, rest, cluster, filtered)


_NEEDS_MORE: Mapping[str, tuple[str, ...]] = {"store": ("as",), "retrieve": ("to",), "repair": ("rate",)}


def _without_cluster(rest: str) -> tuple[str, str]:
    before, at, label = rest.rpartition("@")
    if not at or not label or " " in label or (before and not before.endswith(" ")):
        return rest, ""
    return before.strip(), label


def _without_filter(verb: Verb, rest: str) -> tuple[str, str]:
    """What stands behind a `/` is the filter of the view; where nothing else can stand, all of it is."""
    if verb.takes in ("", "words") and verb.name != "repair":
        return "", rest.removeprefix("/").strip()
    before, slash, filtered = f" {rest}".partition(" /")
    return (before.strip(), filtered.strip()) if slash else (rest, "")


def split(text: str) -> tuple[str, ...]:
    """Words as a shell would take them; where a quote stays open, by blanks."""
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())


def offers(text: str, known: Known) -> list[Offer]:
    """How the line could go on, best first, at most COMPLETIONS_MAX."""
    line = text.lstrip().removeprefix(":").lstrip()
    name, blank, rest = line.partition(" ")
    if not blank:
        return [Offer(verb.name, verb.text, verb.usage) for verb in VERBS if verb.name.startswith(name)]
    verb = BY_NAME.get(SHORT.get(name, name))
    if verb is None:
        return []
    before, at, label = rest.rpartition("@")
    if at and verb.name in ADDRESSES and (not before or before.endswith(" ")):
        return _from([f"@{each}" for each in known.clusters], f"@{label}", f"{verb.name} {before}".rstrip())
    if verb.name == "drop":
        return _from(DROPS, rest, verb.name)
    if verb.name == "repair":
        return _from(("rate 80M", "rate 0"), rest, verb.name)
    if verb.takes == "deed":
        deed, second, node = rest.partition(" ")
        if not second:
            return [Offer(f"{verb.name} {each}") for each in DEEDS if each.startswith(deed)]
        before, _, typed = node.rpartition(" ")
        if deed == "add":
            return _from(OPTIONS if typed[:1] in ("", "-") else (), typed, f"{verb.name} {deed} {before}".rstrip())
        names = [name for name in known.nodes if name not in before.split()]
        return _from(names, typed, f"{verb.name} {deed} {before}".rstrip())
    if verb.takes == "worker":
        return _worker_offers(rest, known)
    if verb.takes == "link":
        before, _, typed = rest.rpartition(" ")
        values_here = LINK_DEEDS if not before else known.nodes if len(before.split()) < 3 else ()
        return _from(values_here, typed, f"peers {before}".rstrip())
    values: Mapping[Kind, Collection[str]] = {
        "key": known.keys,
        "node": known.nodes,
        "theme": known.themes,
        "sort": known.sorts,
        "cluster": known.clusters,
        "place": known.places,
        "tab": NAMES,
    }
    return _from(values.get(verb.takes, ()), rest, verb.name, quoted=verb.takes == "key")


def _worker_offers(rest: str, known: Known) -> list[Offer]:
    """What to do, with which worker, how fast, on which node."""
    before, _, typed = rest.rpartition(" ")
    said = before.split()
    if not said:
        return _from(WORKER_DEEDS, typed, "workers")
    if len(said) == 1:
        return _from([*known.workers, EVERY], typed, f"workers {before}")
    if len(said) == (3 if said[0] == "pace" else 2):
        return _from(known.nodes, typed, f"workers {before}")
    return []


def _from(values: Collection[str], typed: str, before: str, *, quoted: bool = False) -> list[Offer]:
    """Those values that begin with what was typed, and then those that have it somewhere."""
    wanted = typed.strip("'\"").casefold()
    first: list[str] = []
    second: list[str] = []
    for value in values:
        low = value.casefold()
        if low.startswith(wanted):
            first.append(value)
            if len(first) >= COMPLETIONS_MAX:
                break
        elif wanted in low and len(second) < COMPLETIONS_MAX:
            second.append(value)
    found = [*first, *second][:COMPLETIONS_MAX]
    return [Offer(f"{before} {shlex.quote(value) if quoted else value}") for value in found]


def common(found: Sequence[Offer]) -> str:
    """What all offers begin with: what tab fills in."""
    if not found:
        return ""
    least, most = min(offer.line for offer in found), max(offer.line for offer in found)
    length = next((at for at, char in enumerate(least) if at >= len(most) or most[at] != char), len(least))
    return least[:length]
