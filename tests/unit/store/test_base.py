"""What every store checks."""

from __future__ import annotations

import pytest

from dfs_core.errors import ChunkCorrupt
from dfs_core.limits import GIB, MIB, SEALED_BYTES_MAX
from dfs_core.model.ids import Address
from dfs_core.store.base import Buffer, check_content, reserve_bytes, size_of


@pytest.mark.parametrize("data", [b"tea", bytearray(b"tea"), memoryview(b"xteax")[1:4]])
def test_right_bytes_pass_from_any_buffer(data: Buffer) -> None:
    check_content(Address.of(b"tea"), data)
    assert size_of(data) == 3


def test_wrong_bytes_are_named_with_their_place() -> None:
    address = Address.of(b"tea")
    with pytest.raises(ChunkCorrupt, match=f"{address} is damaged on this node") as raised:
        check_content(address, b"mud", "this node")
    assert raised.value.address == str(address)


def test_the_size_of_a_wide_buffer_is_in_bytes() -> None:
    assert size_of(memoryview(bytes(8)).cast("I")) == 8


def test_no_chunk_is_larger_than_a_sealed_one() -> None:
    assert size_of(bytes(SEALED_BYTES_MAX)) == SEALED_BYTES_MAX
    with pytest.raises(ValueError, match="at most"):
        size_of(bytes(SEALED_BYTES_MAX + 1))


def test_the_reserve_is_one_percent_but_not_less_than_its_floor() -> None:
    assert reserve_bytes(GIB) == 64 * MIB
    assert reserve_bytes(1000 * GIB) == 10 * GIB
