"""The queue of copies owed: nothing is forgotten, nothing is worked on twice at once, failures wait their turn."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfs_core.limits import RESYNC_BACKOFF_S_MAX, RESYNC_BACKOFF_S_MIN
from dfs_core.model.ids import Address, NodeId
from dfs_core.store.queue import ResyncQueue
from dfs_core.store.state import NodeState

NOW = 1_700_000_000.0
YEAR_S = 365 * 86400.0


def item(chunk: int, node: int = 0) -> tuple[Address, NodeId]:
    return Address(chunk.to_bytes(32, "big")), NodeId(node.to_bytes(32, "big"))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[NodeState]:
    state = NodeState(tmp_path / "state.sqlite")
    yield state
    state.close()


@pytest.fixture
def queue(state: NodeState) -> ResyncQueue:
    return ResyncQueue(state)


def fail(queue: ResyncQueue, which: tuple[Address, NodeId], now: float) -> None:
    """Take the item, alone, and fail."""
    assert queue.take(now, 10) == [which]
    queue.failed(*which, now, "it is down")


def test_what_is_added_is_due_at_once(queue: ResyncQueue) -> None:
    queue.add_all([item(1), item(2), item(1, node=2)], NOW)
    assert queue.length() == 3
    assert sorted(queue.take(NOW, 10)) == sorted([item(1), item(2), item(1, node=2)])


def test_adding_again_is_no_change(queue: ResyncQueue) -> None:
    queue.add_all([item(1), item(1)], NOW)
    fail(queue, item(1), NOW)
    queue.add_all([item(1)], NOW)
    assert queue.length() == 1
    assert queue.take(NOW, 10) == [], "its backoff stays"


def test_the_fewest_copies_come_first(queue: ResyncQueue) -> None:
    queue.add_all([item(3)], NOW, copies=3)
    queue.add_all([item(2)], NOW + 1, copies=0)
    queue.add_all([item(1)], NOW + 2, copies=2)
    assert queue.take(NOW + 3, 10) == [item(2), item(1), item(3)]


def test_what_is_known_of_a_chunks_copies_changes_and_its_backoff_stays(queue: ResyncQueue) -> None:
    queue.add_all([item(1), item(2)], NOW, copies=2)
    assert queue.take(NOW, 1) == [item(1)]
    queue.failed(*item(1), NOW, "it is down")
    queue.add_all([item(1)], NOW, copies=0)
    assert queue.take(NOW, 10) == [item(2)]
    assert queue.take(NOW + RESYNC_BACKOFF_S_MIN, 10) == [item(1)]
    assert (queue.length(0, 1), queue.length(2, 2), queue.length()) == (1, 1, 2)


def test_a_part_of_the_queue_is_taken_and_counted_by_itself(queue: ResyncQueue, state: NodeState) -> None:
    queue.add_all([item(1), item(2)], NOW, copies=1)
    queue.add_all([item(3)], NOW + 5, copies=3)
    assert queue.take(NOW + 5, 10, 3) == [item(3)]
    assert queue.take(NOW + 5, 10, 0, 2) == [item(1), item(2)]
    assert (queue.oldest(NOW + 7, 3), queue.oldest(NOW + 7), queue.oldest(NOW + 7, 5)) == (2.0, 7.0, None)
    queue.done_all([item(1), item(3)])
    assert (queue.length(0, 2), queue.length(3), ResyncQueue(state).length()) == (1, 0, 1)


def test_all_that_waits_can_be_made_due(queue: ResyncQueue) -> None:
    queue.add_all([item(1, node=1), item(1, node=2)], NOW)
    for chunk, holder in queue.take(NOW, 10):
        queue.failed(chunk, holder, NOW, "it is down")
    queue.hurry(None, NOW)
    assert len(queue.take(NOW, 10)) == 2


def test_a_holder_with_news_is_due_at_once_and_no_other(queue: ResyncQueue) -> None:
    queue.add_all([item(1, node=1), item(1, node=2)], NOW)
    for chunk, holder in queue.take(NOW, 10):
        queue.failed(chunk, holder, NOW, "it is down")
    queue.hurry(item(1, node=2)[1], NOW)
    assert queue.take(NOW, 10) == [item(1, node=2)]


def test_nothing_is_handed_out_twice_at_once(queue: ResyncQueue) -> None:
    queue.add_all([item(1), item(2), item(3)], NOW)
    assert queue.take(NOW, 2) == [item(1), item(2)]
    assert queue.take(NOW, 2) == [item(3)]
    queue.add_all([item(1)], NOW)
    assert queue.take(NOW, 2) == []


def test_threads_that_take_get_different_items(queue: ResyncQueue) -> None:
    queue.add_all([item(number) for number in range(100)], NOW)
    with ThreadPoolExecutor(4) as pool:
        taken = [found for batch in pool.map(lambda _: queue.take(NOW, 7), range(20)) for found in batch]
    assert sorted(taken) == [item(number) for number in range(100)]


def test_what_is_done_is_gone_for_good(queue: ResyncQueue, state: NodeState) -> None:
    queue.add_all([item(1)], NOW)
    queue.take(NOW, 1)
    queue.done(*item(1))
    queue.done(*item(1))
    assert queue.length() == 0
    assert ResyncQueue(state).take(NOW + YEAR_S, 10) == []


def test_what_is_done_can_be_owed_again(queue: ResyncQueue) -> None:
    queue.add_all([item(1)], NOW)
    queue.take(NOW, 1)
    queue.done(*item(1))
    queue.add_all([item(1)], NOW)
    assert queue.take(NOW, 1) == [item(1)]


def test_what_a_crash_interrupted_comes_again_after_the_restart(queue: ResyncQueue, tmp_path: Path) -> None:
    queue.add_all([item(1), item(2)], NOW)
    queue.take(NOW, 2)
    queue.done(*item(2))
    state = NodeState(tmp_path / "state.sqlite")  # the first one was never closed
    assert ResyncQueue(state).take(NOW, 10) == [item(1)]
    state.close()


def test_failures_wait_twice_as_long_each_time_up_to_the_bound(queue: ResyncQueue) -> None:
    queue.add_all([item(1)], NOW)
    now, wait_s = NOW, RESYNC_BACKOFF_S_MIN
    for _ in range(80):
        fail(queue, item(1), now)
        assert queue.take(now + wait_s - 0.01, 1) == []
        now += wait_s
        wait_s = min(2 * wait_s, RESYNC_BACKOFF_S_MAX)
    assert wait_s == RESYNC_BACKOFF_S_MAX


def test_backoff_survives_a_restart(queue: ResyncQueue, state: NodeState) -> None:
    queue.add_all([item(1)], NOW)
    fail(queue, item(1), NOW)
    restarted = ResyncQueue(state)
    assert restarted.take(NOW + RESYNC_BACKOFF_S_MIN / 2, 1) == []
    assert restarted.take(NOW + RESYNC_BACKOFF_S_MIN, 1) == [item(1)]


def test_who_waits_longest_comes_first(queue: ResyncQueue) -> None:
    queue.add_all([item(1)], NOW)
    fail(queue, item(1), NOW)
    queue.add_all([item(2)], NOW + RESYNC_BACKOFF_S_MIN / 2)
    queue.add_all([item(0)], NOW + RESYNC_BACKOFF_S_MIN * 2)
    assert queue.take(NOW + 10, 3) == [item(2), item(1), item(0)]


def test_items_being_worked_on_do_not_hide_those_behind_them(queue: ResyncQueue) -> None:
    queue.add_all([item(number) for number in range(5)], NOW)
    assert queue.take(NOW, 3) == [item(0), item(1), item(2)]
    assert queue.take(NOW, 1) == [item(3)]


def test_failing_what_is_not_queued_adds_nothing(queue: ResyncQueue) -> None:
    queue.failed(*item(1), NOW, "?")
    assert queue.length() == 0


def test_a_long_error_is_kept_short(queue: ResyncQueue, state: NodeState) -> None:
    queue.add_all([item(1)], NOW)
    queue.take(NOW, 1)
    queue.failed(*item(1), NOW, "no! " * 10_000)
    with state.file.reading() as connection:
        assert connection.execute("SELECT length(error) FROM resync").fetchone() == (500,)


def test_a_clock_set_back_stalls_nothing_for_longer_than_its_backoff(queue: ResyncQueue) -> None:
    queue.add_all([item(1)], NOW)
    fail(queue, item(1), NOW)
    queue.add_all([item(2)], NOW)
    back = NOW - YEAR_S
    assert queue.take(back, 10) == [item(2)], "what was due is due"
    assert queue.take(back + RESYNC_BACKOFF_S_MIN, 10) == [item(1)]


def test_a_clock_set_forward_only_makes_items_come_early(queue: ResyncQueue) -> None:
    queue.add_all([item(1)], NOW)
    fail(queue, item(1), NOW)
    assert queue.take(NOW + YEAR_S, 10) == [item(1)]


def test_the_age_of_the_oldest_item_counts_from_when_it_was_added(queue: ResyncQueue) -> None:
    assert queue.oldest(NOW) is None
    queue.add_all([item(1)], NOW)
    queue.add_all([item(2)], NOW + 50)
    fail_at = NOW + 60
    assert queue.take(fail_at, 1) == [item(1)]
    queue.failed(*item(1), fail_at, "it is down")
    assert queue.oldest(NOW + 100) == 100.0
    assert queue.oldest(NOW - YEAR_S) == 0.0, "a clock set back does not make it negative"
    queue.take(NOW + 100, 10)
    queue.done(*item(1))
    assert queue.oldest(NOW + 100) == 50.0


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "take", "done", "failed", "restart"]), st.integers(0, 3), st.floats(-900, 900)),
    max_size=40,
)


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_every_item_owed_comes_and_no_other(
    steps: list[tuple[str, int, float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    state = NodeState(tmp_path_factory.mktemp("state") / "state.sqlite")
    queue, now = ResyncQueue(state), NOW
    owed: set[tuple[Address, NodeId]] = set()
    working: set[tuple[Address, NodeId]] = set()
    for what, number, moved_s in steps:
        which, now = item(number), now + moved_s
        if what == "add":
            queue.add_all([which], now)
            owed.add(which)
        elif what == "take":
            taken = queue.take(now, 2)
            assert set(taken) <= owed - working
            working.update(taken)
        elif what == "restart":
            queue, working = ResyncQueue(state), set()
        elif which in working:
            working.remove(which)
            if what == "done":
                queue.done(*which)
                owed.remove(which)
            else:
                queue.failed(*which, now, "it is down")
        assert queue.length() == len(owed)
    queue.take(now, 10)  # notices a clock that was set back
    found = set(ResyncQueue(state).take(now + RESYNC_BACKOFF_S_MAX, 10))
    assert found == owed
    state.close()
