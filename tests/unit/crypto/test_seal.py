"""Sealed chunks and manifest parts: nothing shows, nothing can be changed, and no secret seals two texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from blake3 import blake3
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.crypto import seal as seal_module
from dfs_core.crypto.seal import (
    PART_OVERHEAD_BYTES,
    Sealed,
    content_token,
    content_tokens,
    open_chunk,
    open_manifest_part,
    seal,
    seal_manifest_part,
)
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.errors import SealBroken
from dfs_core.limits import CHUNK_BYTES_MAX, MIB, SEAL_OVERHEAD_BYTES, TAIL_BYTES_MIN
from dfs_core.model.chunking import pad, padded_size
from dfs_core.model.ids import Address, ClusterId, VersionId

CANARY = b"the canary sings at noon"
SECRETS = ClusterSecrets({1: b"1" * 32, 2: b"2" * 32}, 2)
HOME, AWAY = ClusterId(b"h" * 16), ClusterId(b"a" * 16)
VERSION, OTHER_VERSION = VersionId(b"v" * 16), VersionId(b"w" * 16)


def sealed_chunk(
    text: bytes = CANARY, *, secrets: ClusterSecrets = SECRETS, epoch: int = 1, cluster_id: ClusterId = HOME
) -> Sealed:
    return seal(pad(text, len(text)), secrets=secrets, epoch=epoch, cluster_id=cluster_id)


def sealed_part(plain: bytes = CANARY, *, epoch: int = 1, key: str = "a/b", part: int = 0) -> bytes:
    return seal_manifest_part(
        plain, secrets=SECRETS, epoch=epoch, cluster_id=HOME, key=key, version_id=VERSION, part=part
    )


def opened_part(
    sealed: bytes,
    *,
    secrets: ClusterSecrets = SECRETS,
    cluster_id: ClusterId = HOME,
    key: str = "a/b",
    version_id: VersionId = VERSION,
    part: int = 0,
) -> bytes:
    return open_manifest_part(sealed, secrets=secrets, cluster_id=cluster_id, key=key, version_id=version_id, part=part)


# -- chunks


@given(st.binary(min_size=1, max_size=20_000))
def test_a_chunk_comes_back_without_its_padding(text: bytes) -> None:
    made = sealed_chunk(text)
    opened = open_chunk(made.data, secret=made.secret, epoch=1, cluster_id=HOME, length=len(text))
    assert opened == text
    assert len(made.data) == padded_size(len(text)) + SEAL_OVERHEAD_BYTES
    assert made.address == Address.of(made.data)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_buffer_is_sealed_and_opened_alike(kind: Callable[[bytes], bytes]) -> None:
    padded = bytes(pad(CANARY, len(CANARY)))
    made = seal(kind(padded), secrets=SECRETS, epoch=1, cluster_id=HOME)
    assert made == sealed_chunk()
    opened = open_chunk(kind(made.data), secret=made.secret, epoch=1, cluster_id=HOME, length=len(CANARY))
    assert opened == CANARY


def test_a_chunk_is_sealed_as_the_format_says() -> None:
    padded = CANARY + bytes(TAIL_BYTES_MIN - len(CANARY))
    header = b"dfsC1" + (1).to_bytes(4, "big") + HOME.digest
    convergence = blake3(b"1" * 32, derive_key_context="dfs v1 convergence secret from cluster secret").digest()
    secret = blake3(header + padded, key=convergence).digest()
    data = AESGCM(secret).encrypt(bytes(12), padded, header)
    assert sealed_chunk() == Sealed(Address(blake3(data).digest()), secret, data)


def test_equal_chunks_seal_equally_inside_one_cluster_and_epoch_and_nowhere_else() -> None:
    other = ClusterSecrets({1: b"3" * 32}, 1)
    assert sealed_chunk() == sealed_chunk()
    elsewhere = [sealed_chunk(epoch=2), sealed_chunk(cluster_id=AWAY), sealed_chunk(secrets=other)]
    assert len({sealed_chunk().address, *(made.address for made in elsewhere)}) == 4
    assert len({sealed_chunk().secret, *(made.secret for made in elsewhere)}) == 4


def test_one_secret_seals_one_byte_string() -> None:
    """Whatever goes into the cipher (text, epoch, cluster, length) goes into its secret."""
    texts = [b"a", b"b", b"a\0" * 3000, bytes(5000), bytes(4097)]
    made = [sealed_chunk(t, epoch=e, cluster_id=c) for t in texts for e in (1, 2) for c in (HOME, AWAY)]
    assert len({each.secret for each in made}) == len({each.data for each in made}) == len(made)


def test_a_flipped_bit_anywhere_in_a_sealed_chunk_is_refused() -> None:
    made = sealed_chunk()
    damaged = bytearray(made.data)
    for place in range(len(damaged)):
        damaged[place] ^= 1 << place % 8
        with pytest.raises(SealBroken):
            open_chunk(damaged, secret=made.secret, epoch=1, cluster_id=HOME, length=len(CANARY))
        damaged[place] ^= 1 << place % 8
    assert open_chunk(damaged, secret=made.secret, epoch=1, cluster_id=HOME, length=len(CANARY)) == CANARY


def test_a_chunk_opens_with_its_own_secret_epoch_cluster_and_length_only() -> None:
    made = sealed_chunk()
    good: dict[str, Any] = {"secret": made.secret, "epoch": 1, "cluster_id": HOME, "length": len(CANARY)}
    wrong: list[tuple[str, object]] = [
        ("secret", bytes([made.secret[0] ^ 1]) + made.secret[1:]),
        ("secret", made.secret[:16]),
        ("secret", b""),
        ("epoch", 2),
        ("epoch", 0),
        ("cluster_id", AWAY),
        ("length", 0),
        ("length", -1),
        ("length", TAIL_BYTES_MIN + 1),
        ("length", CHUNK_BYTES_MAX + 1),
        ("length", len(CANARY) - 1),  # true bytes where padding should be
    ]
    for name, value in wrong:
        with pytest.raises(SealBroken):
            open_chunk(made.data, **{**good, name: value})


@pytest.mark.parametrize("size", [0, 1, 15, 16, TAIL_BYTES_MIN, TAIL_BYTES_MIN + 15, TAIL_BYTES_MIN + 17])
def test_a_chunk_cut_short_or_drawn_out_is_refused(size: int) -> None:
    made = sealed_chunk()
    data = (made.data + b"\0" * 20)[:size]
    with pytest.raises(SealBroken):
        open_chunk(data, secret=made.secret, epoch=1, cluster_id=HOME, length=len(CANARY))


def test_an_epoch_without_a_secret_seals_nothing() -> None:
    with pytest.raises(SealBroken, match="epoch 3"):
        sealed_chunk(epoch=3)


@pytest.mark.parametrize("size", [0, CHUNK_BYTES_MAX + 1])
def test_what_is_no_chunk_is_not_sealed(size: int) -> None:
    with pytest.raises(ValueError, match="a padded chunk has"):
        seal(bytes(size), secrets=SECRETS, epoch=1, cluster_id=HOME)


def test_a_buffer_may_be_reused_once_it_was_sealed() -> None:
    buffer = bytearray(MIB)
    made = seal(buffer, secrets=SECRETS, epoch=1, cluster_id=HOME)
    buffer[:] = b"\xff" * MIB
    assert open_chunk(made.data, secret=made.secret, epoch=1, cluster_id=HOME, length=MIB) == bytes(MIB)


# -- manifest parts


@given(st.binary(max_size=3000), st.text(min_size=1, max_size=20), st.integers(0, 2**32 - 1))
def test_a_manifest_part_comes_back(plain: bytes, key: str, part: int) -> None:
    try:
        key.encode()
    except UnicodeEncodeError:
        return
    sealed = sealed_part(plain, key=key, part=part)
    assert opened_part(sealed, key=key, part=part) == plain
    assert len(sealed) == len(plain) + PART_OVERHEAD_BYTES


def test_a_part_of_any_epoch_opens_while_its_secret_is_held() -> None:
    assert opened_part(sealed_part(epoch=1)) == opened_part(sealed_part(epoch=2)) == CANARY
    with pytest.raises(SealBroken, match="epoch 1"):
        opened_part(sealed_part(epoch=1), secrets=ClusterSecrets({2: b"2" * 32}, 2))


def test_a_part_opens_for_its_own_cluster_key_version_and_place_only() -> None:
    sealed = sealed_part()
    for change in (
        {"cluster_id": AWAY},
        {"key": "a/c"},
        {"key": "a/bv"},
        {"version_id": OTHER_VERSION},
        {"part": 1},
        {"secrets": ClusterSecrets({1: b"3" * 32}, 1)},
    ):
        with pytest.raises(SealBroken):
            opened_part(sealed, **change)


def test_without_associated_data_one_version_opens_in_the_place_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ablation: the catalog of a node that lies, or a disk that mixes up two rows, would pass."""
    monkeypatch.setattr(seal_module, "_part_context", lambda *_: b"")
    assert opened_part(sealed_part(), key="a/c", version_id=OTHER_VERSION) == CANARY


