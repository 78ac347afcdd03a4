"""One key in full: its size and place in time, its copies on each node, the map of its chunks, its last versions."""

from __future__ import annotations

from collections.abc import Mapping

from dfs_tui.view import bars
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Span, Tone, cell
from dfs_tui.view.format import wrap
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.peers import node_names
from dfs_tui.view.picture import Picture
from dfs_tui.view.preview import preview
from dfs_tui.view.values import KeyEntry, KeyFacts, Version

_BAR = 20
_MAP_ROWS = 4
_VERSIONS = 6


def key_detail(entry: KeyEntry, picture: Picture, width: int) -> list[Cell]:
    """What the list knows at once, and what the nodes said about it when they have."""
    names = node_names(picture.view)
    name = fmt.printable(entry.key)
    lines: list[Cell] = [cell(fmt.clip_middle(name, width, picture.glyphs.ellipsis), "strong"), ()]
    facts = picture.facts
    known = facts if isinstance(facts, KeyFacts) and facts.key == entry.key else None
    chunks = f"  ({fmt.plural(known.chunks, 'chunk')})" if known is not None else ""
    lines.append((("size    ", "dim"), (fmt.size(entry.size_bytes), ""), (chunks, "dim")))
    by = names.get(entry.stored_by) or fmt.short_id(entry.stored_by)
    age = fmt.age(picture.wall_s - entry.stored_s)
    lines.append((("stored  ", "dim"), (fmt.when(entry.stored_s), ""), (f"  {age} ago", "dim")))
    if by:
        lines.append((("by      ", "dim"), (fmt.printable(by), "")))
    lines.append((("version ", "dim"), (str(entry.version), "")))
    if known is None:
        said = facts if isinstance(facts, str) else "asking the nodes ..."
        return [*lines, (), *(cell(text, "dim") for text in wrap(said, width))]
    if known.current.hash:
        lines.append((("hash    ", "dim"), (f"b3:{known.current.hash}"[: max(width - 8, 8)], "")))
    if known.stale:
        lines.append(cell("There is no majority now: this may be out of date.", "warn"))
    lines += [(), *_holders(known, names, picture)]
    if known.chunk_copies:
        lines += [(), *chunk_map(known, picture.copies_wanted, picture.glyphs, width)]
    lines += [(), *_history(known.history, picture)]
    return [*lines, (), *preview(picture.content, width)] if picture.content is not None else lines


def _holders(facts: KeyFacts, names: Mapping[str, str], picture: Picture) -> list[Cell]:
    if not facts.chunks:
        return [(("COPIES  ", "accent"), ("in the catalog itself, on every full node", ""))]
    whole = sum(holding.held >= facts.chunks for holding in facts.holders)
    lines: list[Cell] = [(("COPIES  ", "accent"), (f"{whole} of {picture.copies_wanted} whole", ""))]
    for holding in sorted(facts.holders, key=lambda h: names.get(h.node, h.node)):
        wanted = max(holding.placed, holding.held, 1)
        tone: Tone = "good" if holding.held >= holding.placed else "warn" if holding.held else "bad"
        shown = bars.bar(holding.held / wanted, _BAR, picture.glyphs, tone)
        name = fmt.pad(fmt.clip(fmt.printable(names.get(holding.node, fmt.short_id(holding.node))), 8), 8)
        surplus = " not placed here" if holding.held and not holding.placed else ""
        lines.append(((f"  {name}", ""), *shown, (f" {holding.held}/{wanted}", ""), (surplus, "dim")))
    if not facts.holders:
        lines.append(cell("  no node that answers has any of it", "bad"))
    return lines


def chunk_map(facts: KeyFacts, wanted: int, glyphs: Glyphs, width: int) -> list[Cell]:
    """One cell for each chunk or run of them, in the file's order, coloured by the worst of them."""
    copies = facts.chunk_copies
    if not copies:
        return []
    cells = max(min(width - 2, 64), 8) * _MAP_ROWS
    per = -(-len(copies) // cells)
    each = f"each cell is {fmt.plural(per, 'chunk')}" if per > 1 else "one cell a chunk"
    worst = [min(copies[start : start + per]) for start in range(0, len(copies), per)]
    lines: list[Cell] = [(("CHUNKS  ", "accent"), (each, "dim"))]
    row = max(min(width - 2, 64), 8)
    for start in range(0, len(worst), row):
        spans: list[Span] = [("  ", "")]
        for number in worst[start : start + row]:
            whole = number >= wanted
            sign = glyphs.chunk if whole else str(min(number, 9))
            tone: Tone = "good" if whole else "bad" if number < 2 else "warn"
            if spans[-1][1] == tone:
                spans[-1] = (spans[-1][0] + sign, tone)
            else:
                spans.append((sign, tone))
        lines.append(tuple(spans))
    return lines


def _history(history: tuple[Version, ...], picture: Picture) -> list[Cell]:
    if not history:
        return []
    more = f"  h lists all {len(history)}" if len(history) > _VERSIONS else "  h compares and restores"
    lines: list[Cell] = [(("HISTORY", "accent"), (more, "dim"))]
    for version in history[:_VERSIONS]:
        said = "removed" if version.removed else fmt.size(version.size_bytes)
        tone: Tone = "warn" if version.removed else ""
        lines.append(
            ((f"  {fmt.when(version.stored_s)}  ", "dim"), (f"{said:<10}", tone), (f" {version.version}", "dim"))
        )
    return lines
