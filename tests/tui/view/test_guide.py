"""The first steps."""

from __future__ import annotations

from dfs_tui.view.guide import STEPS, Guide


def test_there_are_at_most_five_and_each_fits_a_narrow_screen() -> None:
    assert len(STEPS) <= 5
    assert all(len(f" First steps 1/5: {step}") <= 80 for step in STEPS)


def test_each_step_is_over_when_it_was_done_and_the_last_ends_it() -> None:
    guide, said = Guide(), []
    for name in ("stored", "keys_looked_at", "retrieved", "node_ended", "helped"):
        said.append(guide.text)
        guide = guide.noting(**{name: True})
    assert [text.split(":")[0] for text in said] == [f"First steps {number}/5" for number in range(1, 6)]
    assert guide.over
    assert guide.text == ""


def test_what_was_done_before_its_turn_is_not_asked_for() -> None:
    guide = Guide().noting(keys_looked_at=True, retrieved=True)
    assert guide.step == 1
    assert guide.noting(stored=True).step == 4
    assert guide.noting(keys_looked_at=False).seen.keys_looked_at


def test_over_is_over() -> None:
    assert Guide(over=True).text == ""
