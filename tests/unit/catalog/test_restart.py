"""A log that begins behind a snapshot: above all that was seen, led by its founder alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.digest import recompute
from dfs_core.catalog.log import LogStore
from dfs_core.catalog.restart import GAP, begin_log, first_free_index, move_catalog
from dfs_core.catalog.schema import COUNTERS
from dfs_core.encoding.commands import encode_batch, encode_command
from dfs_core.model.raft_messages import COMMAND, CONFIGURATION, Configuration, LogEntry

ME = b"m" * 32


@pytest.mark.parametrize("seen", [0, 1, GAP - 1, GAP, 3 * GAP + 5])
def test_the_new_log_is_far_above_all_that_was_seen(seen: int) -> None:
    assert seen < first_free_index(seen) <= seen + GAP
    assert first_free_index(seen) % GAP == 0


def test_a_moved_catalog_has_the_same_rows_another_place_and_its_founder_voting(ledger, drafts):
    ledger.apply(drafts.commit("key", [drafts.page(1, 3)]))
    others = LogEntry(ledger.applier.applied_index + 1, 1, CONFIGURATION, Configuration.of([b"x" * 32]).encode())
    ledger.applier.apply([others])
    counts = {name: ledger.applier._rows.counter(name) for name in COUNTERS}
    ledger.close()
    move_catalog(ledger.path, GAP, ME)
    applier = Applier(ledger.path)
    assert (applier.applied_index, applier.digest) == (GAP, recompute(applier._connection))
    assert applier.configuration() == (GAP, Configuration.of([ME]))
    assert {name: applier._rows.counter(name) for name in COUNTERS} == counts
    (result,) = applier.apply([LogEntry(GAP + 1, 5, COMMAND, encode_batch(0, [encode_command(drafts.commit("next"))]))])
    assert result.outcome.reason == ""
    applier.close()


def test_the_log_begins_behind_it_with_its_founder_voting(tmp_path: Path) -> None:
    entries = [LogEntry(GAP + 1, 8, COMMAND, b"one"), LogEntry(GAP + 2, 8, COMMAND, b"two")]
    begin_log(tmp_path / "log.sqlite", index=GAP, term=7, founder=ME, entries=entries)
    log = LogStore(tmp_path / "log.sqlite")
    loaded = log.load(applied=GAP)
    assert (loaded.first_index, loaded.last_index, loaded.start.before_term) == (GAP + 1, GAP + 2, 7)
    assert (loaded.hard_state.term, loaded.hard_state.vote) == (8, ME)
    assert loaded.configurations == ((GAP, Configuration.of([ME])),)
    assert log.read(GAP + 1, GAP + 2, 1 << 20) == entries
    log.close()
