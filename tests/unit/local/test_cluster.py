"""The cluster's own decisions: names, ports, order, refusals. With real nodes: tests/process/test_cli_local.py."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from dfs_core.client import InvalidInput, NodeNotRunning
from dfs_core.crypto.invitation import Invitation
from dfs_core.errors import NodeFailed
from dfs_core.local import LocalCluster, NodeWish, ports, process, state
from dfs_core.local import cluster as cluster_module
from dfs_core.local import wish as wish_module
from dfs_core.local.cluster import SHEET_NAME
from dfs_core.local.launch import LOG_NAME, NodePlan
from dfs_core.local.nodes import NodeProcesses, OnProgress
from dfs_core.local.state import ClusterRecord, NodeRecord
from dfs_core.model.ids import NodeId
from dfs_core.testing.fake_node import NODE_ID, FakeNode


class StandIns(NodeProcesses):
    """Nodes that start by being written down as this very process, each with the same fake node behind it."""

    control = ""
    commands: list[tuple[str, Sequence[str], str]]
    started: list[str]
    refuse: set[str]

    async def set_up(self, plan: NodePlan, arguments: Sequence[str], *, given: str = "") -> bytes:
        if plan.name in self.refuse:
            raise NodeFailed(plan.name, "not today")
        self.commands.append((plan.name, arguments, given))
        plan.data_dir.mkdir(parents=True)
        (plan.data_dir / "marker").write_bytes(b"")
        return msgspec.json.encode({"recovery_sheet": "the sheet"})

    async def start(self, record: NodeRecord, tell: OnProgress) -> None:
        self.started.append(record.name)
        mark = process.mark_of(os.getpid()) or ""
        self._write(
            msgspec.structs.replace(
                record, pid=os.getpid(), mark=mark, ready=True, node_id=NODE_ID, control=self.control
            )
        )

    async def stop(self, record: NodeRecord, tell: OnProgress) -> None:
        self._write(msgspec.structs.replace(record, pid=0, mark="", ready=False))


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    monkeypatch.setattr(cluster_module, "NodeProcesses", StandIns)
    monkeypatch.setattr(ports, "is_free", lambda port: True)
    monkeypatch.setattr(wish_module, "is_free", lambda port: True)
    monkeypatch.setattr(StandIns, "control", str(tmp_path / "n.sock"))
    for name, value in (("commands", []), ("started", []), ("refuse", set())):
        monkeypatch.setattr(StandIns, name, value, raising=False)
    return StandIns(tmp_path, {})


async def test_the_first_founds_the_others_join_in_order(tmp_path: Path, stand_ins: StandIns) -> None:
    cluster = LocalCluster(tmp_path / "root")
    async with FakeNode(tmp_path / "n.sock"):
        nodes = await cluster.up(3)
    assert [(node.name, node.listen) for node in nodes] == [
        ("n1", "127.0.0.1:3000"),
        ("n2", "127.0.0.1:7000"),
        ("n3", "127.0.0.1:5000"),
    ]
    assert stand_ins.started == ["n1", "n2", "n3"]
    assert [f"{name} {words[0]}" for name, words, _ in stand_ins.commands] == ["n1 init", "n2 join", "n3 join"]
    sheet = tmp_path / "root" / SHEET_NAME
    assert (sheet.read_text(), sheet.stat().st_mode & 0o077) == ("the sheet", 0)


async def test_an_invitation_is_on_no_command_line(tmp_path: Path, stand_ins: StandIns) -> None:
    async with FakeNode(tmp_path / "n.sock"):
        await LocalCluster(tmp_path / "root").up(2)
    name, words, given = stand_ins.commands[-1]
    assert (name, given) == ("n2", "dfs-invitation")
    assert words[1] == "-"
    assert "dfs-invitation" not in words


async def test_a_second_up_starts_what_is_there_and_adds_only_what_is_missing(
    tmp_path: Path, stand_ins: StandIns
) -> None:
    cluster = LocalCluster(tmp_path / "root")
    async with FakeNode(tmp_path / "n.sock"):
        await cluster.up(2, base_port=9000)
        await cluster.down()
        assert {node.state for node in cluster.nodes()} == {"stopped"}
        stand_ins.started.clear()
        await cluster.up(3, base_port=9000)
        assert len(await cluster.up(1)) == 3, "a smaller number stops nobody"
    assert stand_ins.started[:3] == ["n1", "n2", "n3"]
    assert [node.listen.rpartition(":")[2] for node in cluster.nodes()] == ["9000", "9001", "9002"]
    assert sum(words[0] == "init" for _, words, _ in stand_ins.commands) == 1


async def test_a_join_that_failed_is_done_by_the_next_up_and_the_others_are_not_repeated(
    tmp_path: Path, stand_ins: StandIns
) -> None:
    cluster = LocalCluster(tmp_path / "root")
    stand_ins.refuse.add("n2")
    async with FakeNode(tmp_path / "n.sock"):
        with pytest.raises(NodeFailed, match="n2: not today"):
            await cluster.up(3)
        stand_ins.refuse.clear()
        assert [node.name for node in await cluster.up(3)] == ["n1", "n2", "n3"]
    assert [name for name, words, _ in stand_ins.commands if words[0] == "join"] == ["n3", "n2"]


async def test_a_removed_node_leaves_the_member_list_first_and_its_name_does_not_return(
    tmp_path: Path, stand_ins: StandIns
) -> None:
    cluster = LocalCluster(tmp_path / "root")
    async with FakeNode(tmp_path / "n.sock") as node:
        await cluster.up(2)
        await cluster.remove("n2", force=True)
        assert [type(request).__name__ for request in node.requests][-1] == "RemoveMember"
        assert not (tmp_path / "root" / "n2").exists()
        assert (await cluster.add()).name == "n3"


async def test_a_node_is_made_as_it_was_wished_and_where(tmp_path: Path, stand_ins: StandIns) -> None:
    cluster = LocalCluster(tmp_path / "root")
    told: list[str] = []
    async with FakeNode(tmp_path / "n.sock"):
        await cluster.up(1)
        wish = NodeWish("tea", str(tmp_path / "disk"), 9001, 5 << 30)
        added = await cluster.add(lambda name, step: told.append(f"{name} {step}"), wish)
        assert (added.name, added.listen) == ("tea", "127.0.0.1:9001")
        assert added.data_dir == str(tmp_path / "disk" / "data")
        name, words, _ = stand_ins.commands[-1]
        assert (name, words[words.index("--capacity") + 1]) == ("tea", str(5 << 30))
        assert told == ["tea joining", "tea joined"]
        assert (await cluster.add()).name == "n2", "a name that is no number is not counted"
        (tmp_path / "disk" / "node.log").write_text("one\n")
        assert cluster.log_tail("tea") == ["one"]
        (tmp_path / "disk" / "mine.txt").touch()
        await cluster.remove("tea", force=True)
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["mine.txt"], "what is not the node's stays"


async def test_the_first_node_is_founded_as_it_was_wished(tmp_path: Path, stand_ins: StandIns) -> None:
    async with FakeNode(tmp_path / "n.sock"):
        added = await LocalCluster(tmp_path / "root").add(wish=NodeWish("n7", port=9001, capacity=1 << 30))
        assert (added.name, added.listen, stand_ins.commands[-1][1][0]) == ("n7", "127.0.0.1:9001", "init")
        assert "--capacity" in stand_ins.commands[-1][1]
        assert LocalCluster(tmp_path / "root").fill().name == "n8", "a number chosen by hand is counted"


async def test_a_wish_that_cannot_be_met_makes_nothing(tmp_path: Path, stand_ins: StandIns) -> None:
    cluster = LocalCluster(tmp_path / "root")
    async with FakeNode(tmp_path / "n.sock"):
        await cluster.up(1)
        for wish in (NodeWish("n1"), NodeWish(port=3000), NodeWish(capacity=3), NodeWish(invitation="tea")):
            with pytest.raises(InvalidInput):
                await cluster.add(wish=wish)
    assert [node.name for node in cluster.nodes()] == ["n1"]
    assert len(stand_ins.commands) == 1


async def test_an_invitation_of_this_cluster_is_used_and_that_of_another_one_refused(
    tmp_path: Path, stand_ins: StandIns
) -> None:
    def line(inviter: str) -> str:
        return Invitation(("127.0.0.1:1",), NodeId(bytes.fromhex(inviter)), "full", b"s" * 16).to_line()

    cluster = LocalCluster(tmp_path / "root")
    async with FakeNode(tmp_path / "n.sock"):
        await cluster.up(1)
        with pytest.raises(InvalidInput, match="another cluster; 'dfs-core join LINE --start'"):
            await cluster.add(wish=NodeWish(invitation=line("cd" * 32)))
        await cluster.add(wish=NodeWish(invitation=line(NODE_ID)))
    assert stand_ins.commands[-1][2] == line(NODE_ID)


async def test_the_last_running_node_cannot_be_removed(tmp_path: Path, stand_ins: StandIns) -> None:
    cluster = LocalCluster(tmp_path / "root")
    async with FakeNode(tmp_path / "n.sock"):
        await cluster.up(1)
        with pytest.raises(NodeNotRunning):
            await cluster.remove("n1")
    assert [node.name for node in cluster.nodes()] == ["n1"]


async def test_what_keeps_a_node_from_being_connected_is_said(
    tmp_path: Path, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = LocalCluster(tmp_path / "root")
    async with FakeNode(tmp_path / "n.sock") as node:
        await cluster.up(1)
        leaderless = msgspec.structs.replace(node.status(), leader="")
        monkeypatch.setattr(node, "status", lambda: leaderless)
        with pytest.raises(NodeFailed, match="n1: not connected after 0 s: no leader is known"):
            await cluster.wait_ready(timeout_s=0.1)
        alone = msgspec.structs.replace(node.status(), leader=NODE_ID, peers=[])
        monkeypatch.setattr(node, "status", lambda: alone)
        with pytest.raises(NodeFailed, match="no link to n1"):
            await cluster.wait_ready(timeout_s=0.1)


async def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    cluster = LocalCluster(tmp_path / "root")
    with pytest.raises(InvalidInput, match="at least one"):
        await cluster.up(0)
    with pytest.raises(InvalidInput, match="dfs-core local up"):
        cluster.node("n1")
    state.save(tmp_path, ClusterRecord(made=1, nodes=(NodeRecord("n1", 1),)))
    with pytest.raises(InvalidInput, match="there is n1"):
        LocalCluster(tmp_path).node("n7")


async def test_down_where_there_is_no_cluster_makes_none(tmp_path: Path) -> None:
    await LocalCluster(tmp_path / "root").down()
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_a_nodes_log_can_be_read(tmp_path: Path) -> None:
    state.save(tmp_path, ClusterRecord(made=1, nodes=(NodeRecord("n1", 1),)))
    (tmp_path / "n1").mkdir()
    (tmp_path / "n1" / LOG_NAME).write_text("one\ntwo\n")
    assert LocalCluster(tmp_path).log_tail("n1", 1) == ["two"]


def test_the_default_root_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DFS_HOME", str(tmp_path))
    assert LocalCluster().root == tmp_path / "local"


def test_a_cluster_is_ready_only_when_all_that_will_vote_do() -> None:
    assert [cluster_module._voters_due(count) for count in range(1, 9)] == [1, 2, 3, 3, 5, 5, 5, 5]
