"""Strangers, impostors, former members: each is refused in one line, and the node goes on."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dfs_core.cli.exit_codes import EXIT_CODES
from dfs_core.client import Client
from dfs_core.crypto.identity import Identity
from dfs_core.crypto.invitation import Invitation, redeem_proof
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.control_messages import ListKeys
from dfs_core.encoding.peer_messages import AskMembers, Propose, ReadIndex, Redeem
from dfs_core.errors import NotAllowed, PeerUnreachable
from dfs_core.local import LocalCluster
from dfs_core.model.ids import NodeId
from dfs_core.model.member import split_host_port
from dfs_core.server.names import IDENTITY_NAME
from dfs_core.testing.command import Cli
from dfs_core.transport.hello import Hello, HelloFacts
from dfs_core.transport.link import Link, connect_tls
from dfs_core.transport.tls import client_context, joiner_context

KEY = "kept/through/it"


@pytest.fixture
async def client(cluster: LocalCluster) -> Client:
    return await Client.connect(cluster.nodes()[0].control)


@pytest.fixture(autouse=True)
async def the_node_goes_on(cluster: LocalCluster):  # type: ignore[no-untyped-def]
    """After whatever a test did, the node still stores and retrieves."""
    yield
    client = await Client.connect(cluster.nodes()[0].control)
    await client.store(KEY, b"still here")
    assert await client.retrieve(KEY) == b"still here"
    await client.close()


def first(cluster: LocalCluster) -> tuple[str, int, NodeId]:
    node = cluster.nodes()[0]
    host, port = split_host_port(node.listen)
    return host, port, NodeId.parse(node.node_id)


async def as_joiner(cluster: LocalCluster, expected: NodeId | None = None) -> Link:
    host, port, node = first(cluster)
    return await connect_tls(
        host,
        port,
        context=joiner_context(),
        expected=expected or node,
        hello=Hello.of(HelloFacts(), purpose="join"),
    )


def redeem(invitation: Invitation, identity: Identity) -> Redeem:
    proof = redeem_proof(identity, secret_hash=invitation.secret_hash, inviter=invitation.inviter, role=invitation.role)
    return Redeem(invitation.secret, identity.certificate, proof, "", 1 << 30, [])


def log_of(cluster: LocalCluster) -> str:
    return "\n".join(cluster.log_tail(cluster.nodes()[0].name, 200))


async def until_logged(cluster: LocalCluster, text: str) -> None:
    async with asyncio.timeout(60):
        while text not in log_of(cluster):
            await asyncio.sleep(0.05)


async def test_a_client_without_a_certificate_may_only_redeem(cluster: LocalCluster) -> None:
    link = await as_joiner(cluster)
    for request in (AskMembers(0), ReadIndex(), ListKeys(), Propose([b"x"])):
        with pytest.raises(NotAllowed):
            await link.call(request, timeout_s=60)
    await link.close()


async def test_a_certificate_that_is_not_listed_opens_nothing(cluster: LocalCluster) -> None:
    host, port, node = first(cluster)
    stranger = Identity.generate()
    certificate = await asyncio.to_thread(ssl.get_server_certificate, (host, port))
    anchors = [ssl.PEM_cert_to_DER_cert(certificate)]
    with pytest.raises(PeerUnreachable):
        link = await connect_tls(
            host, port, context=client_context(stranger, anchors), expected=node, hello=Hello.of(HelloFacts())
        )
        await link.call(AskMembers(0), timeout_s=60)


async def test_a_node_of_another_cluster_is_refused(
    cluster: LocalCluster, make_cluster: Callable[..., LocalCluster]
) -> None:
    other = await asyncio.to_thread(make_cluster, 1, "other")
    host, port, _ = first(cluster)
    foreign = Identity.from_pem((Path(other.nodes()[0].data_dir) / "identity" / IDENTITY_NAME).read_bytes())
    certificate = await asyncio.to_thread(ssl.get_server_certificate, (host, port))
    with pytest.raises(PeerUnreachable):
        link = await connect_tls(
            host,
            port,
            context=client_context(foreign, [ssl.PEM_cert_to_DER_cert(certificate)]),
            expected=None,
            hello=Hello.of(HelloFacts(), cluster=b"o" * 16, node=foreign.node_id.digest),
        )
        await link.call(AskMembers(0), timeout_s=60)


async def test_an_invitation_works_once(cluster: LocalCluster, client: Client) -> None:
    invitation = Invitation.parse((await client.invite("operator", 600)).line)
    link = await as_joiner(cluster)
    mine = Identity.generate()
    welcome = await link.call(redeem(invitation, mine), timeout_s=60)
    again = await link.call(redeem(invitation, mine), timeout_s=60)
    assert welcome.cluster == again.cluster  # type: ignore[attr-defined]
    with pytest.raises(NotAllowed):
        await link.call(redeem(invitation, Identity.generate()), timeout_s=60)
    await link.close()


async def test_a_guessed_an_expired_and_a_stolen_proof_are_refused_alike(cluster: LocalCluster, client: Client) -> None:
    invitation = Invitation.parse((await client.invite("vault", 600)).line)
    link = await as_joiner(cluster)
    guessed = Invitation(invitation.addresses, invitation.inviter, "vault", b"g" * 16)
    with pytest.raises(NotAllowed):
        await link.call(redeem(guessed, Identity.generate()), timeout_s=60)
    raised = Invitation(invitation.addresses, invitation.inviter, "full", invitation.secret)
    with pytest.raises(NotAllowed):
        await link.call(redeem(raised, Identity.generate()), timeout_s=60)
    other = redeem(invitation, Identity.generate())
    stolen = redeem(invitation, Identity.generate())
    with pytest.raises(NotAllowed):
        await link.call(
            Redeem(other.secret, stolen.certificate, other.proof, "", 1, []),
            timeout_s=10,
        )
    short = Invitation.parse((await client.invite("vault", 1)).line)
    async with asyncio.timeout(60):
        while True:
            await asyncio.sleep(0.2)
            try:
                await link.call(Redeem(short.secret, stolen.certificate, b"not a proof" * 6, "", 1, []), timeout_s=60)
            except NotAllowed as error:
                if "not valid" in str(error):
                    break
    await link.close()


async def test_an_invitation_redeemed_through_a_man_in_the_middle_tells_him_nothing(
    cluster: LocalCluster, client: Client, cli: Cli, tmp_path: Path
) -> None:
    line = (await client.invite("vault", 600)).line
    genuine = Invitation.parse(line)
    heard = bytearray()
    impostor = Identity.generate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem = tmp_path / "impostor.pem"
    pem.write_bytes(impostor.to_pem() + ssl.DER_cert_to_PEM_cert(impostor.certificate).encode())
    context.load_cert_chain(pem)

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.extend(await reader.read(100_000))
        finally:
            writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    diverted = Invitation((f"127.0.0.1:{port}",), genuine.inviter, genuine.role, genuine.secret).to_line()
    done = await asyncio.to_thread(cli.run, "join", diverted, "--data-dir", tmp_path / "joiner")
    server.close()
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr
    assert genuine.secret not in heard
    joined = await asyncio.to_thread(cli.run, "join", line, "--data-dir", tmp_path / "joiner")
    assert joined.returncode == 0, joined.stderr


async def test_garbage_instead_of_tls_is_dropped_with_one_line(cluster: LocalCluster) -> None:
    host, port, _ = first(cluster)
    before = log_of(cluster).count("\n")
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", bytes(1000), b"\xff" * 70_000):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(garbage)
        async with asyncio.timeout(60):
            with suppress(ConnectionError):
                await reader.read()
        writer.close()
    assert log_of(cluster).count("\n") - before < 10
    assert "Traceback" not in log_of(cluster)


async def test_an_oversized_frame_after_the_handshake_is_dropped(cluster: LocalCluster) -> None:
    host, port, _ = first(cluster)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    writer.write(struct.pack(">IBBI", 2**31, 1, 0, 1) + b"x" * 1000)
    async with asyncio.timeout(60):
        while await reader.read(65536):
            pass
    writer.close()


async def test_a_silent_stranger_is_dropped(cluster: LocalCluster) -> None:
    host, port, _ = first(cluster)
    with socket.create_connection((host, port), timeout=60) as quiet:
        assert await asyncio.to_thread(quiet.recv, 1) in (b"", b"\x15")


async def test_a_removed_member_is_shut_out_and_ends_by_itself_and_its_id_never_returns(
    make_cluster: Callable[..., LocalCluster], cli: Cli
) -> None:
    cluster = await asyncio.to_thread(make_cluster, 3, "shrinking")
    nodes = cluster.nodes()
    client = await Client.connect(nodes[0].control)
    await client.store("before", b"x" * 100_000)
    gone = nodes[2]
    await cluster.stop(gone.name)
    await client.remove_member(gone.node_id, force=True)
    held = set(Path(gone.data_dir).glob("chunks/*/*"))
    for _ in range(2):
        done = await asyncio.to_thread(cli.run, "node", "--data-dir", gone.data_dir, timeout_s=100)
        assert done.returncode == EXIT_CODES["expelled"] == 15
        assert b"refuses this node for good: it was removed from the cluster" in done.stderr.splitlines()[-1]
        assert set(Path(gone.data_dir).glob("chunks/*/*")) == held, "what it has on disk stays"
    assert all(peer.node != gone.node_id for peer in (await client.status()).peers)
    await client.store("after", b"z" * 100_000)
    assert await client.retrieve("after") == b"z" * 100_000
    await client.close()


def memory_of(pid: int) -> Iterator[bytes]:
    """What a process of ours has in its memory, a mapping each: configuration, messages, and what it forgot to wipe."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            place, rights, *rest = line.split()
            start, end = (int(number, 16) for number in place.split("-"))
            if rights.startswith("rw") and not (rest and rest[-1].startswith("[v")):
                memory.seek(start)
                with suppress(OSError):  # mapped and not there
                    yield memory.read(end - start)


