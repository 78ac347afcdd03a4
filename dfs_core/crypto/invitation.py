"""The one line by which a node joins, and the proof with which it does.

    "dfs1-" + base32( version u8 = 1 | role u8 | inviter 32 | secret 16 | count u8 | count × address | check 4 )
    address = length u8 | host:port

base32 is RFC 4648 in lower case without padding: letters and the digits 2 to 7, so the line survives shells, chat
programs and being read aloud; `check` is the start of a BLAKE3 digest of what precedes it and catches typing mistakes.

The line names the *inviter's own* public key (by NodeId): the joiner speaks to the holder of exactly that key and says
nothing to anybody else, so a man in the middle gets no secret. Redeeming is an entry in the log that holds the hash of
the secret and the joiner's certificate, once and for ever. With it goes the joiner's signature over (secret hash,
inviter, its own certificate, role), which ties its key to this invitation of this cluster. Expiry is counted by the
inviter.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from blake3 import blake3

from dfs_core.crypto.identity import (
    Identity,
    node_id_of_public_key,
    pack_addresses,
    public_key_of_certificate,
    unpack_addresses,
    verify,
)
from dfs_core.errors import InvalidInput
from dfs_core.model.ids import NodeId
from dfs_core.model.member import ROLES, Role, check_addresses, check_role

PREFIX = "dfs1-"
INVITATION_SECRET_BYTES = 16
LINE_CHARACTERS_MAX = 4096
_VERSION = 1
_CHECK_BYTES = 4
_FIXED_BYTES = 2 + NodeId.size + INVITATION_SECRET_BYTES + 1
_SECRET_HASH = "dfs v1 hash of an invitation secret"
_PROOF_PURPOSE = "dfs v1 redeem an invitation"
_ASK_AGAIN = "copy the whole line, or ask for a new one ('dfs-core invite')"


@dataclass(frozen=True, slots=True, repr=False)
class Invitation:
    """What the line says; without addresses, the joiner looks for the inviter on its local network.

    `str()` and the repr leave out the secret; `to_line` is the line.
    """

    addresses: tuple[str, ...]
    inviter: NodeId
    role: Role
    secret: bytes

    def __post_init__(self) -> None:
        check_role(self.role)
        check_addresses(self.addresses)
        if len(self.secret) != INVITATION_SECRET_BYTES:
            raise InvalidInput(f"an invitation's secret has {INVITATION_SECRET_BYTES} bytes, not {len(self.secret)}")

    def __repr__(self) -> str:
        return f"Invitation({self.role} by {self.inviter.short} at {', '.join(self.addresses)})"

    @property
    def secret_hash(self) -> bytes:
        """What the log and the inviter keep instead of the secret: 32 bytes."""
        return secret_hash(self.secret)

    def to_line(self) -> str:
        """The line to hand to whoever runs `dfs-core join`. It is a secret until it was redeemed."""
        fixed = bytes([_VERSION, ROLES.index(self.role)]) + self.inviter.digest + self.secret
        body = fixed + bytes([len(self.addresses)]) + pack_addresses(self.addresses)
        return PREFIX + base64.b32encode(body + _check(body)).decode("ascii").rstrip("=").lower()

    @classmethod
    def parse(cls, line: str) -> Invitation:
        """Read a line; capitals and surrounding space are forgiven, nothing else. InvalidInput says what is wrong."""
        text = line.strip().lower()
        if not text.startswith(PREFIX):
            raise InvalidInput(f"an invitation starts with {PREFIX!r}; {_ASK_AGAIN}")
        body = _unarmoured(text)
        if body[0] != _VERSION:
            raise InvalidInput(f"this invitation is of version {body[0]}, written by a newer dfs: upgrade this one")
        if body[1] >= len(ROLES):
            raise InvalidInput(f"this invitation names an unknown role; {_ASK_AGAIN}")
        inviter, secret = body[2 : 2 + NodeId.size], body[2 + NodeId.size : _FIXED_BYTES - 1]
        addresses, rest = unpack_addresses(body[_FIXED_BYTES:], body[_FIXED_BYTES - 1])
        if rest:
            raise InvalidInput(f"this invitation has bytes too many; {_ASK_AGAIN}")
        return cls(addresses, NodeId(inviter), ROLES[body[1]], secret)


def secret_hash(secret: bytes) -> bytes:
    """What the log and the inviter keep instead of an invitation's secret: 32 bytes."""
    return blake3(secret, derive_key_context=_SECRET_HASH).digest()


def redeem_proof(identity: Identity, *, secret_hash: bytes, inviter: NodeId, role: Role) -> bytes:
    """The joiner's signature that goes with a redeemed invitation: 64 bytes."""
    return identity.sign(_PROOF_PURPOSE, _transcript(secret_hash, inviter, identity.certificate, role))


def verify_redeem_proof(proof: bytes, *, certificate: bytes, secret_hash: bytes, inviter: NodeId, role: Role) -> NodeId:
    """The NodeId of the joiner, if the key inside `certificate` signed exactly this. InvalidInput otherwise."""
    public_key = public_key_of_certificate(certificate)
    verify(public_key, _PROOF_PURPOSE, _transcript(secret_hash, inviter, certificate, role), proof)
    return node_id_of_public_key(public_key)


def _transcript(secret_hash: bytes, inviter: NodeId, certificate: bytes, role: Role) -> bytes:
    fields = (secret_hash, inviter.digest, certificate, role.encode())
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def _unarmoured(text: str) -> bytes:
    """The bytes of a line before their check value, at least the fixed ones."""
    letters = text[len(PREFIX) :].upper()
    if len(letters) > LINE_CHARACTERS_MAX:
        raise InvalidInput(f"this is too long for an invitation; {_ASK_AGAIN}")
    try:
        data = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise InvalidInput(f"this invitation contains a character no invitation has; {_ASK_AGAIN}") from None
    body, check = data[:-_CHECK_BYTES], data[-_CHECK_BYTES:]
    if len(body) < _FIXED_BYTES or check != _check(body):
        raise InvalidInput(f"this invitation has a typing mistake or is cut short; {_ASK_AGAIN}")
    if base64.b32encode(data).decode("ascii").rstrip("=") != letters:  # unused bits, or padding inside the line
        raise InvalidInput(f"this invitation has a typing mistake at its end; {_ASK_AGAIN}")
    return body


def _check(body: bytes) -> bytes:
    return blake3(body).digest(length=_CHECK_BYTES)
