"""What a real cluster's source does with bytes; the rest of it is in test_live."""

from __future__ import annotations

from unittest import mock

from dfs_core.client import IfExists
from dfs_tui.sources.carrying import IF_EXISTS
from dfs_tui.sources.live import LiveSource
from dfs_tui.view.events import SourceEvent, TransferReported
from dfs_tui.view.values import Direction, Taken, TransferReport, TransferState

from ..worlds import HandClock


def test_every_choice_of_the_dashboard_is_one_of_the_client() -> None:
    assert set(IF_EXISTS) == set(Taken)
    assert IfExists.FAIL not in IF_EXISTS.values()


async def test_what_is_read_to_be_shown_is_no_transfer() -> None:
    source, heard = LiveSource(HandClock()), list[SourceEvent]()
    source._emit = heard.append

    def report(id_: str) -> TransferReported:
        return TransferReported("n1", TransferReport(id_, Direction.RETRIEVE, "a", TransferState.DONE, 3, 3))

    async def retrieve(key: str, *, version: int) -> bytes:
        source._heard(report("1"))
        return b"abc"

    with mock.patch.object(source, "_client", return_value=mock.Mock(retrieve=retrieve)):
        assert await source.read("a", 7) == b"abc"
    assert heard == []
    source._heard(report("2"))
    assert heard == [report("2")]
