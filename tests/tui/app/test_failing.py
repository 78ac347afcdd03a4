"""What is said when the dashboard itself is broken."""

from __future__ import annotations

from dfs_tui.sources.base import Emit
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view import events

from ..driving import dashboard
from ..worlds import HandClock


async def test_a_bug_in_a_worker_is_said_and_the_dashboard_goes_on() -> None:
    async def broken() -> None:
        secret = "hunter2"
        raise KeyError(secret)

    async with dashboard() as drive:
        drive.app.run_worker(broken(), name="count", exit_on_error=False)
        await drive.sees("'count' failed inside (KeyError)")
        assert "hunter2" not in drive.text
        assert drive.app.is_running


async def test_a_source_that_breaks_is_said_and_the_last_data_stays() -> None:
    class Broken(DemoSource):
        async def watch(self, emit: Emit) -> None:
            await super().watch(lambda event: self._tell(emit, event))

        def _tell(self, emit: Emit, event: events.SourceEvent) -> None:
            emit(event)
            if isinstance(event, events.Noted):
                raise RuntimeError("a bug")

    cluster = DemoCluster(seed=1, keys_wanted=5, busy=False)
    async with dashboard(source=Broken(cluster, HandClock())) as drive:
        await drive.sees("'watch' failed inside (RuntimeError)")
        assert "n1" in drive.text
        drive.clock.time += 60
        await drive.look()
        assert drive.app.is_running


async def test_a_crash_report_has_no_local_variables() -> None:
    async with dashboard() as drive:
        try:
            passphrase = "correct horse battery staple"
            raise RuntimeError(len(passphrase))
        except RuntimeError:
            drive.app._fatal_error()
        said = "".join(segment.text for renderable in drive.app._exit_renderables for segment in renderable.segments)
        assert "RuntimeError" in said
        assert "correct horse" not in said.replace('passphrase = "correct horse battery staple"', "")
        drive.app._exit_renderables.clear()