def test_a_flipped_bit_anywhere_in_a_sealed_part_is_refused() -> None:
    sealed = sealed_part()
    for place in range(len(sealed)):
        for bit in range(8):
            damaged = bytearray(sealed)
            damaged[place] ^= 1 << bit
            with pytest.raises(SealBroken):
                opened_part(bytes(damaged))


def test_a_part_cut_short_anywhere_is_refused() -> None:
    sealed = sealed_part()
    for size in range(len(sealed)):
        with pytest.raises(SealBroken):
            opened_part(sealed[:size])


@given(st.binary(max_size=200))
def test_arbitrary_bytes_do_not_open(data: bytes) -> None:
    for sealed in (data, b"dfsS1" + data, b"dfsS1\0\0\0\1" + data):
        with pytest.raises(SealBroken):
            opened_part(sealed)


def test_sealing_two_texts_as_the_same_part_uses_two_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that seals a half-filled page and then the full one must not reuse a secret with the zero nonce."""
    used = []

    def recorded(secret: bytes) -> AESGCM:
        used.append(secret)
        return AESGCM(secret)

    monkeypatch.setattr(seal_module, "AESGCM", recorded)
    sealed = [sealed_part(b"half"), sealed_part(b"full"), sealed_part(b"full", epoch=2), sealed_part(b"full", key="c")]
    assert len(set(used)) == len(set(sealed)) == 4


def test_sealing_a_part_again_gives_the_same_bytes() -> None:
    assert sealed_part() == sealed_part()


# -- tokens, and what shows


def test_a_content_is_found_under_the_epoch_it_was_stored_in() -> None:
    content_hash = blake3(CANARY).digest()
    tokens = content_tokens(content_hash, SECRETS)
    assert tokens == (content_token(content_hash, SECRETS, 2), content_token(content_hash, SECRETS, 1))
    assert content_token(content_hash, SECRETS.with_epoch(3, b"3" * 32), 1) in tokens
    assert content_hash not in tokens


def test_a_token_confirms_nothing_to_another_cluster() -> None:
    content_hash = blake3(CANARY).digest()
    assert content_token(content_hash, SECRETS, 1) != content_token(content_hash, ClusterSecrets({1: b"3" * 32}, 1), 1)


def test_nothing_of_the_plain_text_or_a_secret_shows() -> None:
    chunk = sealed_chunk(CANARY * 300)
    part = sealed_part(CANARY * 30, key="the-secret-name")
    outputs = [chunk.data, part, repr(chunk).encode(), str(chunk).encode(), repr([chunk]).encode()]
    hidden = [CANARY, CANARY[:8], chunk.secret, chunk.secret.hex().encode()[:12], b"the-secret-name"]
    hidden += [b"1" * 32, SECRETS.convergence(1), SECRETS.manifest(1), SECRETS.token(1)]
    assert not [text for text in hidden for output in outputs if text in output]
