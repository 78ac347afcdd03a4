"""Take one safeguard of collecting away, and a seed must lose a chunk that something refers to.

A safeguard without such a seed would be unproven. The seeds in `ablation_seeds.json` were found by searching (`make
ablation`). A change of the code shuffles what seeds mean, so there are a few of each: when none of them shows it any
more, the test fails, and they are to be found anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import pytest

from dfs_core.catalog import condemning, pages
from dfs_core.catalog.step import Step
from dfs_core.encoding.commands import ManifestPage
from dfs_core.errors import DfsError
from dfs_core.replication.fence import Fence
from dfs_core.testing.collect_chaos import ChunkLost, run
from tests.ablations import COLLECTING, seeds

from .collecting import (
    play_a_commit_while_its_condemnation_is_on_its_way,
    play_a_coordinator_that_sleeps_while_its_holders_restart,
    play_a_verdict_that_is_carried_out_while_a_coordinator_sleeps,
    play_holders_that_have_verdicts_to_carry_out_still,
)


def no_check_at_condemn(patch: pytest.MonkeyPatch) -> None:
    """Without: applying Condemn counts again."""

    def unreferenced(step: Step, addresses: Sequence[bytes]) -> dict[bytes, int | None]:
        return dict.fromkeys(addresses)

    patch.setattr(condemning, "unreferenced", unreferenced)


def no_as_of_at_commit(patch: pytest.MonkeyPatch) -> None:
    """Without: a store whose holders answered before the verdict is refused."""

    def check(step: Step, fresh: Sequence[ManifestPage], as_of: int) -> None:
        return

    patch.setattr(pages, "_check_as_of", check)


def no_fence(patch: pytest.MonkeyPatch) -> None:
    """Without: a holder answers only after it has carried out what was condemned."""

    async def reach(self: Fence, as_of: int) -> None:
        return

    patch.setattr(Fence, "reach", reach)


def no_durable_fence(patch: pytest.MonkeyPatch) -> None:
    """Without: that it was carried out is on disk before anybody is answered."""

    async def save(self: Fence, index: int) -> None:
        return

    patch.setattr(Fence, "_save", save)


@dataclass(frozen=True)
class Safeguard:
    """What is taken away, what takes it away, and the moment that it is for."""

    name: str
    take_away: Callable[[pytest.MonkeyPatch], None]
    play: Callable[[], None]


SAFEGUARDS = (
    Safeguard("re-check at condemn", no_check_at_condemn, play_a_commit_while_its_condemnation_is_on_its_way),
    Safeguard("as_of at commit", no_as_of_at_commit, play_a_verdict_that_is_carried_out_while_a_coordinator_sleeps),
    Safeguard("the fence", no_fence, play_holders_that_have_verdicts_to_carry_out_still),
    Safeguard(
        "the fence is on disk before anybody is answered",
        no_durable_fence,
        play_a_coordinator_that_sleeps_while_its_holders_restart,
    ),
)
# The last one takes a holder that restarts within the second between two moments: one seed in ten shows it, too few.
NAMES = tuple(each.name for each in SAFEGUARDS[:3])


def loses_a_chunk(seed: int) -> bool:
    """Whether this seed shows it. Other failures (a run that never comes to rest) do not count."""
    try:
        run(seed)
    except ExceptionGroup as group:
        return group.subgroup(ChunkLost) is not None
    except ChunkLost:
        return True
    except (AssertionError, DfsError):
        return False
    return False


def found_by(name: str, seed: int) -> bool:
    """Whether this seed shows what the safeguard is for."""
    with pytest.MonkeyPatch.context() as patch:
        next(each for each in SAFEGUARDS if each.name == name).take_away(patch)
        return loses_a_chunk(seed)


def test_every_safeguard_has_seeds() -> None:
    assert tuple(seeds(COLLECTING)) == NAMES


@cache
def loses_nothing(seed: int) -> bool:
    """With every safeguard in its place the seed runs to its end. ChunkLost, AssertionError."""
    return bool(run(seed))


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("collecting without a safeguard")  # they share runs of the whole
@pytest.mark.parametrize("name", NAMES)
def test_without_it_a_chunk_is_lost(name: str) -> None:
    found = next((seed for seed in seeds(COLLECTING)[name] if found_by(name, seed)), None)
    assert found is not None, "the recorded seeds show it no longer: find others, `make ablation`"
    assert loses_nothing(found)


@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=lambda safeguard: safeguard.name)
def test_in_the_moment_that_it_is_for_nothing_is_lost(safeguard: Safeguard) -> None:
    safeguard.play()


@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=lambda safeguard: safeguard.name)
def test_in_the_moment_that_it_is_for_all_is_lost_without_it(safeguard: Safeguard) -> None:
    with pytest.MonkeyPatch.context() as patch:
        safeguard.take_away(patch)
        with pytest.raises(ChunkLost, match="no copy is left"):
            safeguard.play()
