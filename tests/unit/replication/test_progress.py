from __future__ import annotations

from dfs_core.encoding.health_messages import Repair
from dfs_core.replication.progress import RepairProgress


def test_what_went_from_what_is_missing_was_done_and_the_rest_is_left() -> None:
    progress = RepairProgress()
    progress.at(0.0, 10, 1000)
    now = progress.at(1.0, 7, 700)
    assert (now.total, now.left, now.left_bytes) == (10, 7, 700)
    now = progress.at(2.0, 9, 900)  # more went missing meanwhile
    assert (now.total, now.left) == (12, 9)
    assert now.rate > 0
    assert now.eta_s == now.left_bytes / now.rate


def test_while_nothing_moves_no_end_is_told() -> None:
    progress = RepairProgress()
    progress.at(0.0, 10, 1000)
    assert progress.at(1.0, 10, 1000) == Repair(10, 10, 1000, 0.0, -1.0)


def test_a_new_count_begins_when_nothing_is_missing() -> None:
    progress = RepairProgress()
    progress.at(0.0, 10, 1000)
    assert progress.at(1.0, 0, 0) == Repair()
    assert progress.at(2.0, 4, 400).total == 4