def found_in_memory(pid: int, *texts: bytes) -> set[bytes]:
    return {text for region in memory_of(pid) for text in texts if text in region}


async def test_a_vault_holds_chunks_and_neither_secret_nor_key_name(
    cluster: LocalCluster, client: Client, cli: Cli, tmp_path: Path
) -> None:
    line = (await client.invite("vault", 600)).line
    vault = tmp_path / "vault"
    joined = await asyncio.to_thread(cli.run, "join", line, "--data-dir", vault, "--listen", "127.0.0.1:0")
    assert joined.returncode == 0, joined.stderr
    process = await asyncio.to_thread(cli.start, "node", "--data-dir", vault)
    try:
        assert process.stdout is not None
        ready = json.loads(await asyncio.to_thread(process.stdout.readline))
        async with asyncio.timeout(60):
            while sum(peer.liveness in ("up", "self") for peer in (await client.status()).peers) < 4:
                await asyncio.sleep(0.1)
        canary = b"canary-text-that-nobody-else-writes " * 40_000
        held = 0
        for number in range(6):
            await client.store(f"very-secret-name-{number}", canary + bytes([number]) * 3_000_000)
        door = await Client.connect(ready["control"])
        held = (await door.status()).chunks
        for refused in (door.page_keys(), door.store("x", b"y"), door.retrieve(KEY), door.invite("full", 60)):
            with pytest.raises(NotAllowed):
                await refused
        await door.close()
        assert held > 0
        await client.take_snapshot()
        await client.rotate_secret()
        async with asyncio.timeout(60):  # pointers and the new authority are with the vault, too
            while (await client.snapshots()).snapshots[-1].known < 4:
                await asyncio.sleep(0.1)
        files = list((Path(cluster.nodes()[0].data_dir) / "secrets").iterdir())
        assert len(files) == 2
        documents = [ClusterSecrets.decode(file.read_bytes()) for file in files]
        for path in vault.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert b"very-secret-name" not in content, path
                assert b"canary-text" not in content, path
                for document in documents:
                    assert not any(secret in content for secret in document.epochs.values()), path
        secrets = [secret for document in documents for secret in document.epochs.values()]
        texts = (b"very-secret-name", b"canary-text-that-nobody", *secrets)
        full = cluster.nodes()[0].pid
        assert full is not None
        assert {b"very-secret-name", *secrets} <= await asyncio.to_thread(found_in_memory, full, *texts)
        assert await asyncio.to_thread(found_in_memory, process.pid, *texts) == set()
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 60)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
