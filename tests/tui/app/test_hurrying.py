"""A node that comes or goes does not wait for the next tick."""

from __future__ import annotations

from functools import partial
from unittest import mock

from dfs_tui.app import frame
from dfs_tui.app.dashboard import DfsApp
from dfs_tui.app.hurrying import Hurrying
from dfs_tui.bridge import Bridge
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view.events import LinkLost
from dfs_tui.view.glyphs import UNICODE

from ..driving import NEVER_S, dashboard, screen_lines
from ..worlds import HandClock

HURRY = Hurrying.hurry


async def test_a_node_that_was_killed_is_on_screen_without_a_tick() -> None:
    clock = HandClock()
    cluster = DemoCluster(seed=7, keys_wanted=5, busy=False)
    app = DfsApp(Bridge(DemoSource(cluster, clock), clock), UNICODE)
    with mock.patch.multiple(frame, PUMP_S=NEVER_S, REST_S=NEVER_S, OPENING_S=NEVER_S):
        async with app.run_test(size=(120, 36)) as pilot:
            cluster.kill("n2")
            app.bridge.receive(cluster.local_nodes())
            while "\N{HEAVY MULTIPLICATION X} killed" not in "\n".join(screen_lines(app)):
                await pilot.pause()


async def test_many_at_once_are_one_pump() -> None:
    async with dashboard() as drive:
        drive.app.bridge.hurry = partial(HURRY, drive.app)
        with mock.patch.object(drive.app.bridge, "pump", wraps=drive.app.bridge.pump) as pumped:
            for name in drive.cluster.nodes:
                drive.app.bridge.receive(LinkLost(name, "gone", drive.clock.now() + 4.0))
            await drive.pilot.pause()
            assert pumped.call_count == 1
