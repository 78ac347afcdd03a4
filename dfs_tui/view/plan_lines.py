"""What a store would do, in lines: what it takes and what there is, and what happens to keys that exist."""

from __future__ import annotations

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Tone, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.plan import Plan

NAME_CELLS = 26
TIGHT = 0.9  # of what is free; behind that it is said


def room_lines(made: Plan, copies: int, free_bytes: int, glyphs: Glyphs) -> list[Cell]:
    """How much all copies take of what is free; `free_bytes` is -1 when unknown."""
    need = made.size_bytes * copies
    too_much = 0 <= free_bytes < need
    tight = free_bytes >= 0 and not too_much and need > TIGHT * free_bytes
    free = f" of {fmt.size(free_bytes)} free" if free_bytes >= 0 else ""
    files = fmt.plural(len(made.files), "file")
    counted = f"{files}, {fmt.size(made.size_bytes)} x {copies} copies = {fmt.size(need)}"
    warn = ((f"  {glyphs.attention} tight", "warn"),) if tight else ()
    lines: list[Cell] = [(("size    ", "dim"), (counted, ""), (free, "warn" if tight or too_much else "dim"), *warn)]
    if too_much:
        lines.append(cell(f"        {glyphs.attention} this will not fit: free space or add a node", "warn"))
    return lines


def conflict_line(made: Plan, ellipsis: str) -> Cell:
    """What happens to the keys that exist already; empty where there is none."""
    if not made.existing:
        return ()
    tone: Tone = "warn" if made.versions or made.to_compare else ""
    if made.existing == 1:
        name = fmt.clip_middle(fmt.printable(made.first_existing.rpartition("/")[2]), NAME_CELLS, ellipsis)
        return (("        ", ""), (f"1 key exists already: {name} ({_one(made, ellipsis)})", tone))
    parts = [
        said
        for count, said in (
            (len(made.passed), f"{len(made.passed)} same (skipped)"),
            (made.versions, fmt.plural(made.versions, "new version")),
            (len(made.renamed), f"{len(made.renamed)} renamed"),
            (len(made.to_compare), f"{len(made.to_compare)} to compare"),
        )
        if count
    ]
    return (("        ", ""), (f"{fmt.count(made.existing)} keys exist: {', '.join(parts)}", tone))


def _one(made: Plan, ellipsis: str) -> str:
    if made.passed:
        return "same content: skipped"
    if made.renamed:
        leaf = fmt.printable(made.renamed[0].key.rpartition("/")[2])
        return f"becomes {fmt.clip_middle(leaf, NAME_CELLS, ellipsis)}"
    return "to compare" if made.to_compare else "gets a new version"
