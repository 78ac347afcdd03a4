"""The leader has condemned what has waited for its grace time, nothing else, and nobody else does."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from dfs_core.encoding.commands import AnyCommand, Condemn, Forget, Outcome, Tick, encode_batch, encode_command
from dfs_core.errors import NoMajority, StoreError
from dfs_core.limits import CHUNK_BYTES_MIN
from dfs_core.model.ids import Address
from dfs_core.model.raft_messages import COMMAND, LogEntry
from dfs_core.replication.workers import collect
from dfs_core.replication.workers.collect import Collect
from dfs_core.testing.clock import ManualClock

from ..file_world import Files

DAY = 86_400_000
STRAY = Address(b"s" * 32)


class Bench:
    """The worker over a catalog whose log decides at once."""

    def __init__(self, folder: Path) -> None:
        self.files, self.clock = Files(folder), ManualClock()
        self.leads, self.why_not, self.carried_out = True, "", 0
        self.proposed: list[AnyCommand] = []
        self.strays: list[tuple[Address, int]] = []
        self.alarms: list[str] = []
        self.failure: Exception | None = None
        self.collect = Collect(
            log=self,
            catalog=self.files.catalog,
            strays=self,
            slowest=lambda: self.carried_out,
            forbidden=lambda: self.why_not,
            alarm=self.alarms.append,
            clock=self.clock,
            token=os.urandom,
        )

    def unknown(self, limit: int) -> Sequence[tuple[Address, int]]:
        if self.failure is not None:
            raise self.failure
        return self.strays[:limit]

    async def propose(self, command: AnyCommand) -> Outcome:
        if isinstance(self.failure, NoMajority):
            raise self.failure
        self.proposed.append(command)
        return self.apply(command)

    def apply(self, *commands: AnyCommand, elapsed_ms: int = 0) -> Outcome:
        index = self.files.applier.applied_index + 1
        data = encode_batch(elapsed_ms, [encode_command(command) for command in commands])
        return self.files.applier.apply([LogEntry(index, 1, COMMAND, data)])[-1].outcome

    def pass_time(self, log_ms: int) -> None:
        while log_ms > 0:
            self.apply(Tick(os.urandom(16)), elapsed_ms=min(log_ms, 60_000))
            log_ms -= 60_000

    async def store_and_purge(self, chunks: int = 1) -> None:
        await self.files.store("key", os.urandom(chunks * CHUNK_BYTES_MIN))
        await self.files.remover.remove(["key"], purge=True)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    await made.files.found()
    yield made
    await made.files.close()


async def test_a_chunk_goes_when_its_grace_is_over_and_not_before(bench: Bench) -> None:
    await bench.store_and_purge()
    bench.pass_time(DAY - 1)
    assert not await bench.collect.step()
    bench.pass_time(1)
    assert await bench.collect.step()
    assert bench.files.catalog.counts().condemned == 1
    assert not await bench.collect.step()
    assert [type(command) for command in bench.proposed] == [Condemn]


async def test_many_go_a_bounded_number_an_entry(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "CONDEMNED_AT_ONCE", 4)
    await bench.store_and_purge(chunks=10)
    bench.pass_time(DAY)
    while await bench.collect.step():
        pass
    sizes = [len(command.sizes) for command in bench.proposed if isinstance(command, Condemn)]
    assert sizes == [4, 4, 2]
    assert bench.collect.figures.done == 10


async def test_what_nobody_knows_waits_for_a_grace_time_from_when_it_was_seen(bench: Bench) -> None:
    bench.pass_time(2 * DAY)
    bench.strays = [(STRAY, 77)]
    assert not await bench.collect.step()
    bench.pass_time(DAY)
    assert await bench.collect.step()
    assert bench.files.catalog.condemned([STRAY.digest])
    assert bench.files.catalog.counts().condemned_bytes == 77


async def test_what_is_condemned_and_not_carried_out_everywhere_is_not_condemned_again(bench: Bench) -> None:
    bench.strays = [(STRAY, 77)]
    await bench.collect.step()
    bench.pass_time(DAY)
    await bench.collect.step()
    bench.pass_time(2 * DAY)
    assert not await bench.collect.step()
    bench.carried_out = bench.files.applier.condemned_at
    assert not await bench.collect.step(), "held although all have carried it out: a new copy, with a grace of its own"
    bench.pass_time(DAY)
    assert await bench.collect.step()


async def test_a_stray_that_something_refers_to_by_now_is_left_alone(bench: Bench) -> None:
    await bench.files.store("key", os.urandom(CHUNK_BYTES_MIN))
    (address,) = bench.files.world.stores[bench.files.world.me].chunks
    bench.strays = [(address, 77)]
    await bench.collect.step()
    bench.pass_time(2 * DAY)
    assert not await bench.collect.step()
    assert bench.proposed == []


async def test_nobody_else_than_the_leader_collects_and_a_new_leader_begins_the_grace_of_strays_anew(
    bench: Bench,
) -> None:
    bench.strays = [(STRAY, 77)]
    await bench.collect.step()
    bench.pass_time(DAY)
    bench.leads = False
    assert not await bench.collect.step()
    bench.leads = True
    assert not await bench.collect.step()
    bench.pass_time(DAY)
    assert await bench.collect.step()


async def test_while_it_is_forbidden_nothing_goes_and_the_reason_is_shown(bench: Bench) -> None:
    await bench.store_and_purge()
    bench.pass_time(DAY)
    bench.why_not = "an operator has not allowed it again"
    assert not await bench.collect.step()
    assert await bench.collect.round() == 0
    assert bench.collect.figures.detail == bench.why_not
    bench.why_not = ""
    assert await bench.collect.step()


async def test_an_error_while_looking_ends_the_round_loudly_and_condemns_nothing(bench: Bench) -> None:
    await bench.store_and_purge()
    bench.pass_time(DAY)
    bench.failure = StoreError("the audit cannot read its notes")
    with pytest.raises(StoreError):
        await bench.collect.step()
    assert bench.alarms == ["nothing is collected: the audit cannot read its notes"]
    assert bench.proposed == []
    bench.failure = None
    assert await bench.collect.step()


async def test_without_a_majority_the_same_is_met_again(bench: Bench) -> None:
    await bench.store_and_purge()
    bench.pass_time(DAY)
    propose, bench.propose = bench.propose, None  # type: ignore[assignment, method-assign]

    async def nobody(command: AnyCommand) -> Outcome:
        raise NoMajority([])

    bench.propose = nobody  # type: ignore[method-assign]
    with pytest.raises(NoMajority):
        await bench.collect.step()
    bench.propose = propose  # type: ignore[method-assign]
    assert await bench.collect.step()


async def test_verdicts_are_forgotten_when_all_have_carried_them_out_for_a_while(bench: Bench) -> None:
    await bench.store_and_purge()
    bench.pass_time(DAY)
    await bench.collect.step()
    index = bench.files.applier.condemned_at
    bench.carried_out = index - 1
    await bench.collect.step()
    bench.clock.advance(collect.FORGET_AFTER_S)
    await bench.collect.step()
    bench.carried_out = index
    assert not await bench.collect.step()
    bench.clock.advance(collect.FORGET_AFTER_S)
    assert await bench.collect.step()
    assert bench.files.applier.horizon == index
    assert bench.files.catalog.counts().condemned == 0
    bench.clock.advance(collect.FORGET_AFTER_S)
    assert not await bench.collect.step(), "there is nothing left to forget"
    assert [type(command) for command in bench.proposed] == [Condemn, Forget]


async def test_in_an_idle_cluster_an_entry_is_made_when_something_becomes_due(bench: Bench) -> None:
    await bench.store_and_purge()
    bench.pass_time(DAY - 5_000)
    await bench.collect.step()
    bench.clock.advance(4.9)
    await bench.collect.step()
    assert bench.proposed == []
    bench.clock.advance(0.1)
    await bench.collect.step()
    assert [type(command) for command in bench.proposed] == [Tick]
