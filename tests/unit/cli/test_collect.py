"""collect against a fake node."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dfs_core.encoding.collect_messages import CollectNow, CollectReported, PendingFree
from dfs_core.testing.fake_node import FakeNode

Run = Callable[..., Any]


def test_a_dry_run_says_what_would_go_now_and_what_waits_and_how_long(at: Run, node: FakeNode) -> None:
    node.collected = CollectReported(2, 2048, PendingFree(6, 10 * 1024, 1, 1024, 120.0))
    lines = at("collect", "--dry-run").out.splitlines()
    assert lines == [
        "may go now: 2 chunks of 2.0 KiB",
        "being deleted: 1 chunk of 1.0 KiB",
        "waiting for its grace time: 3 chunks of 7.0 KiB; the first goes in 2 min",
    ]
    assert node.asked(CollectNow) == [CollectNow(dry_run=True)]


def test_collecting_says_what_was_condemned(at: Run, node: FakeNode) -> None:
    node.collected = CollectReported(2, 2048, PendingFree(2, 2048, 2, 2048))
    assert at("collect").out.splitlines() == [
        "condemned: 2 chunks of 2.0 KiB",
        "being deleted: 2 chunks of 2.0 KiB",
    ]
    assert node.asked(CollectNow) == [CollectNow()]


def test_who_may_not_collect_now_is_told_why(at: Run, node: FakeNode) -> None:
    node.collected = CollectReported(1, 7, PendingFree(1, 7), "switched off after a forced majority")
    ended = at("collect")
    assert ended.code == 0
    assert "switched off after a forced majority" in ended.err
    assert ended.out.splitlines()[0].startswith("may go now: 1 chunk")


def test_as_json_all_fields_are_there(at: Run, node: FakeNode) -> None:
    assert tuple(json.loads(at("collect", "--json").out)) == CollectReported.__struct_fields__
