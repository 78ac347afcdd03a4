"""Settings as clients see and change them, over a real catalog."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from dfs_core.catalog.settings import SETTINGS
from dfs_core.encoding.control_messages import EventRecorded
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.settings_messages import ChangeSetting, GetSettings, SettingsListed
from dfs_core.errors import InvalidInput
from dfs_core.replication.consensus import Consensus
from dfs_core.server.events import EventBus
from dfs_core.server.settings_api import SettingsApi
from dfs_core.testing.clock import ManualClock

from ..replication.file_world import Files
from .exchanges import FakeExchange


class Desk:
    """The handlers, and whether a leader confirms."""

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder)
        self.led = True
        self.bus = EventBus(ManualClock())
        self.watcher = self.bus.subscribe()
        self.api = SettingsApi(
            consensus=cast(Consensus, self),
            catalog=self.files.catalog,
            writer=self.files.writer,
            events=self.bus,
            reload=self.reload,
        )

    async def reload(self) -> None:
        self.relied_on = (await self.values())["history_versions"]

    async def catch_up(self) -> bool:
        return self.led

    async def ask(self, request: Message) -> Message:
        exchange = FakeExchange(request)
        await self.api.handlers[type(request)](exchange.real)
        (reply,) = exchange.replies
        return reply

    async def values(self) -> dict[str, int]:
        reply = await self.ask(GetSettings())
        assert isinstance(reply, SettingsListed)
        return {setting.name: setting.value for setting in reply.settings}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    await made.files.found()
    yield made
    await made.files.close()


async def test_every_setting_is_listed_with_its_bounds_and_its_meaning(desk: Desk) -> None:
    reply = await desk.ask(GetSettings())
    assert isinstance(reply, SettingsListed) and not reply.stale
    listed = {one.name: (one.default, one.least, one.most, one.means) for one in reply.settings}
    assert listed == {name: (one.default, one.least, one.most, one.means) for name, one in SETTINGS.items()}


async def test_a_changed_setting_holds_and_is_noted(desk: Desk) -> None:
    assert await desk.ask(ChangeSetting("history_versions", 3)) == Done()
    assert (await desk.values())["history_versions"] == 3
    assert desk.relied_on == 3, "the node acts on it before it says that it is done"
    event = await desk.watcher.next()
    assert isinstance(event, EventRecorded) and "history_versions" in event.text


@pytest.mark.parametrize(
    ("name", "value"),
    [("history_versions", 0), ("removed_ms", 0), ("copies", 99), ("colour", 1), ("grace_ms", 3), ("scrub_ms", 1_000)],
)
async def test_what_cannot_be_is_refused_before_it_reaches_the_log(desk: Desk, name: str, value: int) -> None:
    before = await desk.values()
    with pytest.raises(InvalidInput, match=name):
        await desk.ask(ChangeSetting(name, value))
    assert desk.files.log.commands == []
    assert await desk.values() == before


async def test_settings_that_no_leader_confirmed_say_so(desk: Desk) -> None:
    desk.led = False
    reply = await desk.ask(GetSettings())
    assert isinstance(reply, SettingsListed) and reply.stale
