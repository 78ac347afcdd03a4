"""Reads that are no transfers."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.sources.glimpses import IDS_KEPT, LATE_S, Glimpses
from dfs_tui.view.events import LinkOpened, TransferReported
from dfs_tui.view.values import Direction, TransferReport, TransferState

from ..worlds import HandClock


def told(id_: str, key: str = "a", state: TransferState = TransferState.DONE) -> TransferReported:
    report = TransferReport(id_, Direction.RETRIEVE, key, state, 3, 3)
    return TransferReported("n1", report)


def test_the_report_of_a_read_is_hidden_from_its_beginning_to_its_end_and_the_next_one_is_not() -> None:
    glimpses = Glimpses(HandClock())
    with glimpses.reading("a"):
        assert glimpses.hide(told("1", state=TransferState.ACTIVE))
        assert not glimpses.hide(told("2")), "somebody asked for this one"
        assert not glimpses.hide(told("3", key="b"))
    assert glimpses.hide(told("1"))
    assert not glimpses.hide(told("4"))


def test_a_report_that_comes_after_the_read_is_of_it_for_some_seconds() -> None:
    clock = HandClock()
    glimpses = Glimpses(clock)
    for late, hidden in ((LATE_S - 1, True), (LATE_S + 1, False)):
        with glimpses.reading("a"):
            pass
        clock.time += late
        assert glimpses.hide(told(str(late))) is hidden


def test_stores_and_other_news_are_never_hidden() -> None:
    glimpses = Glimpses(HandClock())
    with glimpses.reading("a"):
        store = told("1")
        assert not glimpses.hide(replace(store, transfer=replace(store.transfer, direction=Direction.STORE)))
        assert not glimpses.hide(LinkOpened("n1"))


def test_only_so_many_are_remembered() -> None:
    glimpses = Glimpses(HandClock())
    for number in range(IDS_KEPT + 1):
        with glimpses.reading("a"):
            assert glimpses.hide(told(str(number)))
    assert not glimpses.hide(told("0"))
    assert glimpses.hide(told("1"))
