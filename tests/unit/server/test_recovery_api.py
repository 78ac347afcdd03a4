"""Secrets are handed to listed full nodes only; what clients ask is tested with whole nodes (`test_recovery.py`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.encoding.message import Done
from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown
from dfs_core.encoding.recovery_messages import AskSecret, HoldSecret, SecretTold
from dfs_core.errors import DfsError, NotAllowed, Refused
from dfs_core.model.ids import NodeId
from dfs_core.server import Node, NodeConfig
from dfs_core.server.founding import init
from dfs_core.server.recovery_api import RecoveryApi

from .exchanges import FakeExchange, FakeLink

FULL, VAULT, GONE, STRANGER = (NodeId(bytes([number]) * 32) for number in range(1, 5))


def record(node: NodeId, role: str, state: str = "joined") -> MemberRecord:
    return MemberRecord(node.digest, b"certificate", role, "", 10**9, state, [])


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[RecoveryApi]:
    await asyncio.to_thread(init, tmp_path / "one", listen="127.0.0.1:0", capacity=1 << 32)
    async with Node(NodeConfig.load(tmp_path / "one")) as node:
        await node.store("key", b"so that the founding is applied")
        await node.full.recovery.refresh()
        api = node.full.recovery.handlers[HoldSecret].__self__  # type: ignore[attr-defined]
        assert isinstance(api, RecoveryApi)
        others = [record(FULL, "full"), record(VAULT, "vault"), record(GONE, "full", "removed")]
        api._members.offer(MembersKnown(10**6, 3, [*api._members.known.members, *others]))
        yield api


async def ask(api: RecoveryApi, request: HoldSecret | AskSecret, peer: NodeId | None) -> object:
    exchange = FakeExchange(request, link=FakeLink(peer, "full"))
    await api.handlers[type(request)](exchange.real)
    return exchange.replies[0]


async def test_a_full_node_is_handed_and_told_secrets(api: RecoveryApi) -> None:
    keyring = api._keyring
    first = keyring.secrets.epochs[1]
    assert await ask(api, AskSecret(1, keyring.secrets.hash(1)), FULL) == SecretTold(first)
    assert await ask(api, HoldSecret(2, b"n" * 32), FULL) == Done()


@pytest.mark.parametrize(
    "peer", [VAULT, GONE, STRANGER, None], ids=["a vault", "a removed one", "a stranger", "nobody"]
)
async def test_nobody_else_is_told_or_believed_whatever_the_link_says(api: RecoveryApi, peer: NodeId | None) -> None:
    for request in (AskSecret(1, api._keyring.secrets.hash(1)), HoldSecret(2, b"n" * 32)):
        with pytest.raises(NotAllowed):
            await ask(api, request, peer)


async def test_a_secret_that_is_not_held_is_refused(api: RecoveryApi) -> None:
    for number, named in ((2, b"h" * 32), (1, b"h" * 32)):
        with pytest.raises(Refused):
            await ask(api, AskSecret(number, named), FULL)


async def test_a_secret_for_an_epoch_that_is_in_force_already_is_refused(api: RecoveryApi) -> None:
    with pytest.raises(Refused):
        await ask(api, HoldSecret(1, b"n" * 32), FULL)
    with pytest.raises(DfsError):
        await ask(api, HoldSecret(2, b"too short"), FULL)
