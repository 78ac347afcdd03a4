"""history and restore against a fake node."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dfs_core.encoding.control_messages import FileStored, KeyEntry
from dfs_core.testing.fake_node import NODE_ID, FakeNode

Run = Callable[..., Any]


def test_a_history_is_listed_newest_first_with_its_removal(at: Run, node: FakeNode) -> None:
    node.put("k", b"one")
    node.put("k", bytes(2048))
    at("rm", "k")
    heading, *rows = at("history", "k").out.splitlines()
    assert heading.split() == ["VERSION", "SIZE", "STORED", "BY"]
    assert [row.split()[:2] for row in rows] == [["3", "removed"], ["2", "2.0"], ["1", "3"]]
    assert NODE_ID[:12] in rows[1]
    listed = [json.loads(line) for line in at("history", "k", "--json").out.splitlines()]
    assert [(entry["version"], entry["removed"]) for entry in listed] == [(3, True), (2, False), (1, False)]
    assert set(listed[0]) == set(KeyEntry.__struct_fields__)


def test_a_long_history_is_listed_to_its_end(at: Run, node: FakeNode) -> None:
    for _ in range(1500):
        node.put("k", b"x")
    assert at("history", "k", "--json").out.count("\n") == 1500


def test_a_history_that_may_be_stale_says_so(at: Run, node: FakeNode) -> None:
    node.put("k", b"x")
    node.stale = True
    assert "may be stale" in at("history", "k").err


def test_restoring_undoes_a_removal_or_brings_a_version_back(at: Run, node: FakeNode) -> None:
    node.put("k", b"one")
    node.put("k", b"three")
    at("rm", "k")
    assert at("restore", "k").out == "restored k: 5 B, now version 4\n"
    found = json.loads(at("restore", "k", "--version", "1", "--json").out)
    assert (set(found), found["size"]) == (set(FileStored.__struct_fields__), 3)


def test_what_cannot_be_restored_has_its_own_exit_code(at: Run, node: FakeNode) -> None:
    node.put("k", b"one")
    for arguments, code in ((("nothing",), 3), (("k", "--version", "9"), 3), (("k",), 2)):
        ended = at("restore", *arguments)
        assert (ended.code, ended.err.count("\n")) == (code, 1), arguments
