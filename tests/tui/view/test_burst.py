"""Typed paths are pastes; a person's keys are commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_tui.view.burst import FAST_S, HOLD_S, TAIL_S, BurstGuard

PATH = "/home/me/photos/quick delete kill.raw"


def type_in(guard: BurstGuard[str], text: str, gap_s: float, start: float = 0.0) -> tuple[str, str, float]:
    """Type with a gap between keys, let the guard settle when it is due; what passed, what was pasted, and when."""
    passed, pasted, now = "", "", start
    for char in text:
        if guard.holding and guard.due < now:
            verdict = guard.settle()
            passed, pasted = passed + "".join(verdict.keys), pasted + verdict.pasted
        verdict = guard.key(char, char, now)
        passed, pasted = passed + "".join(verdict.keys), pasted + verdict.pasted
        now += gap_s
    if guard.holding:
        verdict = guard.settle()
        passed, pasted = passed + "".join(verdict.keys), pasted + verdict.pasted
    return passed, pasted, now


@pytest.mark.parametrize(
    "text",
    [
        PATH,
        f"'{PATH}' ",
        f'"{PATH}"',
        "~/q.md d",
        "\\\\server\\share\\d",
        "C:\\Users\\me\\d.txt",
        f"cd {PATH}\r",
        "file:///q/d",
    ],
)
def test_a_path_that_a_terminal_types_runs_nothing(text: str) -> None:
    passed, pasted, _ = type_in(BurstGuard(frozenset("jk")), text, 0.0005)
    assert (passed, pasted) == ("", text)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=5, max_size=80))
def test_no_key_of_a_raw_path_ever_fires(rest: str) -> None:
    passed, pasted, _ = type_in(BurstGuard(frozenset("jk")), "/" + rest, 0.0005)
    assert (passed, pasted) == ("", "/" + rest)


@given(st.text(st.sampled_from("sSrKtaq/?jkgGoO"), min_size=1, max_size=12))
def test_keys_at_the_speed_of_a_person_all_pass_in_order(text: str) -> None:
    passed, pasted, _ = type_in(BurstGuard(frozenset("jk")), text, 0.06)
    assert (passed, pasted) == (text, "")


def test_a_lone_opener_passes_late_by_no_more_than_the_hold() -> None:
    guard: BurstGuard[str] = BurstGuard()
    assert guard.key("/", "/", 1.0).keys == ()
    assert guard.due == pytest.approx(1.0 + HOLD_S)
    assert guard.settle().keys == ("/",)
    assert not guard.holding


def test_an_opener_and_a_few_letters_are_a_filter_being_typed() -> None:
    assert type_in(BurstGuard(), "/abc", 0.001)[:2] == ("/abc", "")


def test_the_same_key_repeated_by_a_slow_link_stays_a_command() -> None:
    assert type_in(BurstGuard(), "dddddddddddd", 0.0005)[:2] == ("dddddddddddd", "")
    assert type_in(BurstGuard(), "qqqaaasss", 0.0005)[:2] == ("qqqaaasss", "")


def test_keys_that_only_move_pass_at_once() -> None:
    guard: BurstGuard[str] = BurstGuard(frozenset("jk"))
    assert guard.key("j", "j", 1.0).keys == ("j",)
    assert not guard.holding


def test_arrows_pass_at_once_and_after_what_was_held() -> None:
    guard: BurstGuard[str] = BurstGuard()
    guard.key("s", "s", 1.0)
    assert guard.key("down", None, 1.001).keys == ("s", "down")


def test_the_end_of_a_path_in_a_second_packet_belongs_to_it() -> None:
    guard: BurstGuard[str] = BurstGuard()
    first = type_in(guard, PATH, 0.0005)
    second = type_in(guard, ".q", 0.0005, start=first[2] + TAIL_S / 2)
    assert (second[0], second[1]) == ("", ".q")


def test_a_key_some_time_after_a_path_is_a_key_again() -> None:
    guard: BurstGuard[str] = BurstGuard()
    first = type_in(guard, PATH, 0.0005)
    assert type_in(guard, "q", 0.0005, start=first[2] + 2 * TAIL_S)[:2] == ("q", "")


def test_held_keys_that_nobody_settled_are_decided_by_the_next_key() -> None:
    guard: BurstGuard[str] = BurstGuard()
    guard.key("s", "s", 1.0)
    assert guard.key("r", "r", 1.0 + 3 * FAST_S).keys == ("s",)
