"""catalog.json: entries and the catalog they must become, so that no release applies an old entry in a new way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.query import CatalogReader
from dfs_core.model.raft_messages import COMMAND, LogEntry

VECTORS = json.loads(Path(__file__).with_name("catalog.json").read_text())
ENTRIES = [LogEntry(index, 1, COMMAND, bytes.fromhex(step["entry"])) for index, step in enumerate(VECTORS["steps"], 1)]


@pytest.fixture
def applier(tmp_path: Path) -> Iterator[Applier]:
    applier = Applier(tmp_path / "catalog.sqlite")
    yield applier
    applier.close()


def test_every_recorded_entry_has_the_recorded_outcomes_and_digest(applier: Applier) -> None:
    for entry, step in zip(ENTRIES, VECTORS["steps"], strict=True):
        outcomes = [applied.outcome for applied in applier.apply([entry])]
        assert [[one.reason, one.version, one.revision] for one in outcomes] == step["outcomes"], step["note"]
        assert applier.digest.hex() == step["digest"], step["note"]


def test_the_recorded_entries_in_one_run_end_in_the_recorded_catalog(applier: Applier, tmp_path: Path) -> None:
    applier.apply(ENTRIES)
    assert applier.digest.hex() == VECTORS["steps"][-1]["digest"]
    reader = CatalogReader(tmp_path / "catalog.sqlite")
    assert [version.key for version in reader.list()] == VECTORS["keys"]
    counts = reader.counts()
    assert {name: getattr(counts, name) for name in VECTORS["counts"]} == VECTORS["counts"]
    reader.close()
