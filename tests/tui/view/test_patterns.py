"""Keys that a line means."""

from __future__ import annotations

from dfs_tui.view.patterns import is_pattern, keys_meant

KEYS = dict.fromkeys(("notes.md", "photos/1.raw", "photos/sub/2.raw", "what?", "whats"))


def test_one_by_its_name_even_if_the_name_has_a_star_or_a_question_mark() -> None:
    assert keys_meant("notes.md", KEYS) == ["notes.md"]
    assert keys_meant("what?", KEYS) == ["what?"]
    assert keys_meant("notes", KEYS) == []


def test_all_that_a_pattern_or_a_folder_means() -> None:
    assert keys_meant("photos/*", KEYS) == ["photos/1.raw", "photos/sub/2.raw"]
    assert keys_meant("photos/", KEYS) == ["photos/1.raw", "photos/sub/2.raw"]
    assert keys_meant("*.[mr]*d", KEYS) == ["notes.md"]
    assert keys_meant("*.gif", KEYS) == []
    assert is_pattern("*.gif") and not is_pattern("notes")
