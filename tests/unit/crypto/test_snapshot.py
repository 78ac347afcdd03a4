from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.crypto.identity import Identity
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.crypto.snapshot import POINTER_BYTES_MAX, SnapshotPointer, open_root, seal_root
from dfs_core.errors import InvalidInput, SealBroken
from dfs_core.model.ids import Address, ClusterId

CLUSTER, OTHER = ClusterId(b"c" * 16), ClusterId(b"o" * 16)
SECRETS = ClusterSecrets({1: b"\x11" * 32, 2: b"\x22" * 32}, 2)
SIGNER = Identity.from_seed(b"s" * 32)
POINTER = SnapshotPointer(CLUSTER, 2, 0, 5, 1234, Address(b"r" * 32), 400, 70_000, b"").signed(SIGNER)


def sealed(plain: bytes = b"the root", number: int = 5, epoch: int = 2) -> bytes:
    return seal_root(plain, secrets=SECRETS, epoch=epoch, cluster=CLUSTER, number=number)


def test_a_root_opens_for_its_own_cluster_and_number_only() -> None:
    assert open_root(sealed(), secrets=SECRETS, cluster=CLUSTER, number=5) == b"the root"
    for cluster, number in ((OTHER, 5), (CLUSTER, 6)):
        with pytest.raises(SealBroken):
            open_root(sealed(), secrets=SECRETS, cluster=cluster, number=number)


def test_a_root_opens_with_its_epochs_secret_only() -> None:
    older = ClusterSecrets({1: SECRETS.epochs[1]}, 1)
    with pytest.raises(SealBroken, match="epoch 2"):
        open_root(sealed(), secrets=older, cluster=CLUSTER, number=5)
    foreign = ClusterSecrets({2: b"\x33" * 32}, 2)
    with pytest.raises(SealBroken):
        open_root(sealed(), secrets=foreign, cluster=CLUSTER, number=5)
    assert open_root(sealed(epoch=1), secrets=older, cluster=CLUSTER, number=5) == b"the root"


def test_a_flipped_bit_anywhere_in_a_root_is_refused() -> None:
    whole = sealed()
    for at in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[at // 8] ^= 1 << at % 8
        with pytest.raises(SealBroken):
            open_root(damaged, secrets=SECRETS, cluster=CLUSTER, number=5)


def test_two_roots_under_one_number_are_sealed_under_two_secrets() -> None:
    """Their key streams differ: what two texts have in common shows nowhere."""
    one, other = sealed(b"a" * 64), sealed(b"a" * 63 + b"b")
    assert one[25:80] != other[25:80]
    assert sealed(b"a" * 64) == one


def test_a_pointer_comes_back_as_it_was_signed() -> None:
    read = SnapshotPointer.decode(POINTER.encode())
    assert read == POINTER
    assert read.node == SIGNER.node_id
    assert len(POINTER.encode()) <= POINTER_BYTES_MAX


def test_a_later_generation_is_newer_whatever_the_older_one_still_did() -> None:
    newer = replace(POINTER, generation=1, epoch=1, number=1)
    assert max([POINTER, newer], key=lambda pointer: pointer.rank) is newer


def test_any_change_of_a_pointer_is_noticed() -> None:
    whole = POINTER.encode()
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        with pytest.raises(InvalidInput):
            SnapshotPointer.decode(bytes(damaged))
    for wrong in (whole[:-1], whole + b"\0", b"", b"dfsP1"):
        with pytest.raises(InvalidInput):
            SnapshotPointer.decode(wrong)


def test_a_pointer_signed_by_another_key_than_it_names_is_refused() -> None:
    forged = replace(POINTER, number=6)
    with pytest.raises(InvalidInput):
        SnapshotPointer.decode(forged.encode())


@given(st.binary(max_size=300))
def test_reading_a_pointer_is_total(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        SnapshotPointer.decode(b"dfsP1" + data)
