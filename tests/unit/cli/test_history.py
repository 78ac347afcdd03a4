"""history and restore against a fake node."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

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


def test_what_rm_r_removed_comes_back_in_one_step(at: Run, node: FakeNode) -> None:
    for key in ("d/a", "d/b/c", "d/there", "e"):
        node.put(key, b"x")
    at("rm", "d/a", "d/b/c", "e")
    listed = at("restore", "-r", "d/", "--dry-run")
    assert [line.partition(":")[0] for line in listed.out.splitlines()] == ["d/a", "d/b/c"]
    assert "2 keys would come back" in listed.err and node.keys() == ["d/there"]
    assert at("restore", "-r", "d", "--since", "1h").out == "restored 2 keys below d/\n"
    assert node.keys() == ["d/a", "d/b/c", "d/there"]
    ended = at("restore", "-r", "d")
    assert (ended.code, ended.err.count("\n")) == (3, 1)
    assert "nothing below d/ was removed" in ended.err


def test_only_what_was_removed_lately_comes_back_where_that_is_asked_for(at: Run, node: FakeNode) -> None:
    for key in ("d/old", "d/new"):
        node.put(key, b"x")
    at("rm", "-r", "d")
    old = node.files["d/old"][-1]
    node.files["d/old"][-1] = replace(old, entry=msgspec.structs.replace(old.entry, stored_ms=1_000))
    found = [json.loads(line) for line in at("restore", "-r", "d", "--since", "1h", "--json").out.splitlines()]
    assert [each["key"] for each in found] == ["d/new"]
    assert "nothing below d/ was removed in the last 1 h" in at("restore", "-r", "d", "--since", "1h").err


def test_options_of_one_key_and_of_many_are_not_mixed(at: Run) -> None:
    for words in (("-r", "d", "--version", "1"), ("d", "--dry-run"), ("d", "--since", "1h")):
        assert at("restore", *words).code == 2
