"""Filtering keys by the nodes that have copies of them."""

from __future__ import annotations

import asyncio

import pytest

from dfs_tui.app import placing
from dfs_tui.sources.base import SourceError
from dfs_tui.view.values import KeyFacts

from ..driving import dashboard


async def test_the_nodes_are_asked_which_of_the_keys_they_have() -> None:
    async with dashboard() as drive:
        wanted = {key for key, found in drive.cluster.keys.items() if "n3" in found.holders}
        assert 0 < len(wanted) < 40
        await drive.press("4")
        drive.app.filter_by("node:n3")
        await drive.until(lambda: set(drive.app.bridge.keys.visible) == wanted)
        assert f"{len(wanted)} of 40 · /node:n3" in drive.text
        assert "not known" not in drive.text
        await drive.press("escape")
        assert "40 keys" in drive.text


async def test_of_which_keys_it_is_not_known_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "ASKED_MAX", 0)
    async with dashboard() as drive:
        drive.app.enter("keys")
        await drive.look()
        drive.app.filter_by("node:n9 photos")
        await drive.look()
        unknown = sum("photos" in key for key in drive.cluster.keys)
        assert "No key matches node:n9 photos." in drive.text
        assert f"Where {unknown} keys are is not known" in drive.text


async def test_nobody_is_asked_any_more_when_the_filter_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "AT_ONCE", 1)
    asked: list[str] = []
    async with dashboard() as drive:
        begun, goes_on = asyncio.Event(), asyncio.Event()

        async def slow(key: str, version: int = 0) -> KeyFacts:
            asked.append(key)
            begun.set()
            await goes_on.wait()
            raise SourceError("no answer")

        drive.app.enter("keys")
        await drive.look()
        monkeypatch.setattr(drive.app.bridge.source, "inspect", slow)
        drive.app.filter_by("node:n3")
        await drive.until(begun.is_set)
        drive.app.filter_by("")
        asking = [worker for worker in drive.app.workers if worker.name == "places"]
        asked.clear()
        goes_on.set()
        await drive.app.workers.wait_for_complete(asking)
        assert asked == []
