"""layout and drain against a fake node."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dfs_core.cli import layout as module
from dfs_core.cli.layout import Progress
from dfs_core.client import LayoutFound, LayoutPreviewed, NodeBytes
from dfs_core.encoding.layout_messages import ChangeLayout, LayoutNode, MemberChange, PreviewLayout
from dfs_core.testing.fake_node import NODE_ID, FakeNode

Run = Callable[..., Any]
OTHER = "cd" * 32


@pytest.fixture(autouse=True)
def two_nodes(node: FakeNode) -> None:
    other = LayoutNode(OTHER, "vault", "attic", 1 << 30, "joined", False, -1, -1, 1 << 20)
    node.layouts.found = msgspec.structs.replace(node.layouts.found, nodes=[*node.layouts.found.nodes, other])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.0)


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    given = io.StringIO(text)
    monkeypatch.setattr(given, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", given)


@pytest.mark.parametrize("words", [(), ("show",)])
def test_the_layout_is_shown_as_a_table(run: Run, node: FakeNode, words: tuple[str, ...]) -> None:
    ended = run("layout", *words, "--control", str(node.control))
    heading, own, other, *_ = ended.out.splitlines()
    assert heading.split()[:5] == ["NODE", "ROLE", "STATE", "ZONE", "CAPACITY"]
    assert own.startswith(NODE_ID[:12]) and "joined" in own
    assert other.split()[:5] == [OTHER[:12], "vault", "joined,", "not", "up"]
    assert "1.0 GiB that fit" in ended.out


def test_as_json_it_is_the_struct(run: Run, node: FakeNode) -> None:
    found = json.loads(run("layout", "--json", "--control", str(node.control)).out)
    assert set(found) == set(LayoutFound.__struct_fields__)


def test_a_change_shows_what_it_does_and_asks(run: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    node.layouts.preview = msgspec.structs.replace(
        node.layouts.preview,
        moved_chunks=7,
        moved_bytes=7 << 20,
        exact=False,
        lost_chunks=2,
        nodes=[NodeBytes(OTHER, 0, 1 << 20)],
    )
    answer(monkeypatch, "y\n")
    ended = run("layout", "set", OTHER[:6], "--zone", "cellar", "--capacity", "2G", "--control", str(node.control))
    assert ended.code == 0, ended.err
    assert "about 7 copies of chunks, 7.0 MiB" in ended.out
    assert "0 B → 1.0 MiB" in ended.out and "no copy left" in ended.out
    edit = MemberChange(OTHER, "cellar", 2 << 30)
    assert node.asked(PreviewLayout) == [PreviewLayout([edit])]
    assert node.asked(ChangeLayout) == [ChangeLayout([edit], node.layouts.preview.revision)]


def test_a_drain_that_leaves_too_few_nodes_for_the_copies_says_so(run: Run, node: FakeNode) -> None:
    shares = [
        NodeBytes(NODE_ID, 1 << 20, 1 << 20),
        NodeBytes(OTHER, 1 << 20, 1 << 20),
        NodeBytes("ef" * 32, 1 << 20, 0),
    ]
    node.layouts.preview = msgspec.structs.replace(node.layouts.preview, nodes=shares)
    ended = run("drain", OTHER, "--yes", "--no-wait", "--control", str(node.control))
    assert "only 2 of each chunk afterwards, 3 are wanted: add a node first" in ended.out


@pytest.mark.parametrize(("told", "said"), [(2, True), (3, False)])
def test_how_many_nodes_store_afterwards_is_the_nodes_word_while_nothing_is_stored(
    run: Run, node: FakeNode, told: int, said: bool
) -> None:
    node.layouts.preview = msgspec.structs.replace(node.layouts.preview, storing_after=told)
    ended = run("drain", OTHER, "--yes", "--no-wait", "--control", str(node.control))
    assert ("only 2 of each chunk afterwards, 3 are wanted" in ended.out) is said


def test_where_nodes_enough_are_left_no_copies_are_missed(run: Run, node: FakeNode) -> None:
    shares = [NodeBytes(letter * 64, 1 << 20, 1 << 20) for letter in "abc"]
    node.layouts.preview = msgspec.structs.replace(node.layouts.preview, nodes=[*shares, NodeBytes(OTHER, 1 << 20, 0)])
    ended = run("drain", OTHER, "--yes", "--no-wait", "--control", str(node.control))
    assert "afterwards, 3 are wanted" not in ended.out


def test_who_says_no_has_changed_nothing(run: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "\n")
    ended = run("layout", "set", OTHER, "--zone", "", "--control", str(node.control))
    assert (ended.code, node.asked(ChangeLayout)) == (0, [])
    assert "nothing was changed" in ended.out


def test_a_script_that_does_not_say_yes_changes_nothing(at: Run, run: Run, node: FakeNode) -> None:
    ended = run("layout", "set", OTHER, "--zone", "cellar", "--control", str(node.control))
    assert (ended.code, "--yes" in ended.err) == (2, True)
    assert node.asked(ChangeLayout) == []
    run("layout", "set", OTHER, "--zone", "cellar", "--yes", "--control", str(node.control))
    assert len(node.asked(ChangeLayout)) == 1


def test_as_json_a_preview_is_printed_and_nothing_is_changed(run: Run, node: FakeNode) -> None:
    there = ("--control", str(node.control))
    found = json.loads(run("layout", "set", OTHER, "--zone", "cellar", "--json", *there).out)
    assert set(found) == set(LayoutPreviewed.__struct_fields__)
    assert node.asked(ChangeLayout) == []


def test_what_is_refused_is_not_asked_about(run: Run, node: FakeNode) -> None:
    node.layouts.preview = msgspec.structs.replace(node.layouts.preview, refused="no node would be left")
    ended = run("drain", OTHER, "--yes", "--control", str(node.control))
    assert (ended.code, "no node would be left" in ended.err, node.asked(ChangeLayout)) == (2, True, [])


@pytest.mark.parametrize("name", ["ff", ""])
def test_a_node_that_is_none_or_several_is_refused(run: Run, node: FakeNode, name: str) -> None:
    ended = run("layout", "set", name, "--zone", "cellar", "--yes", "--control", str(node.control))
    assert (ended.code, node.asked(ChangeLayout)) == (2, [])


def test_nothing_to_set_is_a_usage_error(run: Run, node: FakeNode) -> None:
    assert run("layout", "set", OTHER, "--control", str(node.control)).code == 2


def test_draining_watches_until_nothing_is_left(run: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [3, 2, 2, 1]
    layout = FakeNode.__dict__["_answer"]

    def answered(self: FakeNode, request: Any) -> Any:
        found = layout(self, request)
        if isinstance(found, LayoutFound) and found.nodes[1].state == "draining":
            nodes = [found.nodes[0], msgspec.structs.replace(found.nodes[1], held_chunks=left.pop(0) if left else 0)]
            return msgspec.structs.replace(found, nodes=nodes)
        return found

    monkeypatch.setattr(FakeNode, "_answer", answered)
    ended = run("drain", OTHER[:4], "--yes", "--control", str(node.control))
    assert ended.code == 0, ended.err
    assert "3 chunks left" in ended.err and "safe to remove" in ended.out
    assert node.asked(ChangeLayout) == [ChangeLayout([MemberChange(OTHER, state="draining")], 9)]


def test_draining_that_waits_for_another_node_says_so_once(
    run: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [3, 3, 3]
    layout = FakeNode.__dict__["_answer"]

    def answered(self: FakeNode, request: Any) -> Any:
        found = layout(self, request)
        if isinstance(found, LayoutFound) and found.nodes[1].state == "draining":
            nodes = [found.nodes[0], msgspec.structs.replace(found.nodes[1], held_chunks=left.pop(0) if left else 0)]
            return msgspec.structs.replace(found, nodes=nodes, copies=2)
        return found

    monkeypatch.setattr(FakeNode, "_answer", answered)
    monkeypatch.setattr(module, "LOOK_S", 0.0)
    ended = run("drain", OTHER[:4], "--yes", "--control", str(node.control))
    assert ended.err.count("3 chunks left") == 1
    assert "2 copies are wanted" in ended.err and "dfs-core invite" in ended.err


def test_draining_can_be_left_to_itself_and_undone(run: Run, node: FakeNode) -> None:
    there = ("--control", str(node.control))
    assert "how far" in run("drain", OTHER, "--yes", "--no-wait", *there).out
    assert "usual node again" in run("drain", OTHER, "--undo", "--yes", *there).out
    assert node.layouts.found.nodes[1].state == "joined"


def test_progress_tells_a_rate_and_a_time_once_something_moved() -> None:
    progress = Progress()
    assert progress.line(-1, 0.0) == "how much is left is not known yet"
    assert progress.line(100, 1.0) == "100 chunks left"
    assert progress.line(100, 2.0) == "100 chunks left"
    assert progress.line(80, 3.0) == "80 chunks left, 10.0 a second, about 8 s to go"
