"""Who goes out and who comes back, as a function of what everybody tells."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.limits import DOWN_AFTER_S
from dfs_core.model.absence import HELD_FACTOR, SAME_TIME_S, Verdict, decide, silent_s
from dfs_core.model.ids import NodeId
from dfs_core.model.member import Member, Role, State

OUT_S = 600.0


def node(number: int) -> NodeId:
    return NodeId(bytes([number]) * 32)


def member(number: int, state: State = "joined", role: Role = "full", capacity: int = 1 << 40) -> Member:
    return Member(node(number), b"cert", role, "", capacity, state, (), number)


def members(count: int, **states: State) -> list[Member]:
    """`members(4, n3="out")`."""
    return [member(number, states.get(f"n{number}", "joined")) for number in range(1, count + 1)]


def agreed(silences: Mapping[int, float], *up: int) -> dict[NodeId, dict[NodeId, float]]:
    """All that are up tell the same."""
    return {node(teller): {node(other): length for other, length in silences.items()} for teller in up}


def judge(
    listed: list[Member],
    views: Mapping[NodeId, Mapping[NodeId, float]],
    *,
    level: frozenset[NodeId] | None = None,
    held: tuple[int, ...] = (),
    rested_s: float = 0.0,
) -> tuple[list[int], list[int], list[int]]:
    """Who goes out, comes back, is held, as numbers."""
    found = decide(
        listed,
        views,
        level=frozenset(views) if level is None else level,
        held=[node(number) for number in held],
        out_s=OUT_S,
        rested_s=rested_s,
    )
    return tuple([each.digest[0] for each in group] for group in (found.out, found.back, found.held))  # type: ignore


def test_a_node_is_out_when_the_majority_has_not_heard_it_for_long_enough() -> None:
    four = members(4)
    assert judge(four, agreed({4: OUT_S - 0.1}, 1, 2, 3)) == ([], [], [])
    assert judge(four, agreed({4: OUT_S}, 1, 2, 3)) == ([4], [], [])


def test_a_minority_that_hears_nothing_puts_nobody_out() -> None:
    views = {node(1): {node(4): OUT_S}, node(2): {}, node(3): {node(4): OUT_S - 1}}
    assert judge(members(4), views) == ([], [], [])
    views[node(3)][node(4)] = OUT_S + 5
    assert judge(members(4), views) == ([4], [], [])


def test_half_is_not_a_majority() -> None:
    views = {node(1): {node(5): OUT_S}, node(2): {node(5): OUT_S}, node(3): {}, node(4): {}}
    assert judge(members(5), views) == ([], [], [])


def test_who_is_up_and_hears_itself_counts_for_itself() -> None:
    """Two of three do not hear the third, which the leader hears: the cluster is of two minds, the majority decides."""
    assert silent_s(node(3), {node(1): {node(3): 9.0}, node(2): {}, node(3): {}}) == 0.0
    assert silent_s(node(3), {node(1): {node(3): 9.0}, node(2): {node(3): 7.0}, node(3): {}}) == 7.0
    assert silent_s(node(3), {node(3): {node(3): 9.0}}) == 0.0
    assert silent_s(node(3), {}) == 0.0


@pytest.mark.parametrize("state", ["draining", "out", "removed"])
def test_only_a_joined_node_goes_out(state: State) -> None:
    assert judge(members(4, n4=state), agreed({4: 2 * OUT_S}, 1, 2, 3)) == ([], [], [])


def test_an_operator_is_no_node_and_is_never_out() -> None:
    listed = [*members(3), member(4, role="operator", capacity=0)]
    assert judge(listed, agreed({4: 2 * OUT_S}, 1, 2, 3)) == ([], [], [])


def test_a_third_that_went_within_a_minute_goes_out() -> None:
    assert judge(members(6), agreed({5: OUT_S, 6: OUT_S + 30}, 1, 2, 3, 4)) == ([5, 6], [], [])


def test_more_than_a_third_that_went_within_a_minute_is_held() -> None:
    views = agreed({4: OUT_S + SAME_TIME_S, 5: OUT_S}, 1, 2, 3)
    assert judge(members(5), views, rested_s=OUT_S) == ([], [], [4, 5])


def test_who_went_a_minute_later_went_for_a_reason_of_its_own() -> None:
    views = agreed({4: OUT_S + SAME_TIME_S + 0.1, 5: OUT_S}, 1, 2, 3)
    assert judge(members(5), views) == ([4, 5], [], [])


def test_who_is_down_and_not_due_yet_counts_among_those_that_went() -> None:
    assert judge(members(5), agreed({4: OUT_S, 5: OUT_S - 50}, 1, 2, 3)) == ([], [], [4, 5])


def test_who_is_only_suspected_does_not_count_yet() -> None:
    views = agreed({4: DOWN_AFTER_S + 1, 5: DOWN_AFTER_S - 1}, 1, 2, 3)
    found = decide(members(5), views, level=frozenset(), held=(), out_s=DOWN_AFTER_S, rested_s=0.0)
    assert found == Verdict(out=(node(4),))


def test_who_is_out_already_counts_among_those_that_went() -> None:
    assert judge(members(4, n3="out"), agreed({3: OUT_S + 20, 4: OUT_S}, 1, 2)) == ([], [], [4])


def test_who_is_held_stays_so_until_it_is_heard() -> None:
    """The switch works again, the others are back, and this one is only the last to be."""
    assert judge(members(5), agreed({5: OUT_S}, 1, 2, 3, 4), held=(4, 5)) == ([], [], [5])
    assert judge(members(5), agreed({}, 1, 2, 3, 4, 5), held=(5,)) == ([], [], [])


def test_a_node_that_went_alone_is_never_held() -> None:
    vault = [member(1), member(2, role="vault")]
    assert judge(vault, agreed({2: OUT_S}, 1)) == ([2], [], [])


def test_a_node_that_stores_nothing_is_not_one_of_the_third() -> None:
    listed = [*members(4), member(5, capacity=0), member(6, capacity=0)]
    assert judge(listed, agreed({4: OUT_S, 5: OUT_S, 6: OUT_S}, 1, 2, 3)) == ([4, 5, 6], [], [])


def test_held_nodes_that_stay_away_go_one_by_one_the_longest_silent_first() -> None:
    long = HELD_FACTOR * OUT_S
    views = agreed({4: long + 1, 5: long + 2}, 1, 2, 3)
    assert judge(members(5), views, rested_s=OUT_S - 1) == ([], [], [4, 5])
    assert judge(members(5), views, rested_s=OUT_S) == ([5], [], [4])
    assert judge(members(5, n5="out"), views, rested_s=1.0) == ([], [], [4])
    assert judge(members(5, n5="out"), views, rested_s=OUT_S) == ([4], [], [])


def test_a_node_that_is_heard_again_comes_back() -> None:
    back = members(4, n4="out")
    assert judge(back, agreed({}, 1, 2, 3, 4)) == ([], [4], [])


def test_who_is_not_heard_by_the_majority_does_not_come_back() -> None:
    views = {node(1): {}, node(2): {node(4): 3.0}, node(3): {node(4): 4.0}, node(4): {}}
    assert judge(members(4, n4="out"), views) == ([], [4], [])
    views[node(1)] = {node(4): 4.0}
    assert judge(members(4, n4="out"), views) == ([], [], [])


def test_who_has_not_read_that_it_was_out_does_not_come_back_yet() -> None:
    views = agreed({}, 1, 2, 3, 4)
    assert judge(members(4, n4="out"), views, level=frozenset({node(1), node(2)})) == ([], [], [])


def test_who_does_not_tell_is_not_back_whatever_the_others_say() -> None:
    assert judge(members(4, n4="out"), agreed({}, 1, 2, 3), level=frozenset({node(4)})) == ([], [], [])


@given(
    count=st.integers(3, 12),
    lengths=st.dictionaries(st.integers(1, 12), st.floats(0, 8 * OUT_S, allow_nan=False)),
    states=st.lists(st.sampled_from(["joined", "joined", "out", "draining"]), min_size=12, max_size=12),
    rested_s=st.floats(0, 2 * OUT_S),
)
def test_whatever_is_told_no_more_than_a_third_of_those_that_went_together_go_out_and_one(
    count: int, lengths: dict[int, float], states: list[State], rested_s: float
) -> None:
    listed = [member(number, states[number - 1]) for number in range(1, count + 1)]
    up = [number for number in range(1, count + 1) if lengths.get(number, 0.0) < DOWN_AFTER_S]
    views = agreed(lengths, *up)
    found = decide(listed, views, level=frozenset(), held=(), out_s=OUT_S, rested_s=rested_s)
    assert not found.back and not set(found.out) & set(found.held)
    ordered = sorted(found.out, key=lambda each: lengths[each.digest[0]])
    for first in ordered:
        start = lengths[first.digest[0]]
        together = [each for each in ordered if start <= lengths[each.digest[0]] <= start + SAME_TIME_S]
        assert len(together) <= max(1, count // 3) + 1
        if len(together) > max(1, count // 3):
            assert any(lengths[each.digest[0]] >= HELD_FACTOR * OUT_S for each in together)
