"""What the logs tell of a thrash, and what it still lacks."""

from __future__ import annotations

from collections import Counter

from dfs_core.testing.thrash.figures import COLLECTED, KILLED, OUT, WANTED, Figures, told_by


def test_chunks_are_summed_up_and_all_else_is_counted() -> None:
    lines = [
        "2026-11-30 11:22:01,929 INFO 1,002 chunks that nothing refers to are deleted (log entry 2245)",
        "2026-11-30 11:22:04,036 INFO 1 chunks that nothing refers to are deleted (log entry 2247)",
        "2026-11-30 11:22:05,036 INFO 4f308d1f2f36 is out: decided",
        "2026-11-30 11:22:06,036 INFO 4f308d1f2f36 is joined: decided",
    ]
    assert told_by(lines) == {COLLECTED: 1003, OUT: 1}


def test_what_has_not_happened_is_lacking() -> None:
    figures = Figures(1.0, Counter(dict.fromkeys(WANTED, 1)))
    assert figures.lacks() == []
    figures.happened[KILLED] = 0
    assert figures.lacks() == [KILLED]


def test_everything_that_happened_is_told() -> None:
    text = str(Figures(240.0, Counter({KILLED: 17, OUT: 2}), acknowledged=5, clean_s=3.2, pending_bytes=1_234))
    assert text.startswith("240 s: 2 declared out, 17 killed; 5 changes acknowledged")
    assert "clean after 3 s; 1,234 bytes shown as pending, gone after 0 s" in text
