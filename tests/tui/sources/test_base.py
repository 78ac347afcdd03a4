"""What sources promise."""

from __future__ import annotations

from dfs_tui.sources.base import SourceError


def test_an_error_concerns_one_file_unless_it_says_otherwise() -> None:
    assert not SourceError("x").everything
    assert SourceError("x", everything=True).everything
    assert str(SourceError("why")) == "why"
