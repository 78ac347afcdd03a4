"""The first line of the screen: which cluster, how it is, how much is in it, how fast it moves."""

from __future__ import annotations

from dataclasses import dataclass

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Span, Tone, text_of
from dfs_tui.view.cluster import ClusterView, Connection
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.nodes import NodeState, making, node_rows
from dfs_tui.view.transfers import summarise

_HEALTH_TONES: dict[str, Tone] = {"HEALTHY": "good", "DEGRADED": "warn", "AT RISK": "bad", "LOST": "bad"}


@dataclass(frozen=True, slots=True)
class KeyTotals:
    """How many keys the dashboard knows, and whether it is still counting."""

    count: int
    size_bytes: int
    loading: bool


def headline(
    view: ClusterView,
    keys: KeyTotals,
    now: float,
    wall_s: float,
    width: int,
    glyphs: Glyphs,
    *,
    frozen: bool = False,
) -> Cell:
    """`width` cells: parts that do not fit are left out, the least important first; the clock stands at the end."""
    clock = fmt.clock(wall_s)
    held: list[Cell] = [(("FROZEN", "warn"),)] if frozen else []
    parts = [_title(view, glyphs), *held, *_state(view, now, glyphs), *_figures(view, keys, now, glyphs)]
    room = width - len(clock) - 2
    used = 1
    spans: list[Span] = [(" ", "")]
    for index, part in enumerate(parts):
        length = len(text_of(part)) + (2 if index else 0)
        if used + length > room:
            continue
        if index:
            spans.append(("  ", ""))
        spans += part
        used += length
    spans.append((" " * max(width - used - len(clock) - 1, 1), ""))
    spans.append((clock, "dim"))
    return tuple(spans)


def with_clock(drawn: Cell, wall_s: float) -> Cell:
    """The same headline at another time of day."""
    *before, (_, tone) = drawn
    return (*before, (fmt.clock(wall_s), tone))


def _title(view: ClusterView, glyphs: Glyphs) -> Cell:
    label = fmt.clip_middle(fmt.printable(view.label), 28, glyphs.ellipsis) or "dfs"
    return (("dfs", "accent"), (f" {glyphs.crumb} ", "dim"), (label, "strong"))


def _state(view: ClusterView, now: float, glyphs: Glyphs) -> list[Cell]:
    match view.connection:
        case Connection.OPENING:
            return [((f"{glyphs.starting} {'STARTING' if view.can_run_nodes else 'CONNECTING'}", "accent"),)]
        case Connection.STOPPED:
            return [((f"{glyphs.stopped} STOPPED", "dim"),)]
        case Connection.FAILED:
            return [((f"{glyphs.down} NOT RUNNING", "bad"),)]
        case Connection.LOST:
            link = view.next_try()
            tries = f", try {link.tries}" if link is not None and link.tries > 1 else ""
            said: list[Cell] = [((f"{glyphs.starting} RECONNECTING{tries}", "warn"),)]
            if link is not None and link.denied:
                said = [((f"{glyphs.down} NOT LET IN", "bad"),)]
            elif link is not None and link.retry_at < 0:
                said = [((f"{glyphs.stopped} NOT CONNECTED", "warn"),)]
            if view.reports:
                said.append(((f"data is {fmt.age(view.age_s(now))} old", "warn"),))
            return said
        case Connection.LIVE:
            newest = view.freshest
            health = newest.report.health if newest is not None else ""
            tone = _HEALTH_TONES.get(health, "warn")
            if tone != "good" and making(view):
                return [((f"{glyphs.starting} STARTING", "accent"),)]  # members that are still to come are no trouble
            sign = glyphs.up if tone == "good" else glyphs.attention
            return [((f"{sign} {health or 'UNKNOWN'}", tone),)]


def _figures(view: ClusterView, keys: KeyTotals, now: float, glyphs: Glyphs) -> list[Cell]:
    rows = [row for row in node_rows(view, now) if row.state is not NodeState.UNMADE]
    up = sum(row.state in (NodeState.UP, NodeState.DRAINING) for row in rows)
    newest = view.freshest
    tone: Tone = "" if up == len(rows) else "warn"
    if view.connection is not Connection.LIVE:
        tone = "dim"
    cells: list[Cell] = [(("nodes ", "dim"), (f"{up}/{len(rows)}", tone))] if rows else []
    if newest is None:
        return cells
    figure: Tone = "" if view.connection is Connection.LIVE else "dim"
    number = fmt.count(keys.count) if keys.count or not keys.loading else ""
    number += glyphs.ellipsis if keys.loading else ""
    cells.append((("keys ", "dim"), (number, figure)))
    cells.append(((fmt.size(keys.size_bytes), figure), (f" x{newest.report.copies}", "dim")))
    moving = summarise(view.transfers.values(), now)
    if moving.active:
        cells.append(((f"{glyphs.store} ", "accent"), (fmt.rate(moving.store_rate), figure)))
        cells.append(((f"{glyphs.retrieve} ", "accent"), (fmt.rate(moving.retrieve_rate), figure)))
    return cells
