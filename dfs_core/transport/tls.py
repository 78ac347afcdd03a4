"""TLS contexts: 1.3 only, both sides by self-signed certificates, trust from the member list alone.

A handshake proves that the other side holds a private key, nothing more; who it may be is the member list's business.
The trust anchors are the listed members' own certificates, so a stranger's handshake fails, and afterwards the peer's
key is compared with the NodeId that was expected. No session tickets: a resumed session would skip that check.

`ssl` can read a private key only from a file. The file it gets is encrypted under a passphrase that never leaves this
function, is in memory where the system has such files, else readable by this user only, and is gone before the function
returns (in memory also if the process is killed in that moment).
"""

from __future__ import annotations

import asyncio
import os
import secrets
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from cryptography.hazmat.primitives import serialization

from dfs_core.crypto.identity import Identity, node_id_of_certificate
from dfs_core.errors import InvalidInput
from dfs_core.model.ids import NodeId


def server_context(identity: Identity, members: Sequence[bytes]) -> ssl.SSLContext:
    """For accepting: asks for a certificate, refuses one that is not among `members` (DER), lets a joiner have none.

    Writes and reads a small file: call it in a thread.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.num_tickets = 0
    _show(context, identity)
    _trust(context, members)
    return context


def client_context(identity: Identity, members: Sequence[bytes]) -> ssl.SSLContext:
    """For dialling a member: shows our certificate, requires one of `members` (DER). Call it in a thread."""
    context = _context(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # names and addresses prove nothing here; the key is compared with the NodeId
    context.verify_mode = ssl.CERT_REQUIRED
    _show(context, identity)
    _trust(context, members)
    return context


def joiner_context() -> ssl.SSLContext:
    """For dialling without being a member: shows nothing; the caller must pin the NodeId before it sends anything.

    The server's certificate is not looked up anywhere, but TLS 1.3 still makes it prove that it holds the key.
    """
    context = _context(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def recovery_context(identity: Identity) -> ssl.SSLContext:
    """For dialling under the recovery authority when no member is known: shows its certificate and trusts nobody.

    What is heard over such a link must prove itself. Call it in a thread.
    """
    context = joiner_context()
    _show(context, identity)
    return context


def _context(protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION
    return context


def _trust(context: ssl.SSLContext, members: Sequence[bytes]) -> None:
    if members:
        context.load_verify_locations(cadata=b"".join(members))


def _show(context: ssl.SSLContext, identity: Identity) -> None:
    passphrase = secrets.token_hex(32)
    private = serialization.load_pem_private_key(identity.to_pem(), None)
    encrypted = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    certificate = ssl.DER_cert_to_PEM_cert(identity.certificate).encode()
    with _private_file() as (file, name):
        file.write(encrypted + certificate)
        file.flush()
        context.load_cert_chain(name, password=passphrase)


@contextmanager
def _private_file() -> Iterator[tuple[IO[bytes], str]]:
    """A file of this process alone, and a name to open it by. Gone with the process, or (not on Linux) on leaving."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("dfs-tls"), "wb") as file:
            yield file, f"/proc/self/fd/{file.fileno()}"
    else:
        with tempfile.NamedTemporaryFile(prefix="dfs-tls-") as named:  # mode 0600
            yield named, named.name


def node_of(transport: asyncio.BaseTransport) -> NodeId | None:
    """Whose certificate the other side of a finished handshake has shown; None without a certificate of a node."""
    ssl_object = transport.get_extra_info("ssl_object")
    der = ssl_object.getpeercert(True) if ssl_object is not None else None
    if not der:
        return None
    try:
        return node_id_of_certificate(der)
    except InvalidInput:
        return None
