"""One key in full."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view.cells import text_of
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.key_detail import chunk_map, key_detail
from dfs_tui.view.picture import Picture
from dfs_tui.view.values import Holding, KeyEntry, KeyFacts, Version

from ..worlds import N1, N2, N3, WALL_S, healthy, picture_of

ENTRY = KeyEntry("a/\x1b[2Jb", 9, 3 << 20, WALL_S - 60, 2, N1)
CURRENT = Version(9, 3 << 20, WALL_S - 60, N1, hash="ab" * 32)
FACTS = KeyFacts(
    ENTRY.key,
    CURRENT,
    3,
    (Holding(N1, 3, 3), Holding(N2, 1, 3), Holding(N3, 0, 3)),
    (2, 1, 1),
    (CURRENT, Version(4, 5, WALL_S - 90, N1), Version(3, 0, WALL_S - 99, N1, removed=True)),
)


def said(facts: KeyFacts | str | None, entry: KeyEntry = ENTRY) -> str:
    picture: Picture = replace(picture_of(healthy()), facts=facts)
    return "\n".join(text_of(line) for line in key_detail(entry, picture, 48))


def test_what_the_list_knows_is_there_before_any_node_answers() -> None:
    text = said(None)
    assert "a/\\x1b[2Jb" in text
    assert "3.00 MiB" in text
    assert "by      n1" in text
    assert "asking the nodes" in text


def test_copies_are_told_by_node_chunks_by_their_worst_and_versions_with_removals() -> None:
    text = said(FACTS)
    assert "1 of 3 whole" in text
    assert "3/3" in text
    assert "1/3" in text
    assert "0/3" in text
    assert "b3:abab" in text
    assert "removed" in text
    assert "211" in text, "the chunk map"


def test_facts_of_another_key_are_not_shown() -> None:
    assert "asking the nodes" in said(replace(FACTS, key="other"))


def test_why_nothing_is_known_is_said() -> None:
    assert "no node answers" in said("no node answers; start one")


def test_what_was_told_without_a_majority_says_so() -> None:
    assert "no majority" in said(replace(FACTS, stale=True))


def test_a_long_file_has_runs_of_chunks_in_a_cell_each_as_bad_as_its_worst() -> None:
    copies = [3] * 4000
    copies[1999] = 1
    lines = [text_of(line) for line in chunk_map(replace(FACTS, chunk_copies=tuple(copies)), 3, ASCII, 48)]
    assert "each cell is" in lines[0]
    assert len(lines) <= 5
    assert "".join(lines[1:]).count("1") == 1
    assert chunk_map(replace(FACTS, chunk_copies=()), 3, ASCII, 48) == []


def test_what_is_kept_in_the_catalog_itself_lacks_no_copies() -> None:
    text = said(replace(FACTS, chunks=0, holders=(), chunk_copies=()))
    assert "in the catalog itself, on every full node" in text
    assert "whole" not in text
    assert "\n\n\n" not in text, "no room is left for a map of nothing"
