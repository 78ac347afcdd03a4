"""What a filter line lets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_tui.view.filter import parse, size_of
from dfs_tui.view.values import KeyEntry

NOW = 1_000_000.0
KEYS = [
    KeyEntry("photos/2024/Beach.raw", 1, 2 << 30, NOW - 3600, copies=3),
    KeyEntry("photos/2023/dunes.raw", 2, 4 << 20, NOW - 40 * 86400, copies=2),
    KeyEntry("notes/q3.md", 3, 900, NOW - 60, copies=-1),
    KeyEntry("size>1g", 4, 1, NOW, copies=3),
]


def found(text: str) -> list[str]:
    return [entry.key.rpartition("/")[2] for entry in KEYS if parse(text).matches(entry, NOW)]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ["Beach.raw", "dunes.raw", "q3.md", "size>1g"]),
        ("photos", ["Beach.raw", "dunes.raw"]),
        ("beach", ["Beach.raw"]),
        ("raw 2024", ["Beach.raw"]),
        ("photos !2024", ["dunes.raw"]),
        ("~phbch", ["Beach.raw"]),
        ("size>1g", ["Beach.raw"]),
        ("size<1k", ["q3.md", "size>1g"]),
        ("size>=4mib size<1g", ["dunes.raw"]),
        ("copies<3", ["dunes.raw"]),
        ("copies=3", ["Beach.raw", "size>1g"]),
        ("age<1d raw", ["Beach.raw"]),
        ("age>30d", ["dunes.raw"]),
        ("nothing like it", []),
        ("!", ["Beach.raw", "dunes.raw", "q3.md", "size>1g"]),
        ("size>1parsec", []),
        ("copies<3x", []),
    ],
)
def test_a_filter_line_lets_through(text: str, keys: list[str]) -> None:
    assert found(text) == keys


@given(st.lists(st.sampled_from(["raw", "!2024", "~ph", "size>1g", "photos", "BEACH", "age<1d"]), max_size=3))
def test_the_short_way_lets_through_what_the_long_one_does(parts: list[str]) -> None:
    wanted = parse(" ".join(parts))
    entries = {entry.key: entry for entry in KEYS}
    assert wanted.select(list(entries), entries, NOW) == [e.key for e in KEYS if wanted.matches(e, NOW)]


@given(st.text())
def test_there_is_no_wrong_filter_line(text: str) -> None:
    for entry in KEYS:
        parse(text).matches(entry, NOW)


def test_only_an_empty_line_is_no_filter() -> None:
    assert not parse("   ")
    assert parse("a")
    assert parse("copies<3")


@given(st.text(alphabet="abc.*[]()\\", max_size=6))
def test_letters_of_a_fuzzy_word_are_letters_and_not_a_pattern(text: str) -> None:
    assert parse(f"~{text}").matches(KeyEntry(text or "x", 1, 1, NOW), NOW)


def test_a_size_is_read_as_people_write_it() -> None:
    assert [size_of(text) for text in ("80M", "1.5g", "4096", "2MiB/s", "0")] == [80 << 20, 3 << 29, 4096, 2 << 20, 0]
    assert [size_of(text) for text in ("", "fast", "8x", "-1", "1 M")] == [None] * 5
