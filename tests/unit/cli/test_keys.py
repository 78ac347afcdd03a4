"""ls, find, stat, rm, mv and cp against a fake node."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dfs_core.encoding.control_messages import KeyDetail, KeyEntry, ListKeys, RemoveKeys
from dfs_core.encoding.history_messages import FindKeys
from dfs_core.testing.fake_node import NODE_ID, FakeNode

Run = Callable[..., Any]
EVIL = "red\x1b[31m\u202etxt.exe\nnext"


def test_keys_are_listed_in_order_and_by_prefix(at: Run, node: FakeNode) -> None:
    for key in ("b", "a/2", "a/1"):
        node.put(key, b"x")
    assert at("ls").out == "a/1\na/2\nb\n"
    assert at("ls", "a/").out == "a/1\na/2\n"
    assert at("ls", "nothing").out == ""


def test_more_keys_than_a_page_are_all_listed(at: Run, node: FakeNode) -> None:
    for number in range(2345):
        node.put(f"k{number:05}", b"")
    assert at("ls").out.count("\n") == 2345
    assert len(node.asked(ListKeys)) == 3


def test_names_are_safe_on_a_terminal_and_untouched_in_a_pipe(at: Run, node: FakeNode) -> None:
    node.put(EVIL, b"x")
    assert at("ls").out == EVIL + "\n"
    assert at("ls", "-0").out == EVIL + "\0"
    for arguments in (("ls",), ("ls", "-l"), ("stat", EVIL), ("rm", EVIL)):
        shown = at(*arguments, terminal=True).out
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "red\\x1b[31m\\u202etxt.exe\\nnext" in shown


def test_json_has_one_object_a_key_and_every_field_in_ascii(at: Run, node: FakeNode) -> None:
    node.put(EVIL, b"tea", mtime_ns=5, mode=0o644)
    node.put("ünï", b"")
    listed = at("ls", "--json").out
    assert listed.isascii()
    objects = [json.loads(line) for line in listed.splitlines()]
    assert [item["key"] for item in objects] == [EVIL, "ünï"]
    assert set(objects[0]) == set(KeyEntry.__struct_fields__)
    assert (objects[0]["size"], objects[0]["mtime_ns"], objects[0]["mode"]) == (3, 5, 0o644)


def test_the_long_listing_shows_copies_size_and_time(at: Run, node: FakeNode) -> None:
    node.put("big", bytes(1536))
    heading, row = at("ls", "-l").out.splitlines()
    assert heading.split() == ["COPIES", "SIZE", "STORED", "KEY"]
    assert row.split()[:3] == ["3", "1.5", "KiB"]
    assert row.endswith("  big")
    assert node.asked(ListKeys)[-1].copies is True


def test_a_plain_listing_does_not_count_copies(at: Run, node: FakeNode) -> None:
    at("ls")
    assert node.asked(ListKeys)[-1].copies is False


def test_what_may_be_stale_says_so_on_standard_error(at: Run, node: FakeNode) -> None:
    node.put("k", b"x")
    node.stale = True
    for verb in (("ls",), ("ls", "--json"), ("stat", "k"), ("stat", "k", "--json")):
        ended = at(*verb)
        assert ended.code == 0
        assert "may be stale: no leader reachable" in ended.err
        assert "stale" not in ended.out or "--json" in verb


def test_stat_shows_hash_holders_and_history(at: Run, node: FakeNode) -> None:
    node.put("k", b"one")
    entry = node.put("k", b"three")
    shown = at("stat", "k").out
    assert f"b3:{entry.hash}" in shown
    assert "5 bytes" in shown
    assert NODE_ID[:12] in shown
    assert [line.split()[0] for line in shown.splitlines()[-2:]] == ["2", "1"]
    found = json.loads(at("stat", "k", "--json").out)
    assert set(found) == set(KeyDetail.__struct_fields__)
    assert json.loads(at("stat", "k", "--version", "1", "--json").out)["entry"]["size"] == 3


def test_an_unknown_key_or_version_has_its_own_exit_code(at: Run, node: FakeNode) -> None:
    node.put("k", b"x")
    for arguments in (("stat", "no"), ("stat", "k", "--version", "9"), ("mv", "no", "new"), ("cp", "no", "new")):
        ended = at(*arguments)
        assert ended.code == 3, arguments
        assert ended.err.count("\n") == 1


def test_rm_removes_what_is_there_and_names_what_is_not(at: Run, node: FakeNode) -> None:
    for key in ("a", "b", "c"):
        node.put(key, b"x")
    ended = at("rm", "a", "missing", "b")
    assert (ended.code, ended.out) == (3, "removed a\nremoved b\n")
    assert ended.err == "dfs-core: no such key: 'missing'; 'dfs-core ls' lists what is stored\n"
    assert node.keys() == ["c"]


def test_rm_r_removes_a_folder_and_nothing_beside_it(at: Run, node: FakeNode) -> None:
    for key in ("p/a", "p/b/c", "p", "pq"):
        node.put(key, b"x")
    ended = at("rm", "-r", "p")
    assert (ended.code, ended.out) == (0, "removed 2 keys\n")
    assert node.keys() == ["p", "pq"]
    assert at("rm", "-r", "nothing").code == 3


def test_mv_and_cp_keep_the_last_part_when_the_new_name_is_a_folder(at: Run, node: FakeNode) -> None:
    node.put("photos/a.jpg", b"x")
    assert at("cp", "photos/a.jpg", "copies/").code == 0
    assert at("mv", "photos/a.jpg", "b.jpg").out == "moved photos/a.jpg to b.jpg\n"
    assert node.keys() == ["b.jpg", "copies/a.jpg"]
    assert at("mv", "b.jpg", "up/../b").code == 2


def test_find_lists_keys_by_a_part_of_them(at: Run, node: FakeNode) -> None:
    for key in ("tea/green", "GREENHOUSE", "red", EVIL):
        node.put(key, b"x")
    assert at("find", "green").out == "GREENHOUSE\ntea/green\n"
    assert at("find", "txt", "-0").out == EVIL + "\0"
    assert "\x1b" not in at("find", "txt", terminal=True).out
    assert [json.loads(line)["key"] for line in at("find", "e", "--json").out.splitlines()][-1] == "tea/green"
    nothing = at("find", "nothing")
    assert (nothing.code, nothing.out) == (0, "")
    assert at("find", "a", "-0", "--json").code == 2


def test_find_goes_on_behind_a_full_page_and_says_what_may_be_stale(at: Run, node: FakeNode) -> None:
    for number in range(2345):
        node.put(f"k{number:05}", b"")
    node.stale = True
    ended = at("find", "k")
    assert ended.out.count("\n") == 2345
    assert len(node.asked(FindKeys)) == 3
    assert ended.err.count("may be stale") == 1


def test_rm_purge_says_that_it_purged_and_asks_for_it(at: Run, node: FakeNode) -> None:
    node.put("a", b"x")
    node.put("d/b", b"x")
    at("rm", "a")
    assert at("rm", "--purge", "a").out == "purged a\n"
    assert at("rm", "-r", "--purge", "d").out == "purged 1 key\n"
    assert [request.purge for request in node.asked(RemoveKeys)] == [False, True, True]
    assert node.files == {}
