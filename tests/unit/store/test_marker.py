"""The marker document: what it says comes back, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_core.errors import StoreError
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.store.marker import Marker

MARKER = Marker(ClusterId(b"c" * 16), NodeId(b"n" * 32), "vault", 5_000_000_000)
PATH = Path("/data/marker")


def test_a_marker_comes_back_as_it_was() -> None:
    assert Marker.decode(MARKER.encode(), PATH) == MARKER


def test_the_bytes_on_disk_are_those_of_format_1() -> None:
    written = (
        "6466734631" "b0e079ad1807f374ae85e03f3f7dd7de"
        "84a7636c7573746572c41063636363636363636363636363636363"
        "a46e6f6465c4206e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e"
        "a4726f6c65a57661756c74a86361706163697479cf000000012a05f200"
    )  # fmt: skip
    assert Marker.decode(bytes.fromhex(written), PATH) == MARKER


def test_every_flipped_bit_is_noticed() -> None:
    data = MARKER.encode()
    for position in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[position // 8] ^= 1 << position % 8
        with pytest.raises(StoreError):
            Marker.decode(bytes(flipped), PATH)


def test_every_truncation_is_noticed() -> None:
    data = MARKER.encode()
    for length in range(len(data)):
        with pytest.raises(StoreError, match="damaged"):
            Marker.decode(data[:length], PATH)


def test_a_newer_format_is_refused_with_the_advice_to_upgrade() -> None:
    with pytest.raises(StoreError, match=r"newer dfs \(format 2.*upgrade dfs"):
        Marker.decode(MARKER.encode().replace(b"dfsF1", b"dfsF2"), PATH)


def test_a_role_that_does_not_exist_is_damage() -> None:
    with pytest.raises(StoreError, match="damaged"):
        Marker.decode(Marker(MARKER.cluster, MARKER.node, "king", 1).encode(), PATH)
