"""The parts of the transfer list: everything, or only what is under way, waits, is done or failed."""

from __future__ import annotations

from collections.abc import Iterable

from dfs_tui.view.cells import Cell, Span, Tone
from dfs_tui.view.transfers import Transfer
from dfs_tui.view.values import TransferState

TABS: dict[str, frozenset[TransferState]] = {
    "all": frozenset(TransferState),
    "active": frozenset((TransferState.ACTIVE, TransferState.PAUSED)),
    "queued": frozenset((TransferState.QUEUED,)),
    "done": frozenset((TransferState.DONE, TransferState.SKIPPED)),
    "failed": frozenset((TransferState.FAILED, TransferState.CANCELLED)),
}
NAMES = tuple(TABS)


def next_tab(tab: str, step: int) -> str:
    """The tab `step` further, round and round."""
    return NAMES[(NAMES.index(tab) + step) % len(NAMES)]


def in_tab(transfers: Iterable[Transfer], tab: str) -> list[Transfer]:
    """Those that belong into `tab`, in the order given."""
    return [transfer for transfer in transfers if transfer.state in TABS[tab]]


def tab_line(transfers: Iterable[Transfer], tab: str) -> Cell:
    """All tabs with their counts, the current one marked."""
    listed = list(transfers)
    spans: list[Span] = [(" [ ]  ", "dim")]
    for name in NAMES:
        count = len(in_tab(listed, name))
        tone: Tone = "accent" if name == tab else "dim"
        said = f"{name} {count}" if count else name
        spans.append((f"[{said}] " if name == tab else f" {said}  ", tone))
    return tuple(spans)
