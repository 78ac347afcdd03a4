"""States that mean 'over', and reports that say the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dfs_tui.view.values import ENDED, TransferState, settled

from ..worlds import report


def test_every_transfer_state_is_either_under_way_or_over() -> None:
    assert set(TransferState) - ENDED == {TransferState.QUEUED, TransferState.ACTIVE, TransferState.PAUSED}


def test_what_goes_by_itself_makes_no_report_another_one() -> None:
    told = report("n1")
    peers = tuple(replace(peer, rtt_ms=9.0, seen_s=1.0, received_bytes=5, free_bytes=1) for peer in told.peers)
    assert settled(replace(told, up_s=99.0, health_age_s=3.0, free_bytes=1, peers=peers)) == settled(told)


@pytest.mark.parametrize("change", [{"health": "LOST"}, {"chunks": 101}, {"leader": "2" * 64}, {"peers": ()}])
def test_what_happened_makes_another_one(change: dict[str, object]) -> None:
    told = report("n1")
    assert settled(replace(told, **change)) != settled(told)  # type: ignore[arg-type]
