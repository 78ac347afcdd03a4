from __future__ import annotations

from dfs_core.encoding.health_messages import GetHealth, HealthFound, HealthReport
from dfs_core.server.events import EventBus
from dfs_core.server.health import HealthBoard
from dfs_core.server.health_api import HealthApi
from dfs_core.testing.clock import ManualClock

from .exchanges import FakeExchange


async def test_a_client_is_told_what_is_on_the_board() -> None:
    clock = ManualClock()
    board = HealthBoard(clock=clock, events=EventBus(clock))
    report = HealthReport(state="DEGRADED", reasons=["why"], term=1, number=1)
    board.hear(report)
    exchange = FakeExchange(GetHealth())
    await HealthApi(board).handlers[GetHealth](exchange.real)
    assert exchange.replies == [HealthFound(report, "DEGRADED", ["why"], 0.0)]
