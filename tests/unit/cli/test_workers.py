"""workers against a fake node."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dfs_core.encoding.worker_messages import SetWorker, WorkerStatus
from dfs_core.testing.fake_node import FakeNode

Run = Callable[..., Any]


def test_workers_are_shown_with_what_waits_and_what_went_wrong(at: Run, node: FakeNode) -> None:
    node.upkeep.workers["scrub"] = WorkerStatus(
        "scrub", "resting", False, 4.0, 12_345, 7200.0, 67, 1 << 26, 2.5, 3.0 * 2**20, "disk full", 61.0, "37 %"
    )
    heading, *rows = at("workers").out.splitlines()
    assert heading.split() == ["WORKER", "STATE", "WAITING", "OLDEST", "DONE", "RATE", "PACE", "NOW", "LAST", "ERROR"]
    assert [row.split()[0] for row in rows] == ["resync", "scrub"]
    for word in ("12,345", "2 h", "67", "3.0 MiB/s", "37 %", "disk full (1 min ago)"):
        assert word in rows[1]


def test_workers_as_json_have_all_fields(at: Run, node: FakeNode) -> None:
    found = json.loads(at("workers", "--json").out)
    assert tuple(found) == WorkerStatus.__struct_fields__


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("pause", "resync"), SetWorker("resync", "pause")),
        (("resume", "resync"), SetWorker("resync", "resume")),
        (("pace", "resync", "2.5"), SetWorker("resync", "pace", 2.5)),
        (("pause", "all"), SetWorker("resync", "pause")),
    ],
)
def test_a_worker_is_steered(at: Run, node: FakeNode, words: tuple[str, ...], asked: SetWorker) -> None:
    assert at("workers", *words).code == 0
    assert node.asked(SetWorker) == [asked]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("pause",), 2),
        (("pace", "resync"), 2),
        (("pause", "resync", "3"), 2),
        (("dance", "resync"), 2),
        (("pace", "resync", "-1"), 2),
        (("pause", "nobody"), 3),
    ],
)
def test_what_makes_no_sense_is_one_line_and_a_code(at: Run, node: FakeNode, words: tuple[str, ...], code: int) -> None:
    ended = at("workers", *words)
    assert (ended.code, len(ended.err.splitlines())) == (code, 1)
