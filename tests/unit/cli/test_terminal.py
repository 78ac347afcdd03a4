"""No name can act upon a terminal."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.cli.terminal import safe

FORBIDDEN = {"Cc", "Cs", "Zl", "Zp", "Cn"}
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("photos/2024/a b.jpg", "photos/2024/a b.jpg"),
        ("日本語 ünï ελ عربى", "日本語 ünï ελ عربى"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("line\nbreak\ttab\r", "line\\nbreak\\ttab\\r"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x9b2J", "\\x9b2J"),
        ("exe\u202egpj.txt", "exe\\u202egpj.txt"),
        ("a\u2028b", "a\\u2028b"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
        ("", ""),
    ],
)
def test_what_a_terminal_would_act_upon_is_escaped_and_the_rest_is_left(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text(st.characters()))
def test_nothing_that_acts_upon_a_terminal_comes_through(text: str) -> None:
    shown = safe(text)
    assert not [character for character in shown if unicodedata.category(character) in FORBIDDEN or character in BIDI]


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@given(st.text(st.characters(categories=["Cc"]), min_size=1))
def test_an_escape_says_which_character_it_was(text: str) -> None:
    assert re.fullmatch(r"(\\[nrt]|\\x[0-9a-f]{2})+", safe(text))
