from __future__ import annotations

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.errors import InvalidInput
from dfs_core.limits import KEY_BYTES_MAX
from dfs_core.model.ids import BUCKET_COUNT, Address, ClusterId, NodeId, VersionId, check_key

IDS = [(Address, 32), (NodeId, 32), (ClusterId, 16), (VersionId, 16)]
AnyId = type[Address] | type[NodeId] | type[ClusterId] | type[VersionId]


@pytest.mark.parametrize(("kind", "size"), IDS)
def test_an_id_prints_as_lower_case_hex_and_is_read_back(kind: AnyId, size: int) -> None:
    made = kind(bytes(range(200, 200 + size)))
    assert str(made) == bytes(range(200, 200 + size)).hex()
    assert kind.parse(str(made)) == made


@pytest.mark.parametrize(("kind", "size"), IDS)
def test_an_id_has_exactly_its_size(kind: AnyId, size: int) -> None:
    for wrong in (0, size - 1, size + 1):
        with pytest.raises(InvalidInput, match=f"{size} bytes, got {wrong}"):
            kind(b"x" * wrong)


@pytest.mark.parametrize("mutable", [bytearray(32), memoryview(bytes(32))])
def test_an_id_is_made_of_bytes_that_nobody_can_change(mutable: bytes) -> None:
    with pytest.raises(InvalidInput):
        Address(mutable)


@pytest.mark.parametrize(
    "text",
    ["", "ab", "g" * 64, "../" * 21 + "a", "ab " * 32, " " + "ab" * 32, "ab" * 32 + "\n", "ab" * 31 + "\u0661\u0661"],
)
def test_what_is_not_exactly_the_hex_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        NodeId.parse(text)


@given(st.text(max_size=80))
def test_reading_an_id_is_total(text: str) -> None:
    try:
        made = VersionId.parse(text)
    except InvalidInput:
        return
    assert str(made) == text.lower()


def test_ids_of_different_kinds_are_never_equal_and_have_no_order() -> None:
    assert len({NodeId(b"a" * 32), Address(b"a" * 32), NodeId(b"a" * 32)}) == 2
    assert NodeId(b"a" * 32) < NodeId(b"b" * 32)
    with pytest.raises(TypeError):
        sorted([NodeId(b"b" * 32), Address(b"a" * 32)])


def test_a_repr_is_short() -> None:
    assert repr(NodeId(b"\xab" * 32)) == "NodeId(abababababab)"
    assert NodeId(b"\xab" * 32).short == "abababababab"


def test_an_address_is_the_blake3_digest_of_the_bytes() -> None:
    assert Address.of(b"tea").digest == blake3(b"tea").digest()
    assert Address.of(bytearray(b"tea")) == Address.of(memoryview(b"tea")) == Address.of(b"tea")
    assert str(Address.of(b"")) == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"


def test_a_bucket_is_the_first_three_hex_digits() -> None:
    for text in ("000", "abc", "fff"):
        address = Address.parse(text + "7" * 61)
        assert f"{address.bucket:03x}" == text
        assert 0 <= address.bucket < BUCKET_COUNT


@pytest.mark.parametrize(
    "key",
    ["a", "photos/2024/a.jpg", "-rf", "a b", "two\nlines", "…/ünï/日本", ".hidden", "..a", "a..", "x" * KEY_BYTES_MAX],
)
def test_a_key_may_be_almost_anything(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/etc/passwd",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/.",
        "nul\0",
        "x" * (KEY_BYTES_MAX + 1),
        "é" * (KEY_BYTES_MAX // 2 + 1),
        "half a \ud800 pair",
    ],
)
def test_a_key_that_could_leave_its_folder_or_cannot_be_written_out_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput):
        check_key(key)


@given(st.text(max_size=40))
def test_a_key_written_below_a_folder_stays_below_it(text: str) -> None:
    try:
        parts = check_key(text).split("/")
    except InvalidInput:
        return
    depth = 0
    for part in parts:
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        assert depth > 0
