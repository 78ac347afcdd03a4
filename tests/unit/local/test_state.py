"""What is written down about a cluster, and that two do not write at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dfs_core.errors import ConfigError, StoreError
from dfs_core.local import state
from dfs_core.local.state import ClusterRecord, NodeRecord


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    assert state.load(tmp_path) == ClusterRecord()
    record = ClusterRecord(
        made=2, nodes=(NodeRecord("n1", 3000, "ab", "/c", 7, "boot:1", True), NodeRecord("n2", 7000))
    )
    state.save(tmp_path, record)
    assert state.load(tmp_path) == record
    assert [path.name for path in tmp_path.iterdir()] == [state.STATE_NAME]


def test_a_node_is_replaced_in_its_place_or_added_at_the_end() -> None:
    record = (
        ClusterRecord().with_node(NodeRecord("n1", 1)).with_node(NodeRecord("n2", 2)).with_node(NodeRecord("n1", 9))
    )
    assert [(node.name, node.port) for node in record.nodes] == [("n1", 9), ("n2", 2)]
    assert [node.name for node in record.without("n1").nodes] == ["n2"]
    assert record.find("n3") is None


@pytest.mark.parametrize("text", [b"", b"{", b'{"format": "x"}', b'{"nodes": [{}]}', b"\xff"])
def test_a_damaged_document_is_a_clear_error(tmp_path: Path, text: bytes) -> None:
    (tmp_path / state.STATE_NAME).write_bytes(text)
    with pytest.raises(ConfigError, match="move it away"):
        state.load(tmp_path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / state.STATE_NAME).write_bytes(b'{"format": 99, "made": 0, "nodes": []}')
    with pytest.raises(ConfigError, match="newer"):
        state.load(tmp_path)


async def test_only_one_holds_the_lock_and_the_next_waits_for_it(tmp_path: Path) -> None:
    order: list[str] = []

    async def hold(name: str, entered: asyncio.Event) -> None:
        async with state.locked(tmp_path / "root", timeout_s=10):
            order.append(f"{name} in")
            entered.set()
            await asyncio.sleep(0.05)
            order.append(f"{name} out")

    first, second = asyncio.Event(), asyncio.Event()
    holding = asyncio.create_task(hold("a", first))
    await first.wait()
    await asyncio.gather(holding, hold("b", second))
    assert order == ["a in", "a out", "b in", "b out"]


async def test_a_lock_that_is_not_let_go_is_an_error_that_says_who_has_it(tmp_path: Path) -> None:
    async with state.locked(tmp_path, timeout_s=1):
        with pytest.raises(StoreError, match="another 'dfs-core local'"):
            async with state.locked(tmp_path, timeout_s=0.05):
                pass
    async with state.locked(tmp_path, timeout_s=1):
        pass


async def test_the_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    async with state.locked(tmp_path / "new" / "root", timeout_s=1):
        assert (tmp_path / "new" / "root").stat().st_mode & 0o077 == 0
