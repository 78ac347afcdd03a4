"""What is served to a browser comes from here, and a page cannot be used against its reader."""

from __future__ import annotations

import re

import pytest

from dfs_tui.web import page


@pytest.mark.parametrize("text", [page.terminal_page("dfs", "n"), page.password_page("t", "")])
def test_nothing_is_fetched_from_elsewhere(text: str) -> None:
    assert not re.findall(r"https?://|//\w", re.sub(r"/\^http/", "", text))


def test_words_are_escaped() -> None:
    assert "<b>" not in page.terminal_page("<b>", "n")
    assert '"><script>' not in page.password_page('"><script>', '"><script>')


def test_scripts_run_only_by_the_pages_own_word_and_no_page_may_frame_it() -> None:
    policy = page.policy("abc")
    assert "script-src 'self' 'nonce-abc'" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert 'nonce="abc"' in page.terminal_page("dfs", "abc")
