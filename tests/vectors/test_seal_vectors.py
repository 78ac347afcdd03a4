"""seal.json: derived secrets, sealed chunks and manifest parts, content tokens, and what must not open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dfs_core.crypto.seal import (
    content_token,
    content_tokens,
    open_chunk,
    open_manifest_part,
    seal,
    seal_manifest_part,
)
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.errors import SealBroken
from dfs_core.model.chunking import pad
from dfs_core.model.ids import Address, ClusterId, VersionId

VECTORS = json.loads(Path(__file__).with_name("seal.json").read_text())
SECRETS = ClusterSecrets({each["epoch"]: bytes.fromhex(each["cluster_secret"]) for each in VECTORS["epochs"]}, 2)


def flipped(sealed: str, change: dict[str, Any]) -> bytes:
    data = bytearray.fromhex(sealed)
    if "flip" in change:
        data[change["flip"]] ^= change.get("flip_mask", 1)
    return bytes(data)


def opened_chunk(case: dict[str, Any], data: bytes) -> bytes:
    length = case.get("length", len(case["plain"]) // 2)
    secret, cluster_id = bytes.fromhex(case["secret"]), ClusterId.parse(case["cluster_id"])
    return bytes(open_chunk(data, secret=secret, epoch=case["epoch"], cluster_id=cluster_id, length=length))


def opened_part(case: dict[str, Any], sealed: bytes) -> bytes:
    return open_manifest_part(
        sealed,
        secrets=SECRETS,
        cluster_id=ClusterId.parse(case["cluster_id"]),
        key=case["key"],
        version_id=VersionId.parse(case["version_id"]),
        part=case["part"],
    )


@pytest.mark.parametrize("case", VECTORS["epochs"], ids=lambda case: f"epoch {case['epoch']}")
def test_secrets_are_derived_as_recorded(case: dict[str, Any]) -> None:
    epoch = case["epoch"]
    derived = (SECRETS.convergence(epoch).hex(), SECRETS.manifest(epoch).hex(), SECRETS.token(epoch).hex())
    assert derived == (case["convergence"], case["manifest"], case["token"])


def test_the_recorded_secrets_document_is_read_and_written() -> None:
    assert ClusterSecrets.decode(bytes.fromhex(VECTORS["document"])) == SECRETS
    assert SECRETS.encode().hex() == VECTORS["document"]


@pytest.mark.parametrize("case", VECTORS["chunks"], ids=lambda case: case["address"][:12])
def test_a_chunk_is_sealed_and_opened_as_recorded(case: dict[str, Any]) -> None:
    plain = bytes.fromhex(case["plain"])
    cluster_id = ClusterId.parse(case["cluster_id"])
    made = seal(pad(plain, len(plain)), secrets=SECRETS, epoch=case["epoch"], cluster_id=cluster_id)
    found = (str(made.address), made.secret.hex(), len(made.data))
    assert found == (case["address"], case["secret"], case["sealed_bytes"])
    assert opened_chunk(case, made.data) == plain
    if "sealed" in case:
        assert made.data.hex() == case["sealed"]


def test_the_recorded_sealed_bytes_hash_to_their_address() -> None:
    case = VECTORS["chunks"][0]
    assert str(Address.of(bytes.fromhex(case["sealed"]))) == case["address"]


@pytest.mark.parametrize("case", VECTORS["refused_chunks"], ids=lambda case: case["why"])
def test_a_changed_chunk_does_not_open(case: dict[str, Any]) -> None:
    good = VECTORS["chunks"][0]
    with pytest.raises(SealBroken):
        opened_chunk({**good, **case["change"]}, flipped(good["sealed"], case["change"]))


@pytest.mark.parametrize("case", VECTORS["parts"], ids=lambda case: f"part {case['part']}")
def test_a_manifest_part_is_sealed_and_opened_as_recorded(case: dict[str, Any]) -> None:
    sealed = seal_manifest_part(
        bytes.fromhex(case["plain"]),
        secrets=SECRETS,
        epoch=case["epoch"],
        cluster_id=ClusterId.parse(case["cluster_id"]),
        key=case["key"],
        version_id=VersionId.parse(case["version_id"]),
        part=case["part"],
    )
    assert sealed.hex() == case["sealed"]
    assert opened_part(case, sealed).hex() == case["plain"]


@pytest.mark.parametrize("case", VECTORS["refused_parts"], ids=lambda case: case["why"])
def test_a_changed_manifest_part_does_not_open(case: dict[str, Any]) -> None:
    good = VECTORS["parts"][0]
    with pytest.raises(SealBroken):
        opened_part({**good, **case["change"]}, flipped(good["sealed"], case["change"]))


@pytest.mark.parametrize("case", VECTORS["tokens"], ids=lambda case: f"epoch {case['epoch']}")
def test_a_content_token_is_as_recorded(case: dict[str, Any]) -> None:
    content_hash = bytes.fromhex(case["content_hash"])
    assert content_token(content_hash, SECRETS, case["epoch"]).hex() == case["token"]
    assert bytes.fromhex(case["token"]) in content_tokens(content_hash, SECRETS)
