"""A field for a path, completed with tab."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from dfs_tui.widgets.path_input import PathInput

from ..hosting import hosted


async def listed(folder: str) -> Sequence[str]:
    return {"/": ("home/", "holiday/"), "/home/": ("me/",)}.get(folder, ())


async def test_tab_goes_on_and_tells_the_choices() -> None:
    async with hosted(lambda: PathInput(listed, value="/h")) as host:
        field = host.app.query_one(PathInput)
        field.focus()
        await host.press("tab")
        assert field.value == "/ho"
        found = host.said(PathInput.ChoicesFound)[-1]
        assert isinstance(found, PathInput.ChoicesFound)
        assert found.choices == ("holiday/", "home/")
        await host.press("m", "tab", "tab")
        assert field.value == "/home/me/"
        assert field.has_focus


async def test_an_answer_that_comes_too_late_is_thrown_away() -> None:
    answer: asyncio.Future[Sequence[str]] = asyncio.get_running_loop().create_future()

    async def slow(folder: str) -> Sequence[str]:
        return await answer

    async with hosted(lambda: PathInput(slow, value="/h")) as host:
        field = host.app.query_one(PathInput)
        field.focus()
        await host.press("tab", "x")
        answer.set_result(("home/",))
        await host.pilot.pause()
        assert field.value == "/hx"
