"""A source that only looks: whatever would change the cluster or a process is refused before it gets anywhere.

What may be done is listed, not what may not: a deed that the dashboard learns later is refused until it is put here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from dfs_tui.sources.base import Clock, Source, SourceError
from dfs_tui.sources.choose import LateSource

LOOKING = (
    "watch",
    "refresh",
    "stop_trying",
    "retrieve",
    "read",
    "inspect",
    "history",
    "node_log",
    "preview_node",
    "find",
)
READING = frozenset((*LOOKING, "nodes_to_stop", "close"))


class ReadOnlySource(LateSource):
    """`source`, for looking at."""

    def __init__(self, source: Source) -> None:
        super().__init__(lambda: source)

    def nodes_to_stop(self) -> tuple[str, ...]:
        return ()

    async def close(self, *, stop_nodes: bool) -> None:
        await super().close(stop_nodes=False)


def only_looking(make: Callable[[Clock], Source]) -> Callable[[Clock], Source]:
    """What makes the same source, for looking at."""
    return lambda clock: ReadOnlySource(make(clock))


async def _refuse(*_: object, **__: object) -> NoReturn:
    raise SourceError("this dashboard was opened with --read-only", everything=True)


for _name in vars(Source):
    if not _name.startswith("_") and _name not in READING:
        setattr(ReadOnlySource, _name, _refuse)
