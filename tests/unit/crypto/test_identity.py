"""Identities, certificates and what they sign; hostile certificates."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.crypto.identity import (
    AddressRecord,
    Identity,
    node_id_of_certificate,
    node_id_of_public_key,
    public_key_of_certificate,
    verify,
)
from dfs_core.errors import InvalidInput
from dfs_core.limits import ADDRESSES_MAX, CERTIFICATE_BYTES_MAX
from dfs_core.model.ids import Address, NodeId

ANNA, BERT = Identity.from_seed(b"a" * 32), Identity.from_seed(b"b" * 32)
HERE = ("192.168.1.4:3000", "[fe80::1]:3000", "nas.local:7000")
RECORD = AddressRecord.signed(ANNA, HERE, 5)


def test_a_node_id_is_the_digest_of_the_public_key() -> None:
    public = x509.load_der_x509_certificate(ANNA.certificate).public_key()
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert ANNA.node_id.digest == Address.of(spki).digest
    assert node_id_of_public_key(ANNA.public_key) == node_id_of_certificate(ANNA.certificate) == ANNA.node_id


def test_one_key_has_one_certificate() -> None:
    assert Identity.from_seed(b"a" * 32) == ANNA
    assert Identity.from_seed(b"a" * 32).certificate == ANNA.certificate


def test_new_identities_differ() -> None:
    assert Identity.generate().node_id != Identity.generate().node_id


def test_a_certificate_is_valid_whatever_the_clock_says_and_names_its_node() -> None:
    certificate = x509.load_der_x509_certificate(ANNA.certificate)
    assert certificate.not_valid_before_utc == datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    assert certificate.not_valid_after_utc.year == 9999
    assert certificate.subject == certificate.issuer
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert [name.value for name in names] == [str(ANNA.node_id)[:12]]
    assert len(ANNA.certificate) < CERTIFICATE_BYTES_MAX / 2


def test_an_identity_survives_its_file() -> None:
    again = Identity.from_pem(ANNA.to_pem())
    assert again == ANNA
    assert again.sign("test", b"tea") == ANNA.sign("test", b"tea")


def test_an_identity_file_with_another_certificate_is_refused() -> None:
    private = ANNA.to_pem().split(b"-----BEGIN CERTIFICATE")[0]
    certificate = BERT.to_pem()[BERT.to_pem().index(b"-----BEGIN CERTIFICATE") :]
    with pytest.raises(InvalidInput, match="belongs to another key"):
        Identity.from_pem(private + certificate)


@pytest.mark.parametrize("cut", [0, 10, 60, 118, 200, -40])
def test_a_damaged_identity_file_is_refused(cut: int) -> None:
    with pytest.raises(InvalidInput, match="damaged"):
        Identity.from_pem(ANNA.to_pem()[:cut])


def test_an_identity_file_with_a_key_of_another_kind_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(InvalidInput, match="no Ed25519 key"):
        Identity.from_pem(other + ANNA.to_pem()[ANNA.to_pem().index(b"-----BEGIN CERTIFICATE") :])


# -- certificates in TLS, with each node's certificate as the only thing the other trusts


def context(identity: Identity, trusted: Identity, purpose: int, folder: Path) -> ssl.SSLContext:
    own = folder / f"{identity.node_id}.pem"
    own.write_bytes(identity.to_pem())
    made = ssl.SSLContext(purpose)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.verify_flags |= ssl.VERIFY_X509_STRICT  # what Python 3.13 switches on by default
    made.load_cert_chain(own)
    made.load_verify_locations(cadata=trusted.certificate)
    return made


def shake_hands(client: Identity, server: Identity, *, server_trusts: Identity, folder: Path) -> NodeId:
    """Whom the server saw. ssl.SSLError when either side refused."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    dialler = context(client, server, ssl.PROTOCOL_TLS_CLIENT, folder).wrap_bio(to_client, to_server)
    listener = context(server, server_trusts, ssl.PROTOCOL_TLS_SERVER, folder).wrap_bio(
        to_server, to_client, server_side=True
    )
    waiting = [dialler, listener]
    while waiting:
        for side in list(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
    certificate = listener.getpeercert(binary_form=True)
    assert certificate is not None
    return node_id_of_certificate(certificate)


def test_two_nodes_that_trust_each_others_certificate_shake_hands(tmp_path: Path) -> None:
    assert shake_hands(ANNA, BERT, server_trusts=ANNA, folder=tmp_path) == ANNA.node_id


def test_a_node_whose_certificate_is_not_trusted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLError, match=r"verif|unknown ca"):
        shake_hands(ANNA, BERT, server_trusts=BERT, folder=tmp_path)


# -- hostile certificates


def certificate_of(private: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, **change: object) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(change.get("issuer", "x")))])
    signer = change.get("signer", private)
    assert isinstance(signer, Ed25519PrivateKey | ec.EllipticCurvePrivateKey)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(private.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    builder = builder.not_valid_after(datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC))
    algorithm = None if isinstance(signer, Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signer, algorithm).public_bytes(serialization.Encoding.DER)


def test_an_expired_certificate_still_names_its_node() -> None:
    private = Ed25519PrivateKey.from_private_bytes(b"a" * 32)
    assert node_id_of_certificate(certificate_of(private)) == ANNA.node_id


def test_a_certificate_signed_by_somebody_else_is_refused() -> None:
    private, other = Ed25519PrivateKey.from_private_bytes(b"a" * 32), Ed25519PrivateKey.from_private_bytes(b"b" * 32)
    for change in ({"signer": other}, {"issuer": "y"}, {"signer": other, "issuer": "y"}):
        with pytest.raises(InvalidInput, match="owner signed"):
            node_id_of_certificate(certificate_of(private, **change))


