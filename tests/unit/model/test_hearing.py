"""Who does not hear whom, though both are up."""

from __future__ import annotations

from dfs_core.model.hearing import Gap, gaps
from dfs_core.model.ids import NodeId

ONE, TWO, THREE, GONE = (NodeId(bytes([number]) * 32) for number in (1, 2, 3, 9))


def test_when_all_hear_all_there_is_nothing_to_say() -> None:
    assert gaps({ONE: set(), TWO: set(), THREE: set()}) == []
    assert gaps({}) == []


def test_a_node_that_nobody_hears_is_down_and_no_gap() -> None:
    assert gaps({ONE: {GONE}, TWO: {GONE}, THREE: {GONE}}) == []


def test_one_way_is_named_with_its_direction() -> None:
    (gap,) = gaps({ONE: set(), TWO: {ONE}, THREE: set()})
    assert gap == Gap(TWO, ONE, mutual=False)
    two, one = str(TWO)[:12], str(ONE)[:12]
    assert str(gap) == f"{two} does not hear {one}, though {one} hears {two}"


def test_both_ways_is_one_gap() -> None:
    (gap,) = gaps({ONE: {TWO}, TWO: {ONE}, THREE: set()})
    assert gap == Gap(ONE, TWO, mutual=True)
    assert str(gap).endswith("do not hear each other, though both are up")


def test_several_come_in_node_order() -> None:
    found = gaps({THREE: {ONE, TWO}, ONE: {THREE}, TWO: set()})
    assert found == [Gap(ONE, THREE, mutual=True), Gap(THREE, TWO, mutual=False)]
