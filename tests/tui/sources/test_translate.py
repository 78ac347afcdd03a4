"""Every word a node may say has one in the dashboard, and unknown ones do no harm."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from dfs_core.client import KeyEntry, Transfer
from dfs_core.testing.fake_node import NODE_ID, FakeNode
from dfs_tui.sources import translate
from dfs_tui.view.values import Direction, Level, TransferState


def named(text: str) -> str:
    return text.replace("b3be3bcb7478", "n3")


def test_a_status_keeps_its_facts_and_gains_names() -> None:
    status = msgspec.structs.replace(
        FakeNode(Path("/s")).status(), reasons=["cannot be reached: b3be3bcb7478"], keys=7, bytes=9, damaged=1
    )
    report = translate.node_report(status, named)
    assert (report.node, report.leader, report.keys, report.size_bytes, report.damaged) == (NODE_ID, NODE_ID, 7, 9, 1)
    assert report.reasons == ("cannot be reached: n3",)
    assert report.capacity_bytes == report.free_bytes == 2**30
    (peer,) = report.peers
    assert (peer.liveness, peer.address, peer.leader) == ("self", "127.0.0.1:1", True)


def test_a_peer_without_an_address_has_none() -> None:
    (peer,) = FakeNode(Path("/s")).peers()
    lost = msgspec.structs.replace(peer, addresses=[], error="b3be3bcb7478 hung up")
    report = translate.peer_report(lost, named)
    assert (report.address, report.error) == ("", "n3 hung up")


def test_a_key_keeps_its_facts() -> None:
    entry = translate.key_entry(KeyEntry("a/b", 4, 10, 0, 0, 1_500, 1, copies=-1))
    assert (entry.key, entry.version, entry.size_bytes, entry.stored_s, entry.copies) == ("a/b", 4, 10, 1.5, -1)


@pytest.mark.parametrize(
    ("direction", "state", "expected"),
    [
        ("store", "active", (Direction.STORE, TransferState.ACTIVE)),
        ("retrieve", "done", (Direction.RETRIEVE, TransferState.DONE)),
        ("repair", "failed", (Direction.REPAIR, TransferState.FAILED)),
        ("teleport", "pondering", (Direction.REPAIR, TransferState.ACTIVE)),
    ],
)
def test_a_transfer_of_a_kind_that_is_not_known_is_shown_all_the_same(
    direction: str, state: str, expected: tuple[Direction, TransferState]
) -> None:
    told = translate.transfer_report(Transfer("t", direction, "k", state, 1, -1, 2.0, 3.0, {"a": 1}, "why"))
    assert (told.direction, told.state) == expected
    assert (told.done_bytes, told.size_bytes, told.copies, told.error) == (1, -1, {"a": 1}, "why")


def test_an_unknown_level_is_a_warning() -> None:
    assert [translate.level(word) for word in ("info", "error", "odd")] == [Level.INFO, Level.ERROR, Level.WARNING]
