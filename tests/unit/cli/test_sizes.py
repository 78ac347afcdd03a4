"""Sizes, durations and ranges: what people write, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.cli.sizes import (
    ByteRange,
    counted,
    format_duration,
    format_size,
    format_wall,
    parse_duration,
    parse_range,
    parse_size,
)
from dfs_core.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("4096B", 4096),
        ("1k", 1024),
        ("500G", 500 * 2**30),
        ("500GiB", 500 * 2**30),
        ("500GB", 500 * 10**9),
        ("1.5TiB", 3 * 2**39),
        ("1.1T", 11 * 2**40 // 10),
        ("2 MiB", 2 * 2**20),
        ("0.5P", 2**49),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "G", "-1", "1e9", "1.", ".5G", "5X", "1G B", "1,5G", "0x10", "१G", "1G\n", " 1G"])
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput, match="500G"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("1h", 3600), ("7d", 604800), ("1h30m", 5400), ("1d1s", 86401)]
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "0s", "1w", "1.5h", "-1h", "1m1h", "1h ", "h"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput, match="30m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0-499", ByteRange(0, 500)),
        ("0-0", ByteRange(0, 1)),
        ("500-", ByteRange(500, -1)),
        ("0-", ByteRange(0, -1)),
        ("-500", ByteRange(last=500)),
    ],
)
def test_ranges_include_both_ends(text: str, wanted: ByteRange) -> None:
    assert parse_range(text) == wanted


@pytest.mark.parametrize("text", ["", "-", "5", "5-4", "a-b", "1-2-3", "-0", "1 - 2", "--5", "0x1-2"])
def test_what_is_no_range_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput, match="0-499"):
        parse_range(text)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_range_is_as_long_as_it_says(first: int, more: int) -> None:
    found = parse_range(f"{first}-{first + more}")
    assert found.end - found.start == more + 1


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (1536 * 1024, "1.5 MiB"),
        (5 * 2**40, "5.0 TiB"),
        (2**60, "1024.0 PiB"),
    ],
)
def test_sizes_are_shown_in_the_unit_that_fits(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3700, "1 h"), (200_000, "2 d"), (-1, "0 s")]
)
def test_durations_are_shown_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(0, 2**62))
def test_a_shown_size_is_short(size: int) -> None:
    assert len(format_size(size)) <= 10


def test_a_wall_clock_time_is_to_the_minute() -> None:
    assert re.fullmatch(r"2023-11-1[45] \d\d:\d\d", format_wall(1_700_000_000_000))


def test_one_is_not_many() -> None:
    assert [counted(count, "copy") for count in (0, 1, 2)] == ["0 copies", "1 copy", "2 copies"]
    assert [counted(count, "key") for count in (1, 1_200)] == ["1 key", "1,200 keys"]
    assert counted(2, "good copy") == "2 good copies"
    assert counted(2, "chunk of a file", "chunks of a file") == "2 chunks of a file"
