from __future__ import annotations

import pytest

from dfs_core.encoding.control_messages import GetStatus
from dfs_core.encoding.upkeep_messages import GetScrub, ScrubStatus, StartScrub
from dfs_core.encoding.worker_messages import SetWorker, WorkerStatus
from dfs_core.errors import NotFound
from dfs_core.testing.fake_upkeep import FakeUpkeep


def test_a_worker_that_is_steered_stays_as_it_was_told() -> None:
    fake = FakeUpkeep("ab")
    paused = fake.answer(SetWorker("resync", "pause"))
    assert isinstance(paused, WorkerStatus) and paused.paused
    paced = fake.answer(SetWorker("resync", "pace", 3.0))
    assert isinstance(paced, WorkerStatus) and (paced.paused, paced.pace) == (True, 3.0)
    with pytest.raises(NotFound):
        fake.answer(SetWorker("nobody", "pause"))


def test_a_scrub_that_is_started_has_ended_at_the_next_look() -> None:
    fake = FakeUpkeep("ab")
    begun, after = fake.answer(StartScrub()), fake.answer(GetScrub())
    assert isinstance(begun, ScrubStatus) and isinstance(after, ScrubStatus)
    assert after.tours == begun.tours + 1


def test_other_questions_are_not_its_business() -> None:
    assert FakeUpkeep("ab").answer(GetStatus()) is None
