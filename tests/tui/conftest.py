"""Tests of the dashboard wait for what they look for, never for a processor that has nothing else to do."""

from __future__ import annotations

import asyncio

import pytest
import textual.app
import textual.pilot

TURNS = 40  # of the loop: a key goes from the driver to the app, from there to a widget, and a redraw follows
BREATH_S = 0.002


async def _give_way(min_sleep: float = 0.0, max_sleep: float = 0.0) -> None:
    """Let the app go on. The toolkit's own waits until the process is idle, which on a busy machine it never is."""
    for _ in range(TURNS):
        await asyncio.sleep(0)
    await asyncio.sleep(BREATH_S)


def never_wait_for_idleness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the end of the test; for dashboards of other folders too."""
    monkeypatch.setattr(textual.app, "wait_for_idle", _give_way)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", _give_way)


@pytest.fixture(autouse=True)
def _no_waiting_for_idleness(monkeypatch: pytest.MonkeyPatch) -> None:
    never_wait_for_idleness(monkeypatch)
