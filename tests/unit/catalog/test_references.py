"""Reference counts are right however they are gathered and written."""

from __future__ import annotations

from collections import Counter

import pytest

from dfs_core.catalog import references
from dfs_core.catalog.database import transaction
from dfs_core.catalog.digest import recompute
from dfs_core.catalog.references import References
from dfs_core.catalog.rows import Rows


@pytest.fixture(params=[65_536, 4], ids=["gathered", "written early"])
def pending_max(request, monkeypatch):
    monkeypatch.setattr(references, "PENDING_MAX", request.param)


def test_counts_match_a_counter_after_any_changes(pending_max, empty, drafts):
    random, names, model = drafts.random, drafts.addresses(40), Counter()
    connection = empty.applier._connection
    for run in range(1, 30):
        with transaction(connection):
            rows = Rows(connection)
            counted = References(rows)
            for _ in range(random.randrange(1, 6)):
                held = sorted(model.elements())
                if held and random.random() < 0.5:
                    some = random.sample(held, random.randint(1, len(held)))
                    before = set(+model)
                    model.subtract(some)
                    gone = counted.drop(some, log_ms=run)
                    assert sorted(gone) == sorted(before - set(+model))
                else:
                    some = random.choices(names, k=random.randint(1, 9))
                    counted.add(some, [100] * len(some))
                    model.update(some)
            counted.flush()
            rows.finish(run, 1)
        assert recompute(connection) == rows.digest
        stored = dict(connection.execute("SELECT address, count FROM reference WHERE count > 0"))
        assert stored == dict(+model)
        assert (rows.counter("chunks"), rows.counter("chunk_bytes")) == (len(stored), 100 * len(stored))
        (unreferenced,) = connection.execute("SELECT count(*) FROM reference WHERE count = 0").fetchone()
        late = connection.execute(
            "SELECT count(*) FROM reference WHERE (count = 0) <> (unreferenced_ms > 0)"
        ).fetchone()
        assert late == (0,), "only what nothing refers to has a time of losing its last reference"
        assert (rows.counter("unreferenced"), rows.counter("unreferenced_bytes")) == (unreferenced, 100 * unreferenced)


def test_a_chunk_that_lost_its_last_reference_remembers_when(empty, drafts):
    connection, (tea,) = empty.applier._connection, drafts.addresses(1)
    with transaction(connection):
        counted = References(Rows(connection))
        counted.add([tea, tea], [7, 7])
        assert counted.drop([tea], log_ms=5) == []
        assert counted.drop([tea], log_ms=9) == [tea]
        counted.flush()
    assert connection.execute("SELECT * FROM reference").fetchall() == [(tea, 0, 7, 9)]


def test_the_first_told_length_of_a_chunk_stays(empty, drafts):
    connection, (tea,) = empty.applier._connection, drafts.addresses(1)
    with transaction(connection):
        rows = Rows(connection)
        counted = References(rows)
        counted.add([tea], [7])
        counted.add([tea], [8])
        counted.flush()
    assert connection.execute("SELECT bytes FROM reference").fetchall() == [(7,)]
    assert rows.counter("chunk_bytes") == 7
