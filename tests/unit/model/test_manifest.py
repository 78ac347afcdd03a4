"""Heads and pages: one value, one byte string, and nothing else decodes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.errors import InvalidInput
from dfs_core.limits import CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, FILE_BYTES_MAX, INLINE_BYTES_MAX, MIB, PAGE_CHUNKS_MAX
from dfs_core.model.chunking import ChunkSpan
from dfs_core.model.manifest import (
    EPOCH_MAX,
    ChunkRef,
    Head,
    Page,
    check_lengths,
    decode_head,
    decode_page,
    encode_head,
    encode_page,
    page_of,
)

HASH = bytes(range(32))
digests = st.binary(min_size=32, max_size=32)
refs = st.builds(ChunkRef, digests, digests, st.integers(1, CHUNK_BYTES_MAX))
pages = st.builds(Page, st.integers(0, EPOCH_MAX), st.lists(refs, min_size=1, max_size=5).map(tuple))
chunk_sizes = st.sampled_from([CHUNK_BYTES_MIN << n for n in range(8)])
inlined_heads = st.builds(
    lambda chunk_bytes, digest, inline: Head(chunk_bytes, len(inline), digest, inline),
    chunk_sizes,
    digests,
    st.binary(max_size=INLINE_BYTES_MAX),
)
heads = inlined_heads | st.builds(Head, chunk_sizes, st.integers(1, FILE_BYTES_MAX), digests)


def ref(n: int, length: int = MIB) -> ChunkRef:
    return ChunkRef(n.to_bytes(32, "big"), (n + 1).to_bytes(32, "big"), length)


@given(heads)
def test_a_head_comes_back(head: Head) -> None:
    assert decode_head(encode_head(head)) == head


@given(pages)
def test_a_page_comes_back_with_its_addresses(page: Page) -> None:
    assert decode_page(encode_page(page), page.addresses) == page


@given(pages)
def test_a_page_to_be_sealed_contains_no_address(page: Page) -> None:
    secrets = {ref.secret for ref in page.refs}
    assert not any(address in encode_page(page) for address in page.addresses if address not in secrets)


@given(st.binary(max_size=200) | heads.map(encode_head) | pages.map(encode_page))
def test_what_decodes_as_a_head_encodes_to_the_same_bytes(data: bytes) -> None:
    try:
        head = decode_head(data)
    except InvalidInput:
        return
    assert encode_head(head) == data


@given(st.binary(max_size=200) | heads.map(encode_head) | pages.map(encode_page), st.integers(0, 6))
def test_what_decodes_as_a_page_encodes_to_the_same_bytes(data: bytes, count: int) -> None:
    try:
        page = decode_page(data, [bytes(32)] * count)
    except InvalidInput:
        return
    assert encode_page(page) == data


@given(pages, st.integers(0, 300), st.integers(1, 255))
def test_a_damaged_page_never_raises_anything_but_invalid_input(page: Page, place: int, flip: int) -> None:
    data = bytearray(encode_page(page))
    data[place % len(data)] ^= flip
    with contextlib.suppress(InvalidInput):
        assert decode_page(data, page.addresses) != page


def test_a_page_that_announces_more_than_it_has_is_refused_before_it_is_read() -> None:
    data = bytearray(encode_page(Page(1, (ref(1),))))
    data[10:12] = (65535).to_bytes(2, "big")
    with pytest.raises(InvalidInput, match="announced 65535"):
        decode_page(data, [bytes(32)])


def test_a_page_with_another_number_of_addresses_is_refused() -> None:
    with pytest.raises(InvalidInput, match="came with 2 addresses"):
        decode_page(encode_page(Page(1, (ref(1),))), [bytes(32)] * 2)


def test_a_head_is_no_page_and_a_page_no_head() -> None:
    page, head = encode_page(Page(1, (ref(1), ref(2)))), encode_head(Head(MIB, 5 * MIB, HASH))
    with pytest.raises(InvalidInput, match="of kind 1, not 0"):
        decode_head(page)
    with pytest.raises(InvalidInput, match="of kind 0, not 1"):
        decode_page(head, [])


def test_a_newer_format_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="starts with dfsM1"):
        decode_head(encode_head(Head(MIB, MIB, HASH)).replace(b"dfsM1", b"dfsM2"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Head(MIB, -1, HASH),
        lambda: Head(MIB, FILE_BYTES_MAX + 1, HASH),
        lambda: Head(MIB + 1, MIB, HASH),
        lambda: Head(MIB, 5, HASH[1:]),
        lambda: Head(MIB, 0, HASH),
        lambda: Head(MIB, 4, HASH, b"tea"),
        lambda: Head(MIB, INLINE_BYTES_MAX + 1, HASH, bytes(INLINE_BYTES_MAX + 1)),
        lambda: Page(1, ()),
        lambda: Page(1, (ref(1),) * (PAGE_CHUNKS_MAX + 1)),
        lambda: Page(-1, (ref(1),)),
        lambda: Page(EPOCH_MAX + 1, (ref(1),)),
        lambda: ref(1, 0),
        lambda: ref(1, CHUNK_BYTES_MAX + 1),
        lambda: ChunkRef(HASH[1:], HASH, 1),
        lambda: ChunkRef(HASH, HASH[1:], 1),
    ],
)
def test_what_no_file_can_have_cannot_be_made(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput):
        make()


def test_an_empty_file_is_inlined_and_has_no_pages() -> None:
    head = Head(MIB, 0, HASH, b"")
    assert (head.chunks, head.pages, list(head.spans())) == (0, 0, [])


def test_a_head_counts_its_chunks_and_pages() -> None:
    head = Head(MIB, (PAGE_CHUNKS_MAX * MIB) + 1, HASH)
    assert (head.chunks, head.pages) == (PAGE_CHUNKS_MAX + 1, 2)
    assert page_of(PAGE_CHUNKS_MAX) == (1, 0)


def test_a_head_names_the_chunks_of_a_range() -> None:
    assert list(Head(MIB, 3 * MIB, HASH).spans(MIB - 1, MIB + 1)) == [ChunkSpan(0, MIB - 1, MIB), ChunkSpan(1, 0, 1)]


def test_pages_must_fit_their_head() -> None:
    head = Head(MIB, 2 * MIB + 5, HASH)
    good = Page(1, (ref(0), ref(1), ref(2, 5)))
    check_lengths(head, 0, good)
    for number, page in [
        (0, Page(1, (ref(0), ref(1)))),
        (0, Page(1, (ref(0), ref(1), ref(2, 6)))),
        (0, Page(1, (ref(0, 5), ref(1), ref(2, 5)))),
        (1, good),
        (-1, good),
    ]:
        with pytest.raises(InvalidInput):
            check_lengths(head, number, page)


def test_reprs_show_neither_content_nor_secrets() -> None:
    secret = b"canary-in-a-secret-canary-in-it!"
    page = Page(1, (ChunkRef(HASH, secret, 9),))
    for shown in (repr(Head(MIB, 6, HASH, b"canary")), repr(page), repr(page.refs[0]), repr(page.refs)):
        assert "canary" not in shown
        assert secret.hex()[:8] not in shown
