"""One transfer in full: what it is, how far it is, which nodes have acknowledged it, and every word of a failure."""

from __future__ import annotations

from collections.abc import Mapping

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Tone, cell, text_of
from dfs_tui.view.format import wrap
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.transfer_rows import time_left
from dfs_tui.view.transfers import Transfer
from dfs_tui.view.values import Direction, TransferState


def transfer_lines(transfer: Transfer, now: float, glyphs: Glyphs, names: Mapping[str, str], width: int) -> list[Cell]:
    """All that is known of it; `now` is monotonic."""
    lines = [_fact("what", f"{transfer.direction} {fmt.printable(transfer.name)}")]
    if transfer.files > 1:
        lines.append(_fact("files", f"{fmt.count(transfer.files_done)} of {fmt.count(transfer.files)}"))
    if transfer.place:
        lines.append(_fact("to" if transfer.direction is Direction.RETRIEVE else "from", fmt.printable(transfer.place)))
    lines += [_fact("state", transfer.state, "bad" if transfer.state is TransferState.FAILED else "")]
    lines += _amounts(transfer)
    lines += _pace(transfer, now, glyphs)
    if transfer.direction is Direction.STORE and transfer.heard.chunks:
        found = sorted((names.get(node, fmt.short_id(node)), count) for node, count in transfer.heard.chunks.items())
        of = " (of the last file that was told of)" if transfer.files > 1 else ""
        lines.append(_fact("chunks", ", ".join(f"{name} {fmt.count(count)}" for name, count in found) + of))
    if transfer.text:
        tone: Tone = "bad" if transfer.state is TransferState.FAILED else ""
        lines += [(), *(cell(text, tone) for text in wrap(fmt.printable(transfer.text), max(width, 20)))]
    return lines


def _amounts(transfer: Transfer) -> list[Cell]:
    """Bytes that moved, and of a store those that are known to be safe and to be everywhere."""
    size = fmt.size(transfer.size_bytes) if transfer.size_bytes >= 0 else "an unknown length"
    if transfer.state is TransferState.DONE or transfer.state is TransferState.QUEUED:
        return [_fact("size", size)]
    moved = _fact("moved", f"{fmt.size(transfer.done_bytes)} of {size}")
    if transfer.direction is not Direction.STORE:
        return [moved]
    return [
        moved,
        _fact("safe", f"{fmt.size(transfer.safe_bytes)}, on as many nodes as it takes"),
        _fact("everywhere", f"{fmt.size(transfer.copied_bytes)}, with all copies"),
    ]


def _pace(transfer: Transfer, now: float, glyphs: Glyphs) -> list[Cell]:
    if transfer.state is TransferState.QUEUED:
        return []
    took = fmt.duration((transfer.ended_at or now) - transfer.begun_at)
    if transfer.ended:
        mean = f", {fmt.rate(transfer.mean_per_s)} on average" if transfer.mean_per_s else ""
        return [_fact("took", took + mean)]
    rate = fmt.rate(transfer.rate.per_s) if transfer.done_bytes else glyphs.dash
    return [_fact("for", took), _fact("rate", rate), _fact("time left", text_of(time_left(transfer, now, glyphs)))]


def _fact(name: str, value: str, tone: Tone = "") -> Cell:
    return ((f"{name:<12}", "dim"), (value, tone))
