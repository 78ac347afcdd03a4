"""identity.json: identities, certificates, address records, invitations and proofs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dfs_core.crypto.identity import AddressRecord, Identity, node_id_of_certificate
from dfs_core.crypto.invitation import Invitation, redeem_proof, verify_redeem_proof
from dfs_core.errors import InvalidInput
from dfs_core.model.ids import NodeId

VECTORS = json.loads(Path(__file__).with_name("identity.json").read_text())


def why(case: dict[str, Any]) -> str:
    return str(case["why"])


def identity_of(case: dict[str, Any]) -> Identity:
    return Identity.from_seed(bytes.fromhex(case["private_key"]))


@pytest.mark.parametrize("case", VECTORS["identities"], ids=lambda case: case["node_id"][:12])
def test_a_private_key_makes_the_recorded_identity(case: dict[str, Any]) -> None:
    made = identity_of(case)
    found = (made.public_key.hex(), str(made.node_id), made.certificate.hex())
    assert found == (case["public_key"], case["node_id"], case["certificate"])
    assert node_id_of_certificate(bytes.fromhex(case["certificate"])) == made.node_id


@pytest.mark.parametrize("case", VECTORS["refused_certificates"], ids=why)
def test_a_recorded_bad_certificate_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        node_id_of_certificate(bytes.fromhex(case["certificate"]))


@pytest.mark.parametrize("case", VECTORS["records"], ids=lambda case: f"sequence {case['sequence']}")
def test_an_address_record_is_signed_and_read_as_recorded(case: dict[str, Any]) -> None:
    made = AddressRecord.signed(identity_of(case), tuple(case["addresses"]), case["sequence"])
    assert made.encode().hex() == case["encoded"]
    assert AddressRecord.decode(bytes.fromhex(case["encoded"])) == made


@pytest.mark.parametrize("case", VECTORS["refused_records"], ids=why)
def test_a_recorded_bad_address_record_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        AddressRecord.decode(bytes.fromhex(case["encoded"]))


@pytest.mark.parametrize("case", VECTORS["invitations"], ids=lambda case: case["role"])
def test_an_invitation_is_written_and_read_as_recorded(case: dict[str, Any]) -> None:
    secret, inviter = bytes.fromhex(case["secret"]), NodeId.parse(case["inviter"])
    made = Invitation(tuple(case["addresses"]), inviter, case["role"], secret)
    assert (made.to_line(), made.secret_hash.hex()) == (case["line"], case["secret_hash"])
    assert Invitation.parse(case["line"]) == made


@pytest.mark.parametrize("case", VECTORS["refused_lines"], ids=why)
def test_a_recorded_bad_line_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Invitation.parse(case["line"])


@pytest.mark.parametrize("case", VECTORS["proofs"], ids=lambda case: case["role"])
def test_a_proof_is_signed_and_verified_as_recorded(case: dict[str, Any]) -> None:
    joiner, inviter = identity_of(case), NodeId.parse(case["inviter"])
    secret_hash, proof = bytes.fromhex(case["secret_hash"]), bytes.fromhex(case["proof"])
    assert redeem_proof(joiner, secret_hash=secret_hash, inviter=inviter, role=case["role"]) == proof
    found = verify_redeem_proof(
        proof, certificate=joiner.certificate, secret_hash=secret_hash, inviter=inviter, role=case["role"]
    )
    assert found == joiner.node_id
