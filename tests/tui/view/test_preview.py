"""A look into a small file."""

from __future__ import annotations

from dfs_tui.view.cells import text_of
from dfs_tui.view.preview import LINES_MAX, preview


def said(data: bytes, width: int = 40) -> list[str]:
    return [text_of(line) for line in preview(data, width)]


def test_text_is_shown_as_it_is_and_never_acts_on_the_terminal() -> None:
    assert said(b"one\n\ttwo \x1b[31m\n")[1:] == ["  one", "      two \\x1b[31m"]
    assert "all of it" in said(b"one")[0]
    assert "empty" in said(b"")[0]


def test_of_long_text_the_first_lines_are_shown_and_all_are_counted() -> None:
    lines = said(b"line\n" * 40)
    assert len(lines) == LINES_MAX + 1
    assert "40 lines" in lines[0]
    assert all(len(line) <= 20 for line in said(b"x" * 500, width=20)[1:])


def test_what_is_no_text_is_shown_in_hexadecimal() -> None:
    lines = said(b"\x00\x01AB\xff")
    assert "hexadecimal" in lines[0]
    assert lines[1].split() == ["0000", "00", "01", "41", "42", "ff", "..AB."]
    assert "ff" in said(b"\xff\xfe")[1]
