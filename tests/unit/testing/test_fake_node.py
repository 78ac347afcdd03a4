"""The fake node answers every control request in the type that answers it, and misbehaves only when told."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_core.client import Client, PeerUnreachable
from dfs_core.encoding.control_messages import CONTROL_MESSAGES, RetrieveFile, StoreFile, Watch
from dfs_core.encoding.message import Message
from dfs_core.testing.fake_node import FakeNode

STREAMS = (StoreFile, RetrieveFile, Watch)
REQUESTS = [kind for kind in CONTROL_MESSAGES if kind.reply is not None and kind not in STREAMS]


@pytest.mark.parametrize("kind", REQUESTS)
def test_every_request_has_an_answer_of_its_type(kind: type[Message], tmp_path: Path) -> None:
    node = FakeNode(tmp_path / "n.sock")
    node.put("k", b"tea")
    known = {
        "key": "k",
        "keys": ["k"],
        "source": "k",
        "target": "t",
        "id": b"",
        "node": "ab",
        "role": "full",
        "expires_s": 60.0,
    }
    fields = {name: known[name] for name in kind.__struct_fields__ if name in known}
    answer = node._answer(kind(**fields))
    assert kind.reply is not None
    assert isinstance(answer, kind.reply)


async def test_it_keeps_versions_as_a_node_does(tmp_path: Path) -> None:
    async with FakeNode(tmp_path / "n.sock") as node, await Client.connect(node.control) as client:
        first = await client.store("k", b"one")
        await client.store("k", b"two")
        assert await client.retrieve("k", version=first.version) == b"one"
        assert [entry.version for entry in (await client.stat("k")).history] == [2, 1]
        await client.remove(["k"])
        assert node.keys() == []


async def test_a_fault_happens_once(tmp_path: Path) -> None:
    async with FakeNode(tmp_path / "n.sock") as node, await Client.connect(node.control) as client:
        node.put("k", b"tea")
        node.faults.lose_link_after_sending = 1
        with pytest.raises(PeerUnreachable):
            await client.retrieve("k")
        assert await client.retrieve("k") == b"tea"
