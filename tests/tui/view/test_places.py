"""Where keys are, as far as it was told."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view import places
from dfs_tui.view.filter import parse
from dfs_tui.view.places import Places
from dfs_tui.view.values import KeyEntry

from ..worlds import WALL_S, index_of

A, B, C = (KeyEntry(name, 7, 100, WALL_S, 3) for name in ("a", "b", "c"))
ENTRIES = {entry.key: entry for entry in (A, B, C)}


def test_only_what_was_told_is_known_and_only_of_that_version_with_so_many_copies() -> None:
    known = Places()
    assert known.of(A) is None
    assert known.learn(A, ["n1", "abcdef012345"])
    assert not known.learn(A, ["n1", "abcdef012345"])
    assert known.of(A) == {"n1", "abcdef012345"}
    assert known.of(replace(A, version=8)) is None
    assert known.of(replace(A, copies=2)) is None


def test_names_are_parted_into_here_elsewhere_and_unknown() -> None:
    known = Places()
    known.learn(A, ["n1", "N2"])
    known.learn(B, ["n3", "abcdef012345"])
    assert known.parted("abc", ENTRIES, ["n1"]) == (["a"], ["c"])
    assert known.parted("abc", ENTRIES, ["n1", "n2"]) == (["a"], ["c"])
    assert known.parted("abc", ENTRIES, ["abcdef"]) == (["b"], ["c"])
    assert known.parted("abc", ENTRIES, ["abc"]) == ([], ["c"]), "so few letters are no id"


def test_the_oldest_answers_are_forgotten(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(places, "KNOWN_MAX", 2)
    known = Places()
    for entry in (A, B, C):
        known.learn(entry, ["n1"])
    assert [known.of(entry) is None for entry in (A, B, C)] == [True, False, False]


def test_the_key_list_says_of_which_keys_a_filter_by_nodes_knows_nothing() -> None:
    index = index_of(A, B, C)
    assert not index.place("a", 7, ["n1"]), "nobody filters by it"
    index.show(parse("node:n1"), WALL_S)
    assert (index.visible, index.unplaced) == (["a"], ["b", "c"])
    assert index.place("b", 7, ["n1"])
    assert not index.place("c", 6, ["n1"]), "an older version"
    index.settle(WALL_S)
    assert (index.visible, index.unplaced) == (["a", "b"], ["c"])
    index.show(parse("node:n1 b"), WALL_S)
    assert (index.visible, index.unplaced) == (["b"], [])
    index.show(parse(""), WALL_S)
    assert (index.visible, index.unplaced) == (["a", "b", "c"], [])
