"""Every command is applied once; what became of it is known for a week of log time."""

from __future__ import annotations

import pytest

from dfs_core.catalog import outcomes
from dfs_core.catalog.digest import recompute
from dfs_core.catalog.outcomes import KEPT_MS

MINUTE_MS = 60_000


def pass_time(ledger, drafts, minutes: int) -> None:
    ledger.applier.apply([ledger.entry(elapsed_ms=MINUTE_MS) for _ in range(minutes)])


def test_a_command_is_applied_once_however_often_it_comes(ledger, drafts):
    commit = drafts.commit("key")
    first, second = ledger.results(commit, commit)
    (third,) = ledger.results(commit)
    assert first.outcome == second.outcome == third.outcome
    assert first.changes and not second.changes and not third.changes
    assert ledger.reader.counts().versions == 1


def test_a_refused_command_stays_refused(ledger, drafts):
    remove = drafts.remove("key")
    first = ledger.apply(remove)
    ledger.apply(drafts.commit("key"))
    assert ledger.apply(remove) == first
    assert ledger.reader.current("key") is not None


def test_settling_an_applied_command_gives_its_outcome(ledger, drafts):
    commit = drafts.commit("key")
    outcome = ledger.apply(commit)
    assert ledger.apply(drafts.settle(commit.id)) == outcome
    assert ledger.reader.outcome(commit.id) == outcome


def test_settling_an_unknown_command_makes_it_void_for_ever(ledger, drafts):
    commit = drafts.commit("key")
    assert ledger.apply(drafts.settle(commit.id)).reason == "void"
    late = ledger.results(commit)[0]
    assert (late.outcome.reason, late.changes) == ("void", ())
    assert ledger.reader.current("key") is None
    assert ledger.apply(drafts.settle(commit.id)).reason == "void"


def test_settling_itself_is_void_and_does_no_harm(ledger, drafts):
    settle = drafts.settle(b"x" * 16)
    itself = type(settle)(id=settle.target, target=settle.target)
    assert ledger.apply(itself).reason == "void"
    assert ledger.apply(itself).reason == "void"


def test_outcomes_are_forgotten_after_a_week_of_log_time(ledger, drafts):
    tick, week = drafts.tick(), KEPT_MS // MINUTE_MS
    ledger.apply(tick)
    pass_time(ledger, drafts, week)
    assert ledger.reader.outcome(tick.id) is not None
    pass_time(ledger, drafts, 1)
    assert ledger.reader.outcome(tick.id) is None
    assert recompute(ledger.applier._connection) == ledger.applier.digest


def test_a_version_remembers_its_commit_when_the_outcome_is_forgotten(ledger, drafts):
    commit = drafts.commit("key")
    outcome = ledger.apply(commit)
    pass_time(ledger, drafts, KEPT_MS // MINUTE_MS + 1)
    assert ledger.reader.outcome(commit.id) == outcome
    assert ledger.apply(drafts.settle(commit.id)) == outcome


def test_a_commit_with_an_id_of_its_own_is_remembered_by_it(ledger, drafts):
    commit = drafts.commit("key", id=drafts.bytes())
    outcome = ledger.apply(commit)
    assert ledger.apply(commit) == outcome == ledger.reader.outcome(commit.id)
    assert ledger.reader.counts().versions == 1


def test_a_commit_that_comes_again_does_not_bring_back_what_was_purged(ledger, drafts):
    commit = drafts.commit("key", [drafts.page()])
    outcome = ledger.apply(commit)
    ledger.apply(drafts.remove("key", purge=True))
    (late,) = ledger.results(commit)
    assert (late.outcome, late.changes) == (outcome, ())
    assert ledger.reader.history("key", 5) == []


def test_a_commit_that_comes_again_after_its_outcome_was_forgotten_makes_no_second_version(ledger, drafts):
    commit = drafts.commit("key", id=drafts.bytes())
    ledger.apply(commit)
    pass_time(ledger, drafts, KEPT_MS // MINUTE_MS + 1)
    assert ledger.apply(commit).reason == "committed"
    assert ledger.reader.counts().versions == 1


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(outcomes, "KEPT_COUNT", 3)


def test_beyond_the_newest_million_outcomes_are_forgotten_after_an_hour(few, ledger, drafts):
    ticks = [drafts.tick() for _ in range(5)]
    ledger.results(*ticks)
    assert all(ledger.reader.outcome(tick.id) for tick in ticks), "none is an hour old"
    pass_time(ledger, drafts, 60)
    assert all(ledger.reader.outcome(tick.id) for tick in ticks)
    pass_time(ledger, drafts, 1)
    assert [ledger.reader.outcome(tick.id) is not None for tick in ticks] == [False, False, True, True, True]
