"""What collecting asks the catalog."""

from __future__ import annotations

from dfs_core.catalog import query_verdicts
from dfs_core.catalog.facts import Pending


def test_what_is_due_is_counted_by_the_time_of_its_last_reference(ledger, drafts):
    for key in ("a", "b"):
        ledger.apply(drafts.commit(key, [drafts.page()]), elapsed_ms=100)
        ledger.apply(drafts.remove(key, purge=True), elapsed_ms=100)
    assert ledger.reader.due(199) == (0, 0)
    assert ledger.reader.due(200) == (1, 4_112)
    assert ledger.reader.due(400) == (2, 2 * 4_112)


def test_what_is_pending_is_what_waits_and_what_is_condemned_and_not_carried_out(ledger, drafts):
    assert ledger.reader.pending(0) == Pending(0, 0, -1, 0, 0)
    ledger.apply(drafts.commit("a", [drafts.page()]))
    ledger.apply(drafts.remove("a", purge=True), elapsed_ms=70)
    index = ledger.apply(drafts.condemn(drafts.bytes(32), sizes=[5])).revision
    assert ledger.reader.pending(index - 1) == Pending(1, 4_112, 70, 1, 5)
    assert ledger.reader.pending(index) == Pending(1, 4_112, 70, 0, 0)


def test_a_bounded_number_of_verdicts_can_be_forgotten_at_once(ledger, drafts, monkeypatch):
    monkeypatch.setattr(query_verdicts, "_FORGOTTEN_AT_ONCE", 3)
    indexes = [ledger.apply(drafts.condemn(*sorted(drafts.addresses(2)))).revision for _ in range(4)]
    assert ledger.reader.forgettable(indexes[0] - 1) == 0
    assert ledger.reader.forgettable(indexes[0]) == indexes[0]
    assert ledger.reader.forgettable(indexes[3]) == indexes[1]
