"""What trouble is made, and when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_tui.view.chaos import NoPlan, plan, seconds_of, with_slow_links, words


@given(st.integers(3, 9), st.integers(10, 300), st.integers(0, 10_000))
def test_a_minority_is_down_at_a_time_and_all_are_started_again(count: int, seconds: int, seed: int) -> None:
    nodes = [f"n{number}" for number in range(1, count + 1)]
    made = plan(nodes, seconds, seed)
    assert made == plan(list(reversed(nodes)), seconds, seed), "the seed decides, not the order"
    assert made.kills
    down: set[str] = set()
    cut: tuple[str, ...] = ()
    mended_at_s = 0.0
    for step in made.steps:
        assert 0 <= step.at_s <= seconds
        if step.deed == "kill":
            assert step.node not in down and not cut
            down.add(step.node)
        elif step.deed == "cut":
            assert not down and not cut and step.node != step.other
            cut = (step.node, step.other)
            mended_at_s = step.at_s + step.for_s
        elif step.deed == "freeze":
            assert not down and not cut and step.node in nodes
            assert step.at_s + step.for_s <= seconds + 0.1, "it goes on before the plan is over"
        elif step.deed == "mend":
            assert cut == (step.node, step.other)
            assert step.at_s < mended_at_s, "the ban outlasts the plan's mending, and not by much"
            cut = ()
        else:
            down.remove(step.node)
        assert 2 * len(down) < count
    assert not down and not cut
    assert [step.at_s for step in made.steps] == sorted(step.at_s for step in made.steps)


def test_in_a_generated_cluster_links_are_slow_as_well_and_the_rest_is_the_same() -> None:
    nodes = ["n1", "n2", "n3"]
    made = plan(nodes, 60, 7)
    slowed = with_slow_links(made, nodes)
    assert slowed == with_slow_links(made, nodes[::-1]), "the seed decides"
    assert tuple(step for step in slowed.steps if step.deed != "slow") == made.steps
    assert slowed.slow and all(step.node != step.other and step.at_s + step.for_s <= 60.1 for step in slowed.slow)
    said = "\n".join(words(slowed))
    assert f"{slowed.slow[0].node} to {slowed.slow[0].other} after" in said
    assert "slow" not in "\n".join(words(made))


def test_with_too_few_nodes_there_is_none() -> None:
    with pytest.raises(NoPlan, match="3 local nodes"):
        plan(["n1", "n2"], 30, 1)


@pytest.mark.parametrize(("text", "seconds"), [("30", 30), ("30s", 30), ("2M", 120), ("1h", 3600)])
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "9s", "2h", "soon", "-30", "30 s s", "3d"])
def test_what_is_none_says_what_is(text: str) -> None:
    with pytest.raises(NoPlan, match="like 30s or 2m"):
        seconds_of(text)


def test_everything_that_will_happen_is_said() -> None:
    made = plan(["n1", "n2", "n3"], 60, 7)
    said = "\n".join(words(made))
    assert all(f"{step.node} after {step.at_s:.0f} s" in said for step in made.kills)
    assert made.cuts, "another seed shows more"
    assert all(f"{step.node} from {step.other} after {step.at_s:.0f} s" in said for step in made.cuts)
    assert made.freezes, "another seed shows more"
    assert all(f"{step.node} after {step.at_s:.0f} s" in said for step in made.freezes)
    assert "SIGKILL" in said and "SIGSTOP" in said
    assert "':chaos 60s 7'" in said
