"""Two versions side by side."""

from __future__ import annotations

import pytest

from dfs_tui.view.cells import text_of
from dfs_tui.view.compare import Comparison, compare, comparison_lines
from dfs_tui.view.values import Version

OLD = Version(3, 10, 1000.0, hash="aa" * 32)
NEW = Version(7, 14, 2000.0, hash="bb" * 32)


def said(found: Comparison) -> str:
    return "\n".join(text_of(line) for line in comparison_lines(found, "->"))


def test_what_changed_in_a_text_is_shown_line_by_line() -> None:
    found = compare("k", OLD, b"one\ntwo\n", NEW, b"one\n2\x1b[2J\n")
    text = said(found)
    assert "-two" in text
    assert "+2\\x1b[2J" in text
    assert "4 B more" in text
    assert "3  ->  7" in text


def test_the_same_content_is_said_to_be_the_same() -> None:
    same = Version(7, 10, 2000.0, hash=OLD.hash)
    assert "The same content" in said(compare("k", OLD, b"x", same, b"x"))


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [(b"\xff\xfe", b"x", "not text"), (b"a\0b", b"x", "not text"), (None, b"x", "longer than")],
)
def test_what_is_no_short_text_is_compared_by_its_facts_only(before: bytes | None, after: bytes, why: str) -> None:
    found = compare("k", OLD, before, NEW, after)
    assert found.text is None
    assert why in said(found)


def test_a_removal_has_nothing_to_compare() -> None:
    text = said(compare("k", OLD, None, Version(8, 0, 3000.0, removed=True), None))
    assert "removed" in text
    assert "one of them is a removal" in text
