"""A new generation of the log, and that nothing is deleted in it until an operator says so."""

from __future__ import annotations

from dfs_core.catalog.change import RecoveryChanged
from dfs_core.catalog.facts import GenerationFacts
from dfs_core.encoding.commands import BeginGeneration, Condemn, Expire, LiftHold

ID, OTHER = b"g" * 16, b"h" * 16


def test_a_log_is_of_no_forced_generation_at_first(ledger):
    assert ledger.reader.generation() == GenerationFacts(0, b"", held=False)


def test_generations_follow_each_other_and_each_holds_what_would_be_deleted(ledger, drafts):
    assert ledger.apply(BeginGeneration(drafts.bytes(), 2, ID)).reason == "generation"
    assert ledger.changes(BeginGeneration(drafts.bytes(), 1, ID)) == (RecoveryChanged(),)
    assert ledger.reader.generation() == GenerationFacts(1, ID, held=True)
    assert ledger.apply(Condemn(drafts.bytes(), b"a" * 32, [4096])).reason == "held"
    assert ledger.apply(Expire(drafts.bytes(), "key", [1])).reason == "held"
    assert ledger.apply(LiftHold(drafts.bytes(), 2)).reason == "generation"
    assert ledger.changes(LiftHold(drafts.bytes(), 1)) == (RecoveryChanged(),)
    assert ledger.changes(LiftHold(drafts.bytes(), 1)) == ()
    assert ledger.reader.generation() == GenerationFacts(1, ID, held=False)
    assert ledger.apply(Condemn(drafts.bytes(), b"a" * 32, [4096])).reason == ""
    assert ledger.apply(BeginGeneration(drafts.bytes(), 2, OTHER)).reason == ""
    assert ledger.reader.generation() == GenerationFacts(2, OTHER, held=True)
    assert ledger.apply(LiftHold(drafts.bytes(), 1)).reason == "generation"


def test_an_id_that_is_none_is_refused(ledger, drafts):
    assert ledger.apply(BeginGeneration(drafts.bytes(), 1, b"short")).reason == "invalid"
