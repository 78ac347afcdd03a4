"""The leader lets versions and silent stores end, a few a step, and nobody else does."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.encoding.commands import (
    Abandon,
    AnyCommand,
    Commit,
    Expire,
    ManifestPage,
    Outcome,
    Refer,
    Remove,
    SetSetting,
    Tick,
    encode_batch,
    encode_command,
)
from dfs_core.errors import NoMajority
from dfs_core.limits import EXPIRE_VERSIONS_MAX
from dfs_core.model.raft_messages import COMMAND, LogEntry
from dfs_core.replication.workers import expire
from dfs_core.replication.workers.expire import Expiry
from dfs_core.testing.clock import ManualClock

from ..file_world import Files

MINUTE = 60_000


class Bench:
    """The worker over a catalog whose log decides at once; `leads` is its leadership."""

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder)
        self.leads = True
        self.failing = False
        self.proposed: list[AnyCommand] = []
        self.expiry = Expiry(log=self, catalog=self.files.catalog, clock=ManualClock(), token=os.urandom)

    async def step(self) -> int:
        """One step; returns how many commands were applied, which is also what the step says of itself."""
        before = self.expiry.figures.done
        worked = await self.expiry.step()
        assert worked == (self.expiry.figures.done > before)
        return self.expiry.figures.done - before

    async def propose(self, command: AnyCommand) -> Outcome:
        if self.failing:
            raise NoMajority([])
        self.proposed.append(command)
        return self.apply(command)

    def apply(self, *commands: AnyCommand, elapsed_ms: int = 0) -> Outcome:
        index = self.files.applier.applied_index + 1
        data = encode_batch(elapsed_ms, [encode_command(command) for command in commands])
        return self.files.applier.apply([LogEntry(index, 1, COMMAND, data)])[-1].outcome

    def store(self, key: str, count: int = 1) -> None:
        ids = [os.urandom(16) for _ in range(count)]
        self.apply(*(Commit(each, each, key, 1, 1, 0, b"token", b"head", [], 0, 0, b"", 1) for each in ids))

    def pass_time(self, minutes: int) -> None:
        for _ in range(minutes):
            self.apply(Tick(os.urandom(16)), elapsed_ms=MINUTE)

    def keep(self, **values: int) -> None:
        for name, value in values.items():
            assert self.apply(SetSetting(os.urandom(16), name, value)).reason == ""

    def numbers(self, key: str) -> list[int]:
        return [version.number for version in self.files.catalog.history(key, 10_000)]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    await made.files.found()
    made.keep(history_versions=2, history_ms=MINUTE, removed_ms=MINUTE)
    yield made
    await made.files.close()


async def test_what_the_policy_keeps_no_longer_goes_in_one_step(bench: Bench) -> None:
    for key in ("a", "b"):
        bench.store(key, 4)
    bench.store("removed")
    bench.apply(Remove(os.urandom(16), "removed", 1))
    assert await bench.step() == 0, "all of it is young"
    bench.pass_time(1)
    assert await bench.step() == 3
    assert (bench.numbers("a"), bench.numbers("b"), bench.numbers("removed")) == ([4, 3], [8, 7], [])
    bench.proposed.clear()
    assert await bench.step() == 0
    assert bench.proposed == []


async def test_a_node_that_does_not_lead_proposes_nothing(bench: Bench) -> None:
    bench.store("a", 4)
    bench.pass_time(1)
    bench.leads = False
    assert await bench.step() == 0
    assert bench.proposed == []


async def test_nothing_ages_while_the_cluster_is_off(bench: Bench) -> None:
    bench.store("a", 4)
    bench.apply(Tick(os.urandom(16)), elapsed_ms=60 * 86_400_000)  # two months: an entry counts for a minute at most
    bench.keep(history_ms=2 * MINUTE)
    assert await bench.step() == 0


async def test_a_step_reads_only_so_much_and_the_next_ones_go_through_all_keys_and_begin_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expire, "STEP_VERSIONS", 7)
    for number in range(20):
        bench.store(f"k{number:02}", 3)
    bench.pass_time(1)
    applied = [await bench.step() for _ in range(15)]
    assert max(applied) <= 2
    assert sum(applied) == 20
    bench.store("k00", 1)
    bench.pass_time(1)
    assert sum([await bench.step() for _ in range(15)]) == 1


async def test_a_step_proposes_only_so_much(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expire, "STEP_COMMANDS", 3)
    for number in range(8):
        bench.store(f"k{number}", 3)
    bench.pass_time(1)
    assert [await bench.step() for _ in range(4)] == [3, 3, 2, 0]


async def test_a_key_with_very_many_versions_is_worked_off_before_the_next_one(bench: Bench) -> None:
    surplus = 2 * EXPIRE_VERSIONS_MAX + 5
    bench.store("busy", surplus + 2)
    bench.store("other", 3)
    bench.pass_time(1)
    assert [await bench.step() for _ in range(4)] == [1, 1, 2, 0]
    assert (len(bench.numbers("busy")), len(bench.numbers("other"))) == (2, 2)
    sizes = [len(command.numbers) for command in bench.proposed if isinstance(command, Expire)]
    assert sizes == [EXPIRE_VERSIONS_MAX, EXPIRE_VERSIONS_MAX, 5, 1]


async def test_a_store_that_fell_silent_is_abandoned_and_one_that_goes_on_is_not(bench: Bench) -> None:
    bench.keep(upload_silence_ms=2 * MINUTE)
    silent, alive = os.urandom(16), os.urandom(16)
    page = ManifestPage(1, os.urandom(32), 65_552, 65_552, b"sealed")
    for upload in (silent, alive):
        bench.apply(Refer(os.urandom(16), upload, page, 0))
    bench.pass_time(1)
    bench.apply(Refer(os.urandom(16), alive, page, 0))
    assert await bench.step() == 0
    bench.pass_time(1)
    assert await bench.step() == 1
    assert isinstance(bench.proposed[0], Abandon)
    assert [upload.version_id for upload in bench.files.catalog.uploads()] == [alive]
    assert bench.files.catalog.references([page.addresses]) == {page.addresses: 1}


async def test_without_a_majority_the_same_versions_are_looked_at_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expire, "STEP_COMMANDS", 1)
    bench.store("a", 4)
    bench.store("b", 4)
    bench.pass_time(1)
    bench.failing = True
    with pytest.raises(NoMajority):
        await bench.step()
    bench.failing = False
    assert await bench.step() == 1
    assert bench.numbers("a") == [4, 3]


async def test_versions_for_which_silent_stores_left_no_room_are_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expire, "STEP_COMMANDS", 1)
    bench.keep(upload_silence_ms=MINUTE)
    bench.apply(Refer(os.urandom(16), os.urandom(16), ManifestPage(1, os.urandom(32), 65_552, 65_552, b"sealed"), 0))
    bench.store("a", 4)
    bench.pass_time(1)
    assert await bench.step() == 1
    assert (bench.files.catalog.uploads(), len(bench.numbers("a"))) == ([], 4)
    assert await bench.step() == 1
    assert len(bench.numbers("a")) == 2
