"""The filter field."""

from __future__ import annotations

from dfs_tui.widgets.filter_line import FilterLine

from ..hosting import FilterTyped, Hosted, hosted


def typed(host: Hosted) -> list[tuple[str, bool]]:
    return [(m.text, m.closed) for m in host.said(FilterTyped) if isinstance(m, FilterTyped)]


async def test_every_letter_is_told_and_enter_keeps_it() -> None:
    async with hosted(FilterLine) as host:
        field = host.app.query_one(FilterLine)
        field.focus()
        await host.press("a", "b", "enter")
        assert typed(host) == [("a", False), ("ab", False), ("ab", True)]


async def test_escape_clears() -> None:
    async with hosted(FilterLine) as host:
        field = host.app.query_one(FilterLine)
        field.focus()
        await host.press("a", "escape")
        assert ("", True) in typed(host)
        assert field.value == ""
