"""TLS contexts: 1.3, both certificates, trust in exactly the listed ones, and no key left on the disk."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from pathlib import Path

import pytest

from dfs_core.crypto.identity import Identity
from dfs_core.transport.tls import client_context, joiner_context, node_of, server_context

from .nodes import ANN, BEN, CERTIFICATES, EVE


def shake(client: ssl.SSLContext, server: ssl.SSLContext) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """A handshake in memory; raises what either side raises."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(10):
        for side in (here, there):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    there.write(b"x")
    assert here.read(1) == b"x"
    return here, there


class Transport:
    """As much of a transport as `node_of` looks at."""

    def __init__(self, ssl_object: ssl.SSLObject | None) -> None:
        self._ssl_object = ssl_object

    def get_extra_info(self, name: str) -> object:
        return self._ssl_object if name == "ssl_object" else None


def who(ssl_object: ssl.SSLObject | None) -> object:
    return node_of(Transport(ssl_object))  # type: ignore[arg-type]


def test_two_members_shake_hands_and_know_each_other() -> None:
    here, there = shake(client_context(BEN, CERTIFICATES), server_context(ANN, CERTIFICATES))
    assert here.version() == there.version() == "TLSv1.3"
    assert who(here) == ANN.node_id
    assert who(there) == BEN.node_id


def test_a_stranger_is_refused_by_the_listener() -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(client_context(EVE, CERTIFICATES), server_context(ANN, CERTIFICATES))


def test_a_stranger_is_refused_by_the_dialler() -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(client_context(BEN, CERTIFICATES), server_context(EVE, CERTIFICATES))


def test_with_nobody_listed_nobody_is_trusted() -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(client_context(BEN, []), server_context(ANN, CERTIFICATES))


def test_a_joiner_shows_nothing_and_still_sees_who_answers() -> None:
    here, there = shake(joiner_context(), server_context(ANN, CERTIFICATES))
    assert who(here) == ANN.node_id
    assert who(there) is None


def test_a_listener_must_show_its_certificate() -> None:
    assert client_context(BEN, CERTIFICATES).verify_mode == ssl.CERT_REQUIRED
    assert server_context(ANN, CERTIFICATES).verify_mode == ssl.CERT_OPTIONAL


def test_older_tls_is_refused() -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        shake(old, server_context(ANN, CERTIFICATES))


def test_no_session_can_be_resumed() -> None:
    """A resumed handshake would skip the look at the certificate."""
    context = server_context(ANN, CERTIFICATES)
    assert context.num_tickets == 0
    here, there = shake(client_context(BEN, CERTIFICATES), context)
    assert not there.session_reused
    assert here.session is None or not here.session.has_ticket


@pytest.mark.parametrize("in_memory", [True, False])
def test_the_private_key_is_never_readable_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: bool
) -> None:
    if not in_memory:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    elif not hasattr(os, "memfd_create"):
        return  # this system has no such files
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen: list[bytes] = []
    load = ssl.SSLContext.load_cert_chain

    def look(self: ssl.SSLContext, name: str, keyfile: None = None, password: str | None = None) -> None:
        path = Path(name)
        if in_memory:
            assert not list(tmp_path.iterdir())
        else:
            assert path.parent == tmp_path
            assert path.stat().st_mode & 0o777 == 0o600
        seen.append(path.read_bytes())
        load(self, name, keyfile, password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", look)
    identity = Identity.generate()
    server_context(identity, [])
    (written,) = seen
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in written
    assert identity.to_pem().split(b"\n")[1] not in written
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_certificate_of_a_node_is_nobody() -> None:
    class Odd:
        def getpeercert(self, binary_form: bool) -> bytes:
            return b"not a certificate"

    assert who(Odd()) is None  # type: ignore[arg-type]
    assert who(None) is None
