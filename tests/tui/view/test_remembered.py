"""What is remembered survives being written, and a damaged document costs nothing but itself."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from dfs_tui.view.remembered import COMMANDS_MAX, Remembered, understood, written
from dfs_tui.view.sort import COLUMNS

SOME = Remembered("keys", "size", True, "nord", -1, True, ("up 3", "keys /größe"), "~/größe/", "instant")


def test_what_was_written_is_understood() -> None:
    assert understood(written(SOME)) == (SOME, "")
    assert understood(written(Remembered())) == (Remembered(), "")


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_anything_else_is_the_defaults_and_a_word(text: str) -> None:
    found, said = understood(text)
    assert found == Remembered()
    assert said


@given(
    st.dictionaries(st.sampled_from([*Remembered.__dataclass_fields__, "new"]), st.integers() | st.text() | st.none())
)
def test_a_field_that_is_wrong_is_left_at_its_default_and_the_others_count(fields: dict[str, object]) -> None:
    found, _ = understood(json.dumps({"dfs_dashboard": 1, **fields}))
    assert found.sort in COLUMNS
    for name, default in zip(Remembered.__dataclass_fields__, Remembered.__dataclass_fields__.values(), strict=True):
        assert type(getattr(found, name)) is type(default.default), name


def test_a_wrong_field_is_named() -> None:
    document = json.dumps({"dfs_dashboard": 1, "sort": "weather", "theme": "nord"})
    assert understood(document) == (Remembered(theme="nord"), "not understood: sort")


def test_commands_are_kept_up_to_a_number_the_newest() -> None:
    many = Remembered(commands=tuple(f"c{number}" for number in range(COMMANDS_MAX + 5)))
    found, _ = understood(written(many))
    assert len(found.commands) == COMMANDS_MAX
    assert found.commands[-1] == many.commands[-1]
