"""What a node that is still to be made may be like: the troubles of a field, and what is chosen where one is open."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dfs_core.crypto.invitation import Invitation
from dfs_core.errors import InvalidInput
from dfs_core.limits import MIB
from dfs_core.local import ports
from dfs_core.local.state import ClusterRecord, NodeRecord
from dfs_core.local.wish import NodeWish, filled, free_bytes, record_of, refuse, troubles
from dfs_core.model.ids import NodeId


@pytest.fixture(autouse=True)
def _every_port_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda port: True)
    monkeypatch.setattr("dfs_core.local.wish.is_free", lambda port: True)


def line(role: str = "full") -> str:
    return Invitation(("127.0.0.1:3000",), NodeId(b"i" * 32), role, b"s" * 16).to_line()  # type: ignore[arg-type]


def said(tmp_path: Path, known: ClusterRecord | None = None, **wish: object) -> dict[str, str]:
    """The troubles of a wish that is filled."""
    root = tmp_path / "local"
    known = known or ClusterRecord(made=1, nodes=(NodeRecord("n1", 3000),))
    return troubles(filled(NodeWish(**wish), root, known), root, known)  # type: ignore[arg-type]


def test_what_is_left_open_is_chosen_as_for_one_more_node(tmp_path: Path) -> None:
    known = ClusterRecord(made=3, nodes=(NodeRecord("n1", 3000), NodeRecord("n3", 5000)))
    wish = filled(NodeWish(), tmp_path, known)
    assert wish == NodeWish("n4", str(tmp_path / "n4"), 5001)
    assert troubles(wish, tmp_path, known) == {}
    assert record_of(wish, tmp_path) == NodeRecord("n4", 5001)


def test_what_is_given_stays_and_the_folder_follows_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert filled(NodeWish("tea", port=9000), tmp_path, ClusterRecord()).folder == str(tmp_path / "tea")
    wish = filled(NodeWish("tea", "~/disk/tea", 9000, 5 << 30), tmp_path / "local", ClusterRecord())
    assert wish == NodeWish("tea", str(tmp_path / "disk" / "tea"), 9000, 5 << 30)
    assert record_of(wish, tmp_path / "local").folder == str(tmp_path / "disk" / "tea")


def test_a_number_that_somebody_chose_by_hand_is_passed_over(tmp_path: Path) -> None:
    known = ClusterRecord(made=1, nodes=(NodeRecord("n1", 3000), NodeRecord("N2", 7000)))
    assert filled(NodeWish(), tmp_path, known).name == "n3"


@pytest.mark.parametrize("name", ["", "a b", ".tea", "a/b", "../up", "-x", "x" * 25, "tea\n", "té"])
def test_a_name_is_one_that_is_a_folder_everywhere(tmp_path: Path, name: str) -> None:
    wish = NodeWish(name, str(tmp_path / "x"), 9000)
    assert "letter or digit first" in troubles(wish, tmp_path / "local", ClusterRecord())["name"]


def test_a_name_is_had_once_however_it_is_written(tmp_path: Path) -> None:
    assert said(tmp_path, name="N1")["name"] == "there is a node N1 here already; choose another name"
    assert "name of a file" in said(tmp_path, name="lock")["name"]
    assert said(tmp_path, name="cluster.json").keys() == {"name"}


def test_a_folder_is_new_or_empty_or_was_begun_before(tmp_path: Path) -> None:
    own, full, node = tmp_path / "own", tmp_path / "full", tmp_path / "node"
    for folder in (own, full, node / "data"):
        folder.mkdir(parents=True)
    (own / "data").mkdir()
    (own / "node.log").touch()
    (own / "lost+found").mkdir()
    (full / "letter.txt").touch()
    (node / "data" / "marker").touch()
    assert said(tmp_path, folder=str(tmp_path / "new" / "er")) == {}
    assert said(tmp_path, folder=str(own)) == {}
    assert said(tmp_path, folder=str(full)) == {
        "folder": "it is not empty ('letter.txt' is in it); give a folder that is new or empty"
    }
    assert "made in it already" in said(tmp_path, folder=str(node))["folder"]
    assert "that is a file" in said(tmp_path, folder=str(full / "letter.txt"))["folder"]
    assert "is a file" in said(tmp_path, folder=str(full / "letter.txt" / "x"))["folder"]


def test_a_node_that_was_cut_off_in_its_own_place_is_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "local" / "n2" / "data").mkdir(parents=True)
    (tmp_path / "local" / "n2" / "data" / "marker").touch()
    assert said(tmp_path) == {}


def test_no_two_nodes_share_a_folder_or_live_in_one_another(tmp_path: Path) -> None:
    nodes = (NodeRecord("n1", 3000), NodeRecord("tea", 7000, folder=str(tmp_path / "disk" / "tea")))
    known = ClusterRecord(made=2, nodes=nodes)
    assert "that is the folder of n1" in said(tmp_path, known, folder=str(tmp_path / "local" / "n1"))["folder"]
    assert "that is the folder of tea" in said(tmp_path, known, folder=str(tmp_path / "disk" / "tea" / "in"))["folder"]
    assert "tea lives in there" in said(tmp_path, known, folder=str(tmp_path / "disk"))["folder"]
    for place in (tmp_path / "local", tmp_path):
        assert "own folder is in there" in said(tmp_path, ClusterRecord(), folder=str(place))["folder"]


def test_a_folder_one_may_not_write_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shut = tmp_path / "shut"
    shut.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).startswith(str(shut)))  # root may write anywhere
    assert "may not write" in said(tmp_path, folder=str(shut))["folder"]
    assert "may not make a folder in" in said(tmp_path, folder=str(shut / "in"))["folder"]


def test_a_folder_whose_data_is_somebody_elses_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "theirs" / "data").mkdir(parents=True)
    stat = Path.stat

    def refuse(path: Path, **more: bool) -> os.stat_result:
        if path.parent == tmp_path / "theirs" / "data":
            raise PermissionError(errno.EACCES, "Permission denied")  # root may look anywhere
        return stat(path, **more)

    monkeypatch.setattr(Path, "stat", refuse)
    assert said(tmp_path, folder=str(tmp_path / "theirs")) == {"folder": "it cannot be read: Permission denied"}


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A port that somebody listens on."""
    monkeypatch.undo()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_that_is_taken_is_refused_with_one_that_is_free(tmp_path: Path, taken: int) -> None:
    told = said(tmp_path, port=taken)["port"]
    assert told.startswith(f"port {taken} is in use by another program; ")
    assert told.endswith(" is free")
    assert said(tmp_path, port=3000)["port"].startswith("port 3000 is n1's; ")


