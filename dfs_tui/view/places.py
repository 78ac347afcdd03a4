"""Which nodes have copies of a key, as far as anybody asked: nodes tell it key by key, and no list says it.

What was told holds for one version with so many copies; when either changes, it is unknown again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dfs_tui.view.values import KeyEntry

ASKED_MAX = 200  # keys a filter line; every one of them is a question to all nodes
KNOWN_MAX = 20_000  # keys; the oldest answers go first
ID_LETTERS = 6  # of a node's id that mean it


class Places:
    """What was told of which key."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, int, frozenset[str]]] = {}

    def learn(self, entry: KeyEntry, nodes: Iterable[str]) -> bool:
        """Names and ids of the nodes with a copy; True when that is news."""
        told = (entry.version, entry.copies, frozenset(node.casefold() for node in nodes))
        news = self._known.get(entry.key) != told
        self._known[entry.key] = told
        while len(self._known) > KNOWN_MAX:
            del self._known[next(iter(self._known))]
        return news

    def of(self, entry: KeyEntry) -> frozenset[str] | None:
        """Names and ids of the nodes with a copy; None: it is not known."""
        version, copies, nodes = self._known.get(entry.key, (-1, -1, frozenset()))
        return nodes if (version, copies) == (entry.version, entry.copies) else None

    def parted(
        self, names: Sequence[str], entries: Mapping[str, KeyEntry], wanted: Sequence[str]
    ) -> tuple[list[str], list[str]]:
        """Those of `names` with a copy on every node of `wanted`, and those of which that is not known."""
        here: list[str] = []
        unknown: list[str] = []
        for name in names:
            nodes = self.of(entries[name])
            if nodes is None:
                unknown.append(name)
            elif all(_is_among(node, nodes) for node in wanted):
                here.append(name)
        return here, unknown


def _is_among(wanted: str, nodes: frozenset[str]) -> bool:
    return wanted in nodes or (len(wanted) >= ID_LETTERS and any(node.startswith(wanted) for node in nodes))
