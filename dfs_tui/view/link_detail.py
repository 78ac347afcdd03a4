"""One link between two nodes in full: how each of its ends sees the other, and what it means when they disagree."""

from __future__ import annotations

from collections.abc import Sequence

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Tone, cell
from dfs_tui.view.format import wrap
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.peers import PeerLink, ban_left, trend

_TONES: dict[str, Tone] = {"up": "good", "suspect": "warn", "down": "bad", "unknown": "warn"}


def link_detail(
    link: PeerLink,
    others: Sequence[PeerLink],
    glyphs: Glyphs,
    width: int,
    round_trips: Sequence[float] = (),
    *,
    changeable: bool = True,
) -> list[Cell]:
    """What is known of it; a reason is said whole here, and what to do about it."""
    lines: list[Cell] = [_seen(link)]
    back = next((each for each in others if (each.seen_by, each.name) == (link.name, link.seen_by)), None)
    if back is not None:
        lines.append(_seen(back))
    lines += _fact("address", link.address)
    lines.append(_round_trip(link, round_trips, glyphs, width))
    sent, received = fmt.size(link.sent_bytes), fmt.size(link.received_bytes)
    lines += _fact("moved", f"{sent} sent, {received} received since {fmt.printable(link.seen_by)} started")
    lines += _fact("last heard", f"{fmt.duration(link.seen_s)} ago" if link.seen_s >= 0 else "never")
    if link.banned_s:
        said = f"{fmt.printable(link.seen_by)} refuses {fmt.printable(link.name)}: {ban_left(link)}."
        said += " B lifts it." if changeable else ""
        return [*lines, *(cell(text, "warn") for text in wrap(said, width))]
    if link.error:
        lines += [cell(text, "warn") for text in wrap(link.error, width)]
    return [*lines, *(cell(text, "dim") for text in wrap(_meaning(link, back), width))]


def _seen(link: PeerLink) -> Cell:
    tone: Tone = "dim" if link.stale else _TONES.get(link.liveness, "warn")
    return (
        (f"{fmt.pad(fmt.printable(link.seen_by), 11)} sees {fmt.printable(link.name)} as ", "dim"),
        (fmt.printable(link.liveness), tone),
        ("  (it does not report any more)" if link.stale else "", "warn"),
    )


def _round_trip(link: PeerLink, round_trips: Sequence[float], glyphs: Glyphs, width: int) -> Cell:
    """The last one, how they went, and between which two they lay."""
    now = f"{link.rtt_ms:.1f} ms" if link.rtt_ms >= 0 else glyphs.dash
    said: Cell = ((f"{'round trip':<12}", "dim"), (now, ""))
    if len(round_trips) < 2:
        return said
    span = f"  {min(round_trips):.1f} to {max(round_trips):.1f} ms"
    drawn = trend(round_trips, min(max(width - 12 - len(now) - 2 - len(span), 2), len(round_trips)), glyphs)
    return (*said, (f"  {drawn}", "accent"), (span, "dim"))


def _fact(name: str, value: str) -> list[Cell]:
    return [((f"{name:<12}", "dim"), (fmt.printable(value), ""))] if value else []


def _meaning(link: PeerLink, back: PeerLink | None) -> str:
    name, by = fmt.printable(link.name), fmt.printable(link.seen_by)
    if link.liveness == "up":
        if back is not None and back.liveness != "up" and not back.stale:
            return f"{by} hears {name}, but {name} does not hear {by}: look for a firewall that lets one way through."
        return ""
    if back is not None and back.banned_s:
        return f"{name} refuses {by}: {ban_left(back)}."
    if back is not None and back.liveness == "up" and not back.stale:
        return f"{name} hears {by}, but not the other way round: look for a firewall that lets one way through."
    if link.liveness == "suspect":
        return f"{name} was silent for a moment; it is down if that goes on for some seconds."
    return f"Does {name} run, and can {by} reach its address? 2 shows it; its own log says why it does not answer."