def test_a_port_is_one_that_anybody_may_listen_on(tmp_path: Path) -> None:
    assert said(tmp_path, port=80)["port"] == "a port is 1024 to 65535"
    assert said(tmp_path, port=65536).keys() == {"port"}


def test_a_capacity_is_none_or_more_than_a_chunk_and_less_than_any_disk(tmp_path: Path) -> None:
    assert said(tmp_path, capacity=8 * MIB) == {}
    assert "8 MiB" in said(tmp_path, capacity=500)["capacity"]
    assert "any disk" in said(tmp_path, capacity=2**61)["capacity"]


def test_an_invitation_is_for_a_node_of_the_cluster_that_is_here(tmp_path: Path) -> None:
    assert said(tmp_path, invitation=line()) == {}
    assert "starts with 'dfs1-'" in said(tmp_path, invitation="tea")["invitation"]
    for role in ("vault", "operator"):
        assert f"role '{role}'" in said(tmp_path, invitation=line(role))["invitation"]
    assert "no cluster here" in said(tmp_path, ClusterRecord(), invitation=line())["invitation"]


def test_a_refusal_says_the_first_trouble() -> None:
    refuse({})
    with pytest.raises(InvalidInput, match="no good"):
        refuse({"name": "no good", "port": "nor this"})


def test_the_room_of_a_folder_that_is_not_there_yet_is_that_of_its_disk(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "yet") > 0


def test_a_record_without_a_folder_is_read_as_one_below_the_cluster() -> None:
    old = msgspec.json.encode({"name": "n1", "port": 3000})
    assert msgspec.json.decode(old, type=NodeRecord).folder == ""