def test_a_certificate_of_another_kind_of_key_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a certificate of an Ed25519 key"):
        node_id_of_certificate(certificate_of(ec.generate_private_key(ec.SECP256R1())))


# Some flips make the serial number negative, about which the parser warns before it refuses the signature.
@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_a_certificate_with_any_bit_flipped_names_nobody() -> None:
    for place in range(len(ANNA.certificate)):
        for bit in range(8):
            damaged = bytearray(ANNA.certificate)
            damaged[place] ^= 1 << bit
            with pytest.raises(InvalidInput):
                node_id_of_certificate(bytes(damaged))


def test_a_certificate_cut_short_or_followed_by_more_names_nobody() -> None:
    for size in range(len(ANNA.certificate)):
        with pytest.raises(InvalidInput):
            node_id_of_certificate(ANNA.certificate[:size])
    with pytest.raises(InvalidInput):
        node_id_of_certificate(ANNA.certificate + b"\0")


def test_an_enormous_certificate_is_refused_unread() -> None:
    with pytest.raises(InvalidInput, match="at most"):
        node_id_of_certificate(ANNA.certificate + bytes(CERTIFICATE_BYTES_MAX))


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_certificate(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        public_key_of_certificate(data)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.integers(0, len(ANNA.certificate) - 1), st.binary(min_size=1, max_size=12))
def test_a_certificate_overwritten_anywhere_raises_nothing_but_invalid_input(place: int, patch: bytes) -> None:
    damaged = ANNA.certificate[:place] + patch + ANNA.certificate[place + len(patch) :]
    try:
        assert node_id_of_certificate(damaged) == ANNA.node_id
    except InvalidInput:
        assert damaged != ANNA.certificate
    else:
        assert damaged == ANNA.certificate


# -- signatures and address records


def test_a_signature_holds_for_its_key_purpose_and_message_only() -> None:
    signature = ANNA.sign("purpose", b"message")
    verify(ANNA.public_key, "purpose", b"message", signature)
    for args in (
        (BERT.public_key, "purpose", b"message", signature),
        (ANNA.public_key, "purposem", b"essage", signature),
        (ANNA.public_key, "purpose", b"messag", signature),
        (ANNA.public_key, "purpose", b"message", signature[:-1]),
        (ANNA.public_key, "purpose", b"message", b""),
        (ANNA.public_key[:-1], "purpose", b"message", signature),
    ):
        with pytest.raises(InvalidInput, match="not a valid signature"):
            verify(*args)


def test_an_address_record_comes_back_and_names_its_node() -> None:
    again = AddressRecord.decode(RECORD.encode())
    assert again == RECORD
    assert (again.node, again.addresses, again.sequence) == (ANNA.node_id, HERE, 5)
    again.verify()


def test_a_record_changed_in_any_bit_is_refused() -> None:
    data = RECORD.encode()
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << place % 8
        with pytest.raises(InvalidInput):
            AddressRecord.decode(bytes(damaged))


def test_a_record_cut_short_or_drawn_out_is_refused() -> None:
    data = RECORD.encode()
    for size in range(len(data)):
        with pytest.raises(InvalidInput):
            AddressRecord.decode(data[:size])
    with pytest.raises(InvalidInput):
        AddressRecord.decode(data + b"\0")


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_record(data: bytes) -> None:
    for record in (data, b"dfsA1" + data):
        with pytest.raises(InvalidInput):
            AddressRecord.decode(record)


def test_a_record_rebuilt_with_other_facts_does_not_verify() -> None:
    for forged in (
        AddressRecord(BERT.public_key, HERE, 5, RECORD.signature),
        AddressRecord(ANNA.public_key, HERE[:2], 5, RECORD.signature),
        AddressRecord(ANNA.public_key, HERE, 6, RECORD.signature),
    ):
        with pytest.raises(InvalidInput):
            forged.verify()


def test_addresses_are_checked_before_they_are_signed() -> None:
    for addresses in (("nowhere",), ("a;b:1",), tuple(f"a:{n}" for n in range(1, ADDRESSES_MAX + 2))):
        with pytest.raises(InvalidInput):
            AddressRecord.signed(ANNA, addresses, 1)
    for sequence in (-1, 2**64):
        with pytest.raises(InvalidInput):
            AddressRecord.signed(ANNA, HERE, sequence)


def test_a_signed_record_with_bad_addresses_or_more_behind_them_is_refused() -> None:
    """The signer itself may be hostile."""
    for count, rest in ((1, b"\x07nowhere"), (1, b"\x03a:1\x03b:1"), (2, b"\x03a:1"), (1, b"\x03\xff:1"), (255, b"")):
        unsigned = b"dfsA1" + ANNA.public_key + (1).to_bytes(8, "big") + bytes([count]) + rest
        with pytest.raises(InvalidInput, match="address"):
            AddressRecord.decode(unsigned + ANNA.sign("dfs v1 address record", unsigned))


def test_no_repr_shows_the_private_key() -> None:
    canary = Identity.from_seed(b"canary-canary-canary-canary-cana")
    shown = repr(canary) + str(canary) + repr([canary])
    assert "canary" not in shown
    assert "Private" not in shown
    assert shown.count(str(canary.node_id)[:12]) == 3


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_of_another_size_are_refused(size: int) -> None:
    with pytest.raises(InvalidInput):
        Identity.from_seed(bytes(size))
    with pytest.raises(InvalidInput):
        node_id_of_public_key(bytes(size))
