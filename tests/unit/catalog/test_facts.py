"""The facts that a reader tells are those of the commands."""

from __future__ import annotations

from dfs_core.catalog.facts import ClusterFacts, Counts, Upload
from dfs_core.catalog.settings import SETTINGS


def test_a_cluster_is_described_in_full(empty, drafts):
    found = drafts.found(copies=2)
    empty.apply(found, elapsed_ms=40)
    settings = {name: setting.default for name, setting in SETTINGS.items()} | {"copies": 2, "chunk_bytes": 65_536}
    assert empty.reader.cluster() == ClusterFacts(
        found.cluster, drafts.founder.node, founded_at=1, copies=2, chunk_bytes=65_536, settings=settings, log_ms=40
    )


def test_a_new_cluster_counts_nothing(ledger):
    assert ledger.reader.counts() == Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def test_an_upload_is_described_in_full(ledger, drafts):
    refer = drafts.refer(drafts.bytes(), drafts.page(1, 3))
    ledger.apply(refer, elapsed_ms=9)
    assert ledger.reader.uploads() == [Upload(refer.upload, pages=1, chunks=3, started_ms=9, touched_ms=9)]
