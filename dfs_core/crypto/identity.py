"""Who a node is: an Ed25519 key, the certificate that carries it into TLS, and what it signs.

A NodeId is the BLAKE3 digest of the public key in DER (SubjectPublicKeyInfo). The certificate is only its envelope:
self-signed, valid from 1970 to 9999 whatever any clock says, and a function of the key alone, so that making it again
gives the same bytes. It grants nothing; the member list does.

Signatures say what they are for: the signed bytes are the purpose's name after its length (u8), then the message.

    address record   "dfsA1" | public key 32 | sequence u64 | count u8 | count × (length u8 | host:port) | signature 64

A node signs its own addresses, so anyone can pass them on; the highest sequence wins. TLS contexts are built in
transport/link.py; files are read and written by server/.
"""

from __future__ import annotations

import datetime
import struct
from dataclasses import dataclass, field

from blake3 import blake3
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dfs_core.errors import InvalidInput
from dfs_core.limits import CERTIFICATE_BYTES_MAX
from dfs_core.model.ids import NodeId
from dfs_core.model.member import check_addresses

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
SEED_BYTES = 32
RECORD_MARKER = b"dfsA1"
_RECORD_PURPOSE = "dfs v1 address record"
_RECORD = struct.Struct(">5s32sQB")
_SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: Ed25519, then the 32 bytes of the key
_SIGNATURE_HEADER = bytes.fromhex("034100")  # DER: a bit string of 64 bytes, no bit unused
_FIRST_DAY = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_LAST_SECOND = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
_Pem, _Der = serialization.Encoding.PEM, serialization.Encoding.DER


