"""The count of one chunk's answers: every order of every answer, for small clusters."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from dfs_core.errors import PeerUnreachable
from dfs_core.model.ids import NodeId
from dfs_core.model.tally import Tally, Verdict

NODES = [NodeId(bytes([n]) * 32) for n in range(6)]
A, B, C, D, E, F = NODES
GONE = PeerUnreachable("peer", "no link")


def test_the_holders_are_asked_first_and_once() -> None:
    tally = Tally(NODES, copies=3, needed=2)
    assert tally.take() == (A, B, C)
    assert tally.take() == ()
    assert tally.asked == {A, B, C}


def test_the_next_in_order_stands_in_for_a_holder_that_failed() -> None:
    tally = Tally(NODES, copies=3, needed=2)
    tally.take()
    tally.fail(B, GONE)
    assert tally.take() == (D,)
    tally.succeed(D)
    assert tally.take() == ()
    assert tally.succeed(C) is Verdict.ENOUGH
    assert tally.holding == (D, C)


def test_a_node_known_to_have_the_chunk_is_not_asked() -> None:
    tally = Tally(NODES, copies=3, needed=2)
    tally.succeed(A)
    tally.succeed(E)
    assert tally.verdict is Verdict.ENOUGH
    assert tally.take() == (B,)


def test_a_success_counts_once() -> None:
    tally = Tally(NODES, copies=3, needed=2)
    tally.take()
    assert tally.succeed(A) is Verdict.UNDECIDED
    assert tally.succeed(A) is Verdict.UNDECIDED
    assert tally.missing == 2


def test_a_late_success_counts_although_a_timeout_was_counted_before() -> None:
    tally = Tally([A, B], copies=2, needed=2)
    tally.take()
    tally.succeed(B)
    assert tally.fail(A, GONE) is Verdict.FAILED
    assert tally.succeed(A) is Verdict.ENOUGH
    assert not tally.failures


def test_a_copy_on_a_node_that_went_out_no_longer_counts() -> None:
    tally = Tally(NODES, copies=3, needed=2)
    tally.take()
    tally.succeed(A)
    assert tally.succeed(B) is Verdict.ENOUGH
    assert tally.fail(A, GONE) is Verdict.UNDECIDED
    assert tally.take() == (D,)


def test_too_few_nodes_fail_before_anybody_is_asked() -> None:
    assert Tally([A], copies=3, needed=2).verdict is Verdict.FAILED
    assert Tally([A, A], copies=3, needed=2).verdict is Verdict.FAILED
    assert Tally([A], copies=3, needed=1).verdict is Verdict.UNDECIDED


def test_the_error_names_what_was_reached_and_who_failed() -> None:
    tally = Tally([A, B, C], copies=3, needed=2)
    tally.take()
    tally.succeed(C)
    tally.fail(A, GONE)
    assert tally.fail(B, GONE) is Verdict.FAILED
    error = tally.error()
    assert (error.needed, error.reached, set(error.failures)) == (2, 1, {str(A), str(B)})
    assert "no link" in str(error)


def test_nothing_needed_is_nothing_to_count() -> None:
    with pytest.raises(ValueError, match="cannot count 0"):
        Tally(NODES, copies=3, needed=0)


@pytest.mark.parametrize("needed", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("copies", [1, 2, 3])
def test_the_verdict_follows_from_the_answers_whatever_their_order(count: int, copies: int, needed: int) -> None:
    """Each node has one fixed answer; every order in which the answers of those asked can arrive is played."""
    if needed > copies:
        return
    nodes = NODES[:count]
    for answers in product((True, False), repeat=count):
        enough = sum(answers) >= needed
        for order in permutations(range(count)):
            assert play(nodes, answers, order, copies, needed) is (Verdict.ENOUGH if enough else Verdict.FAILED)


def play(nodes: list[NodeId], answers: tuple[bool, ...], order: tuple[int, ...], copies: int, needed: int) -> Verdict:
    tally = Tally(nodes, copies=copies, needed=needed)
    asked = set(tally.take())
    while asked:
        n = next(n for n in order if nodes[n] in asked)
        asked.remove(nodes[n])
        succeeded = len(tally.holding)
        verdict = tally.succeed(nodes[n]) if answers[n] else tally.fail(nodes[n], GONE)
        assert (verdict is Verdict.ENOUGH) is (succeeded + answers[n] >= needed)
        asked.update(tally.take())
        assert len(tally.holding) + len(asked) <= max(copies, len(tally.holding))
        assert verdict is not Verdict.FAILED or not asked or len(tally.holding) + len(asked) < needed
    return tally.verdict
