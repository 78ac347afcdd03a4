"""Cutting and padding: arithmetic that every reader and writer must share."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.errors import InvalidInput
from dfs_core.limits import CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, FILE_BYTES_MAX, KIB, MIB, TAIL_BYTES_MIN
from dfs_core.model.chunking import (
    ChunkSpan,
    check_chunk_bytes,
    check_range,
    chunk_count,
    chunk_length,
    chunk_spans,
    pad,
    padded_size,
)

lengths = st.integers(1, CHUNK_BYTES_MAX)
chunk_sizes = st.sampled_from([CHUNK_BYTES_MIN << n for n in range(8)])


def padme_of_the_paper(length: int) -> int:
    exponent = math.floor(math.log2(length))
    digits = math.floor(math.log2(exponent)) + 1
    step = 2 ** (exponent - digits)
    return int(math.ceil(length / step) * step)


@given(lengths)
def test_padding_is_padme_above_a_floor(length: int) -> None:
    assert padded_size(length) == max(TAIL_BYTES_MIN, padme_of_the_paper(length) if length > 2 else 1)


@given(lengths)
def test_padding_never_shrinks_and_costs_less_than_a_sixteenth(length: int) -> None:
    assert length <= padded_size(length) <= max(TAIL_BYTES_MIN, length * 17 / 16)


@given(lengths)
def test_padding_what_is_padded_changes_nothing(length: int) -> None:
    assert padded_size(padded_size(length)) == padded_size(length)


@given(chunk_sizes, st.data())
def test_no_chunk_is_padded_beyond_the_chunk_size(chunk_bytes: int, data: st.DataObject) -> None:
    assert padded_size(data.draw(st.integers(1, chunk_bytes))) <= chunk_bytes
    assert padded_size(chunk_bytes) == chunk_bytes


def test_few_padded_sizes_exist_so_that_lengths_hide_in_crowds() -> None:
    assert len({padded_size(length) for length in range(1, MIB + 1, 7)}) == 1 + 4 * 16 + 4 * 32


@pytest.mark.parametrize("length", [0, -1, CHUNK_BYTES_MAX + 1])
def test_no_chunk_has_such_a_length(length: int) -> None:
    with pytest.raises(ValueError, match="a chunk has 1 to"):
        padded_size(length)


def test_padding_a_reused_buffer_clears_what_the_last_chunk_left_and_copies_nothing() -> None:
    buffer = bytearray(b"\xff" * CHUNK_BYTES_MIN)
    padded = pad(buffer, 5000)
    assert bytes(padded) == b"\xff" * 5000 + bytes(padded_size(5000) - 5000)
    buffer[0] = 7
    assert padded[0] == 7


@pytest.mark.parametrize("make", [bytes, memoryview, bytearray])
def test_padding_a_buffer_without_room_copies_it(make: type) -> None:
    text = make(b"tea")
    padded = pad(text, 3)
    assert bytes(padded) == b"tea" + bytes(TAIL_BYTES_MIN - 3)
    assert bytes(text) == b"tea"


def test_a_full_chunk_is_lent_as_it_is() -> None:
    chunk = bytearray(CHUNK_BYTES_MIN)
    padded = pad(chunk, CHUNK_BYTES_MIN)
    chunk[9] = 1
    assert padded[9] == 1
    assert len(padded) == CHUNK_BYTES_MIN


def test_more_bytes_than_the_buffer_has_are_refused() -> None:
    with pytest.raises(ValueError, match="10 bytes were announced"):
        pad(b"tea", 10)


@pytest.mark.parametrize("chunk_bytes", [0, 1, CHUNK_BYTES_MIN - 1, CHUNK_BYTES_MIN + 1, 3 * CHUNK_BYTES_MIN, 16 * MIB])
def test_a_chunk_size_is_a_power_of_two_within_bounds(chunk_bytes: int) -> None:
    with pytest.raises(InvalidInput, match="a power of two"):
        check_chunk_bytes(chunk_bytes)


@given(st.integers(0, 10 * MIB), chunk_sizes)
def test_the_chunks_of_a_file_have_its_size_together(size: int, chunk_bytes: int) -> None:
    count = chunk_count(size, chunk_bytes)
    assert sum(chunk_length(index, size, chunk_bytes) for index in range(count)) == size
    assert all(chunk_length(index, size, chunk_bytes) == chunk_bytes for index in range(count - 1))


@pytest.mark.parametrize("index", [-1, 2])
def test_a_chunk_outside_the_file_has_no_length(index: int) -> None:
    with pytest.raises(ValueError, match="no chunk"):
        chunk_length(index, CHUNK_BYTES_MIN + 1, CHUNK_BYTES_MIN)


@given(st.binary(max_size=300), st.sampled_from([1, 2, 7, 64]), st.integers(0, 310), st.integers(0, 310))
def test_spans_put_together_are_the_slice(content: bytes, chunk_bytes: int, start: int, end: int) -> None:
    start, end = sorted((min(start, len(content)), end))
    chunks = [content[n : n + chunk_bytes] for n in range(0, len(content), chunk_bytes)]
    spans = list(chunk_spans(len(content), chunk_bytes, start, end))
    assert b"".join(chunks[span.chunk][span.start : span.end] for span in spans) == content[start:end]
    assert len({span.chunk for span in spans}) == len(spans)


def test_a_range_touches_only_its_chunks() -> None:
    spans = list(chunk_spans(10 * MIB, MIB, 3 * MIB - 1, 4 * MIB + 2))
    assert spans == [ChunkSpan(2, MIB - 1, MIB), ChunkSpan(3, 0, MIB), ChunkSpan(4, 0, 2)]


def test_spans_of_the_largest_file_are_made_one_by_one() -> None:
    spans = chunk_spans(FILE_BYTES_MAX, CHUNK_BYTES_MIN)
    assert next(spans) == ChunkSpan(0, 0, 64 * KIB)


def test_an_empty_range_touches_nothing() -> None:
    assert list(chunk_spans(10, 4, 10, 10)) == []
    assert list(chunk_spans(0, 4)) == []


def test_a_range_that_ends_past_the_file_ends_with_it() -> None:
    assert check_range(2, 99, 10) == (2, 10)
    assert check_range(2, None, 10) == (2, 10)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (11, None), (5, 4), (11, 20)])
def test_a_range_outside_the_file_is_refused_with_the_files_size(start: int, end: int | None) -> None:
    with pytest.raises(InvalidInput, match="outside the file's 10 bytes"):
        check_range(start, end, 10)


def test_a_file_beyond_the_limit_has_no_spans() -> None:
    with pytest.raises(InvalidInput, match="at most"):
        next(chunk_spans(FILE_BYTES_MAX + 1, MIB))
