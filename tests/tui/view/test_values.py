"""States that mean 'over'."""

from __future__ import annotations

from dfs_tui.view.values import ENDED, TransferState


def test_every_transfer_state_is_either_under_way_or_over() -> None:
    assert set(TransferState) - ENDED == {TransferState.QUEUED, TransferState.ACTIVE, TransferState.PAUSED}
