"""The secret tree: what is derived, what is kept, and that none of it shows."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.crypto.secrets import EPOCHS_MAX, MARKER, ClusterSecrets
from dfs_core.errors import InvalidInput, SealBroken

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
SECRETS = ClusterSecrets({1: OLD, 2: NEW}, 2)


def test_a_new_cluster_has_one_epoch_from_the_randomness_handed_in() -> None:
    made = ClusterSecrets.generate(random.Random(7).randbytes)
    assert made == ClusterSecrets.generate(random.Random(7).randbytes)
    assert (list(made.epochs), made.current) == ([1], 1)


def test_each_purpose_and_epoch_has_its_own_secret() -> None:
    derived = [f(e) for e in (1, 2) for f in (SECRETS.convergence, SECRETS.manifest, SECRETS.token)]
    assert len({OLD, NEW, *derived}) == 8
    assert all(len(secret) == 32 for secret in derived)


def test_an_epoch_that_is_not_held_is_named() -> None:
    with pytest.raises(SealBroken, match="epoch 3, which this node does not hold"):
        SECRETS.manifest(3)


def test_a_new_epoch_comes_first_and_into_force_later() -> None:
    third = SECRETS.with_epoch(3, b"3" * 32)
    assert third.current == 2
    assert third.with_current(3).current == 3
    assert third.with_current(3).convergence(1) == SECRETS.convergence(1)


def test_a_secret_is_never_replaced() -> None:
    assert SECRETS.with_epoch(2, NEW) == SECRETS
    with pytest.raises(InvalidInput, match="never replaced"):
        SECRETS.with_epoch(2, OLD)


@pytest.mark.parametrize(
    ("epochs", "current"),
    [
        ({}, 1),
        ({1: OLD}, 2),
        ({0: OLD}, 0),
        ({1: OLD[1:]}, 1),
        ({1: bytearray(OLD)}, 1),
        ({2**32: OLD}, 2**32),
        (dict.fromkeys(range(1, EPOCHS_MAX + 2), OLD), 1),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_no_cluster_can_have_is_refused(epochs: dict[int, bytes], current: int) -> None:
    with pytest.raises(InvalidInput):
        ClusterSecrets(epochs, current)


def test_what_was_given_cannot_be_changed_behind_it() -> None:
    epochs = {1: OLD}
    made = ClusterSecrets(epochs, 1)
    epochs[1] = NEW
    assert made.epochs[1] == OLD
    with pytest.raises(TypeError):
        made.epochs[1] = NEW  # type: ignore[index]


@given(st.dictionaries(st.integers(1, 2**32 - 1), st.binary(min_size=32, max_size=32), min_size=1, max_size=5))
def test_the_document_brings_back_every_epoch(epochs: dict[int, bytes]) -> None:
    made = ClusterSecrets(epochs, max(epochs))
    assert ClusterSecrets.decode(made.encode()) == made


def test_a_flipped_bit_anywhere_in_the_document_is_refused() -> None:
    document = SECRETS.encode()
    for place in range(len(document)):
        for bit in range(8):
            damaged = bytearray(document)
            damaged[place] ^= 1 << bit
            with pytest.raises(InvalidInput, match=r"damaged|starts with"):
                ClusterSecrets.decode(bytes(damaged))


def test_a_document_cut_short_anywhere_is_refused() -> None:
    document = SECRETS.encode()
    for size in range(len(document)):
        with pytest.raises(InvalidInput):
            ClusterSecrets.decode(document[:size])
    with pytest.raises(InvalidInput):
        ClusterSecrets.decode(document + b"\0")


@given(st.binary(max_size=100))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        ClusterSecrets.decode(MARKER + data)


def test_an_epoch_listed_twice_is_refused() -> None:
    body = msgspec.msgpack.encode({"current": 1, "epochs": [[1, OLD], [1, NEW]], "check": bytes(8)})
    with pytest.raises(InvalidInput):
        ClusterSecrets.decode(MARKER + body)


def test_no_repr_and_no_error_shows_a_secret() -> None:
    canary = b"canary-canary-canary-canary-cana"
    made = ClusterSecrets({1: canary}, 1)
    shown = [repr(made), str(made), f"{made}", repr([made]), repr({"secrets": made})]
    for damaged in (made.encode()[:-1], made.encode()[:20], made.encode().replace(b"check", b"chick")):
        with pytest.raises(InvalidInput) as caught:
            ClusterSecrets.decode(damaged)
        shown.append(repr(caught.value) + str(caught.value.__cause__))
    with pytest.raises(InvalidInput) as caught:
        ClusterSecrets({1: canary[1:]}, 1)
    shown.append(str(caught.value))
    assert not any("canary" in text or canary.hex()[:12] in text for text in shown)
