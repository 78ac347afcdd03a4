"""health against a fake node."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dfs_core.cli.health import repair_in_words
from dfs_core.encoding.health_messages import HealthFound, HealthItem, HealthReport, Repair
from dfs_core.testing.fake_node import FakeNode

Run = Callable[..., Any]

REPAIRING = HealthReport(
    state="DEGRADED",
    chunks=64,
    bytes=64 << 20,
    copies_found=[0, 0, 45, 19],
    under_chunks=45,
    under_bytes=45 << 20,
    repair=Repair(45, 15, 15 << 20, 5.0 * (1 << 20), 3.0),
)
ITEMS = [HealthItem("a/tea", 3, 4 << 20, 4, 2, 1), HealthItem("b/milk", 4, 1 << 20, 1, 1, 2)]


def test_a_healthy_cluster_has_a_short_answer(at: Run) -> None:
    ended = at("health")
    assert ended.code == 0
    assert "HEALTHY" in ended.out
    assert "repair" not in ended.out
    assert "every chunk" in at("health", "--items").out


def test_what_is_wrong_and_what_is_done_about_it_is_said_in_words(at: Run, node: FakeNode) -> None:
    node.upkeep.health = HealthFound(REPAIRING, "DEGRADED", ["45 chunks have 2 of 3 copies"], 0.4)
    ended = at("health")
    assert ended.code == 1
    for words in (
        "DEGRADED; 45 chunks have 2 of 3 copies",
        "45 with 2, 19 with 3",
        "45 chunks, 45.0 MiB",
        "30 of 45 copies made, 15.0 MiB to go, 5.0 MiB/s, done in 3 s",
    ):
        assert words in ended.out


def test_the_files_behind_the_numbers_are_listed_page_by_page(at: Run, node: FakeNode) -> None:
    node.upkeep.short = ITEMS
    ended = at("health", "--items")
    assert ended.code == 1
    assert [line.split()[0] for line in ended.out.splitlines()] == ["KEY", "a/tea", "b/milk"]
    listed = [json.loads(line) for line in at("health", "--items", "--json").out.splitlines()]
    assert [(item["key"], item["short"], item["copies"]) for item in listed] == [("a/tea", 2, 1), ("b/milk", 1, 2)]


def test_programs_get_the_whole_report(at: Run, node: FakeNode) -> None:
    node.upkeep.health = HealthFound(REPAIRING, "DEGRADED", ["why"], 0.4)
    found = json.loads(at("health", "--json").out)
    assert (found["state"], found["report"]["under_bytes"], found["report"]["repair"]["left"]) == (
        "DEGRADED",
        45 << 20,
        15,
    )


def test_a_repair_whose_end_cannot_be_told_promises_none() -> None:
    assert repair_in_words(Repair(2, 1, 10)) == "1 of 2 copies made, 10 B to go, 0 B/s"
    assert repair_in_words(Repair()) == ""