def node_id_of_public_key(public_key: bytes) -> NodeId:
    """The NodeId of a raw Ed25519 public key of 32 bytes."""
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise InvalidInput(f"a public key has {PUBLIC_KEY_BYTES} bytes, not {len(public_key)}")
    return NodeId(blake3(_SPKI_PREFIX + public_key).digest())


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """A node's (or an operator's) private key and certificate. The repr shows the NodeId only."""

    node_id: NodeId
    certificate: bytes  # DER
    _private: Ed25519PrivateKey = field(compare=False)

    def __repr__(self) -> str:
        return f"Identity({self.node_id.short})"

    @classmethod
    def generate(cls) -> Identity:
        """A new identity, from the system's source of randomness."""
        return cls._of(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> Identity:
        """The identity of a private key of 32 bytes: for simulations and vectors, and for a recovery sheet."""
        if len(seed) != SEED_BYTES:
            raise InvalidInput(f"a private key has {SEED_BYTES} bytes, not {len(seed)}")
        return cls._of(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def _of(cls, private: Ed25519PrivateKey) -> Identity:
        node_id = node_id_of_public_key(private.public_key().public_bytes_raw())
        return cls(node_id, _self_signed(private, node_id), private)

    @property
    def public_key(self) -> bytes:
        """The raw Ed25519 public key, 32 bytes."""
        return self._private.public_key().public_bytes_raw()

    def to_pem(self) -> bytes:
        """Private key (PKCS #8, unencrypted) and certificate: one file that TLS libraries load. Keep it at 0600."""
        private = self._private.private_bytes(_Pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return private + x509.load_der_x509_certificate(self.certificate).public_bytes(_Pem)

    @classmethod
    def from_pem(cls, pem: bytes) -> Identity:
        """Read what `to_pem` wrote. InvalidInput when it is not an Ed25519 key followed by its own certificate."""
        try:
            private = serialization.load_pem_private_key(pem, None)
            certificate = x509.load_pem_x509_certificate(pem).public_bytes(_Der)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise InvalidInput("the identity file is damaged or not one of dfs; nothing was changed") from None
        if not isinstance(private, Ed25519PrivateKey):
            raise InvalidInput("the identity file holds no Ed25519 key")
        node_id = node_id_of_public_key(private.public_key().public_bytes_raw())
        if node_id_of_certificate(certificate) != node_id:
            raise InvalidInput("the identity file's certificate belongs to another key")
        return cls(node_id, certificate, private)

    def sign(self, purpose: str, message: bytes) -> bytes:
        """Sign `message` for `purpose`; a signature for one purpose is none for another. 64 bytes, always the same."""
        return self._private.sign(_signed_bytes(purpose, message))


def verify(public_key: bytes, purpose: str, message: bytes, signature: bytes) -> None:
    """Return if the owner of the raw `public_key` signed `message` for `purpose`, else raise InvalidInput."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _signed_bytes(purpose, message))
    except (InvalidSignature, ValueError):
        raise InvalidInput(f"not a valid signature: {purpose}") from None


def public_key_of_certificate(der: bytes) -> bytes:
    """The raw public key inside a certificate that its owner signed. InvalidInput for any other bytes.

    Strict: one certificate and nothing after it, an Ed25519 key, issued by its own subject, with a good signature.
    Validity dates are not looked at: a machine without a clock must still be repairable.
    """
    if len(der) > CERTIFICATE_BYTES_MAX:
        raise InvalidInput(f"a certificate has at most {CERTIFICATE_BYTES_MAX} bytes, not {len(der)}")
    try:
        certificate = x509.load_der_x509_certificate(der)
        public = certificate.public_key()
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion):
        raise InvalidInput("not a certificate that its owner signed") from None
    if not isinstance(public, Ed25519PublicKey):
        raise InvalidInput("not a certificate of an Ed25519 key")
    # Nothing signs the count of unused bits in front of the signature, and the parser lets some counts pass.
    if not der.endswith(_SIGNATURE_HEADER + certificate.signature):
        raise InvalidInput("not a certificate in its one encoding")
    return public.public_bytes_raw()


def node_id_of_certificate(der: bytes) -> NodeId:
    """Whose certificate this is. InvalidInput for anything but a self-signed Ed25519 certificate."""
    return node_id_of_public_key(public_key_of_certificate(der))


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """Where a node says it can be reached, in its own hand. Made by `signed` or `decode`, both of which check it."""

    public_key: bytes
    addresses: tuple[str, ...]
    sequence: int
    signature: bytes

    @property
    def node(self) -> NodeId:
        """Whose addresses these are."""
        return node_id_of_public_key(self.public_key)

    @classmethod
    def signed(cls, identity: Identity, addresses: tuple[str, ...], sequence: int) -> AddressRecord:
        """Sign `identity`'s own addresses ("host:port"). A record with a higher sequence replaces this one."""
        unsigned = _record_bytes(identity.public_key, check_addresses(addresses), sequence)
        return cls(identity.public_key, addresses, sequence, identity.sign(_RECORD_PURPOSE, unsigned))

    def encode(self) -> bytes:
        """The record's bytes: self-contained, to be passed on by anybody."""
        return _record_bytes(self.public_key, self.addresses, self.sequence) + self.signature

    @classmethod
    def decode(cls, data: bytes) -> AddressRecord:
        """Read and verify a record. InvalidInput when it is malformed, forged or changed."""
        if len(data) < _RECORD.size + SIGNATURE_BYTES or not data.startswith(RECORD_MARKER):
            raise InvalidInput("not an address record")
        unsigned, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
        _, public_key, sequence, count = _RECORD.unpack_from(unsigned)
        verify(public_key, _RECORD_PURPOSE, unsigned, signature)
        return cls(public_key, _read_addresses(unsigned[_RECORD.size :], count), sequence, signature)

    def verify(self) -> None:
        """Raise InvalidInput unless the node signed exactly this."""
        verify(
            self.public_key,
            _RECORD_PURPOSE,
            _record_bytes(self.public_key, check_addresses(self.addresses), self.sequence),
            self.signature,
        )


def pack_addresses(addresses: tuple[str, ...]) -> bytes:
    """Each address after its length as one byte."""
    encoded = [address.encode("ascii") for address in addresses]
    return b"".join(bytes([len(address)]) + address for address in encoded)


def _read_addresses(data: bytes, count: int) -> tuple[str, ...]:
    addresses, rest = unpack_addresses(data, count)
    if rest:
        raise InvalidInput("an address record has bytes behind its addresses")
    return addresses


def unpack_addresses(data: bytes, count: int) -> tuple[tuple[str, ...], bytes]:
    """`count` addresses and the bytes behind them. InvalidInput when they are cut short or no addresses."""
    addresses = []
    for _ in range(count):
        if not data or len(data) <= data[0]:
            raise InvalidInput("an address is cut short")
        try:
            addresses.append(data[1 : 1 + data[0]].decode("ascii"))
        except UnicodeDecodeError:
            raise InvalidInput("an address is plain ASCII") from None
        data = data[1 + data[0] :]
    return check_addresses(tuple(addresses)), data


def _record_bytes(public_key: bytes, addresses: tuple[str, ...], sequence: int) -> bytes:
    if not 0 <= sequence < 2**64:
        raise InvalidInput(f"a sequence is 0 to 2^64 − 1, not {sequence}")
    return _RECORD.pack(RECORD_MARKER, public_key, sequence, len(addresses)) + pack_addresses(addresses)


def _signed_bytes(purpose: str, message: bytes) -> bytes:
    name = purpose.encode()
    return bytes([len(name)]) + name + message


def _self_signed(private: Ed25519PrivateKey, node_id: NodeId) -> bytes:
    """The certificate of a key, in DER.

    The extensions are what OpenSSL's strict mode wants of a certificate that is its own trust anchor. The serial comes
    from the NodeId, and Ed25519 signs deterministically: equal keys, equal certificates.
    """
    public = private.public_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node_id.short)])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    subject_key = x509.SubjectKeyIdentifier.from_public_key(public)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(int.from_bytes(node_id.digest[:16], "big") | 1)
        .not_valid_before(_FIRST_DAY)
        .not_valid_after(_LAST_SECOND)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(purposes, critical=False)
        .add_extension(subject_key, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject_key), critical=False)
        .sign(private, None)
        .public_bytes(_Der)
    )
