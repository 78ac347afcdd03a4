"""Take one rule out of the Raft core, and the simulation must find a seed that shows why it is there.

A rule without such a seed would be unproven: perhaps useless, perhaps untested. Each ablation is a subclass that leaves
out exactly one rule. The seed in `ablation_seeds.json` was found by searching (`make ablation`). What a seed means
changes with the core and the simulation: a recorded one that shows nothing any more fails, and is to be found anew.
Rules that only a particular moment needs have their scenario in `test_raft_scenarios.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from dfs_core.model.raft import Raft
from dfs_core.model.raft_leading import Leading
from dfs_core.model.raft_log import RaftLog
from dfs_core.model.raft_messages import AppendAnswer, AppendEntries, LogEntry, RaftMessage, RequestVote
from dfs_core.model.raft_ready import HardState, Ready, Role
from dfs_core.testing.raft_chaos import run
from tests.ablations import RAFT, seeds

UNSYNCED_SEED = 6
_LOST = "leader completeness|state-machine safety|acknowledged .* was replaced|was acknowledged"
_STALE = "misses the command acknowledged"


def _early(ready: Ready, kinds: type[RaftMessage] | tuple[type[RaftMessage], ...]) -> Ready:
    """The same work with these messages sent before they are backed by the disk."""
    early = tuple(one for one in ready.messages_after if isinstance(one.message, kinds))
    late = tuple(one for one in ready.messages_after if not isinstance(one.message, kinds))
    return replace(ready, messages_now=ready.messages_now + early, messages_after=late)


class VotesForAnyLog(Raft):
    """Without: a vote only for a log that is at least as complete."""

    def _log_is_enough(self, request: RequestVote) -> bool:
        return True


class VotesTwice(Raft):
    """Without: one vote a term."""

    def _request_vote(self, sender: bytes, request: RequestVote, now: float) -> None:
        if not request.pre_vote and request.term == self.term and self.role is Role.FOLLOWER:
            self._hard_state = HardState(self.term, None)
        super()._request_vote(sender, request, now)


class AnswersAppendsBeforeTheyAreDurable(Raft):
    """Without: an entry is durable before it is accepted."""

    def ready(self) -> Ready:
        return _early(super().ready(), AppendAnswer)


class CountsItsOwnEntriesBeforeTheyAreDurable(Raft):
    """Without: a leader counts itself from when its entry is durable."""

    def _commit(self, lead: Leading, now: float) -> None:
        log, durable_index = self._log, self._log.durable_index
        log.durable_index = log.last_index
        try:
            super()._commit(lead, now)
        finally:
            log.durable_index = durable_index


class CountsLateWritesOfEntriesCutOff(Raft):
    """Without: a write that finishes after its entries were cut off does not make the new ones durable."""

    def _take_entries(self, entries: Sequence[LogEntry]) -> None:
        writes = self._log._writes.copy()
        super()._take_entries(entries)
        self._log._writes = writes


class CutsOffWhatAnOldMessageDoesNotHave(Raft):
    """Without: entries that are here already stay, with what follows them."""

    def _take_entries(self, entries: Sequence[LogEntry]) -> None:
        if entries and self._commit_index < entries[0].index <= self._log.last_index:
            self._log.cut_from(entries[0].index)
            self._membership.cut_from(entries[0].index)
        super()._take_entries(entries)


class AcceptsMoreThanItWasSent(Raft):
    """Without: an answer accepts only what its message vouched for, not all that is in the log."""

    def _answer(self, to: bytes, message: RaftMessage) -> None:
        if isinstance(message, AppendAnswer) and message.accepted:
            message = AppendAnswer(message.term, True, self._log.last_index, round=message.round)
        super()._answer(to, message)

    def _append_answer(self, sender: bytes, answer: AppendAnswer, now: float) -> None:
        if answer.accepted and answer.index > self._log.last_index:
            answer = AppendAnswer(answer.term, True, self._log.last_index, round=answer.round)
        super()._append_answer(sender, answer, now)


class TakesTheCommitIndexForEntriesOfItsOwn(Raft):
    """Without: a follower knows as committed only what the same message vouched for."""

    def _append_entries(self, sender: bytes, message: AppendEntries, now: float) -> None:
        super()._append_entries(sender, message, now)
        if message.term == self.term:
            self._commit_index = max(self._commit_index, min(message.commit_index, self._log.last_index))


class AppendsBehindAnything(Raft):
    """Without: an entry fits only behind the entry that its leader has before it."""

    def _fits(self, message: AppendEntries) -> bool:
        return message.previous_index <= self._log.last_index


class ConfirmsReadsWithoutARound(Raft):
    """Without: a read waits for a round of heartbeats."""

    def _confirm_reads(self, lead: Leading) -> None:
        self._reads += lead.reads.confirm(lead.reads.round)


class ReadsBeforeItsTermIsSettled(Raft):
    """Without: a new leader reads only after it has committed an entry of its own term."""

    def _begin_leading(self, now: float) -> None:
        super()._begin_leading(now)
        if self._lead is not None:
            self._lead.first_index = 0


class StaysAwayWhenBeingRemoved(Raft):
    """Without: a voter that is being removed campaigns until that is committed."""

    def _may_campaign(self) -> bool:
        return super()._may_campaign() and self.node in self.configuration.voters


class _LogThatForgets(RaftLog):
    @property
    def last_term(self) -> int:
        return self._run_terms[-1] if self._run_terms else 0


class ForgetsTheTermOfWhatWasCutOff(Raft):
    """Without: a log whose entries were all cut off knows the term of the last one."""

    def compact(self, index: int) -> None:
        super().compact(index)
        self._log.__class__ = _LogThatForgets


# Each rule, and what a run without it must say: what else goes wrong may be a mere consequence, or the ablation's own.
RULES: dict[type[Raft], str] = {
    VotesForAnyLog: "leader completeness",
    VotesTwice: "election safety",
    AnswersAppendsBeforeTheyAreDurable: _LOST,
    CountsItsOwnEntriesBeforeTheyAreDurable: _LOST,
    CountsLateWritesOfEntriesCutOff: "handed out before it was durable|" + _LOST,
    CutsOffWhatAnOldMessageDoesNotHave: _LOST,
    AcceptsMoreThanItWasSent: _LOST,
    TakesTheCommitIndexForEntriesOfItsOwn: "state-machine safety|committed entry",
    AppendsBehindAnything: "log matching",
    ConfirmsReadsWithoutARound: _STALE,
    ReadsBeforeItsTermIsSettled: _STALE,
    StaysAwayWhenBeingRemoved: "no progress",
    ForgetsTheTermOfWhatWasCutOff: "leader completeness",
}


def rule_of(raft: type[Raft]) -> str:
    """The rule that is left out."""
    assert raft.__doc__ is not None
    return raft.__doc__.removeprefix("Without: ").removesuffix(".")


BY_RULE = {rule_of(raft): raft for raft in RULES}
NAMES = tuple(BY_RULE)


def broken(seed: int, raft: type[Raft]) -> str:
    """The promise that this core breaks under this seed; empty when it keeps them all."""
    try:
        run(seed, raft=raft)
    except AssertionError as error:  # RaftViolation, or the core's own alarm
        return str(error)
    return ""


def found_by(rule: str, seed: int) -> bool:
    """Whether this seed shows what the rule is for: without it what must not happen does, and with it nothing."""
    raft = BY_RULE[rule]
    return re.search(RULES[raft], broken(seed, raft)) is not None and not broken(seed, Raft)


def test_every_rule_has_a_seed() -> None:
    assert tuple(seeds(RAFT)) == NAMES


@pytest.mark.parametrize("rule", BY_RULE)
def test_without_this_rule_a_promise_breaks(rule: str) -> None:
    (seed,) = seeds(RAFT)[rule]
    raft = BY_RULE[rule]
    assert not broken(seed, Raft), f"seed {seed} breaks the whole core"
    assert re.search(RULES[raft], broken(seed, raft)), f"seed {seed} shows it no longer: find another, `make ablation`"


def test_a_log_cut_below_what_could_be_lost_again_cannot_be_started_from() -> None:
    """The shell's rule: cut off only what the catalog holds durably."""
    run(UNSYNCED_SEED)
    with pytest.raises(AssertionError, match="was applied"):
        run(UNSYNCED_SEED, cuts_unsynced=True)
