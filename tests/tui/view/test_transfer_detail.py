"""Everything about one transfer."""

from __future__ import annotations

from dfs_tui.view import transfers
from dfs_tui.view.cells import text_of
from dfs_tui.view.events import TransferAdvanced, TransferEnded, TransferQueued
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.transfer_detail import transfer_lines
from dfs_tui.view.transfers import Transfers
from dfs_tui.view.values import Direction, TransferReport, TransferState

MIB = 1 << 20


def moving() -> Transfers:
    queued = TransferQueued("own/1", Direction.STORE, "a.raw", 100 * MIB, 1, frozenset(("a.raw",)), "~/a.raw")
    book = transfers.queued({}, queued, 0.0)
    book = transfers.advanced(book, TransferAdvanced("own/1", 0, 0), 0.0)
    book = transfers.advanced(book, TransferAdvanced("own/1", 40 * MIB, 0), 4.0)
    copies = {"a" * 64: 30}
    report = TransferReport(
        "t", Direction.STORE, "a.raw", TransferState.ACTIVE, 30 * MIB, 100 * MIB, copies=copies, copied_bytes=20 * MIB
    )
    return transfers.reported(book, "n1", report, 4.0)


def shown(book: Transfers, now: float, width: int = 60) -> list[str]:
    lines = transfer_lines(book["own/1"], now, ASCII, {"a" * 64: "n1"}, width)
    return [" ".join(text_of(line).split()) for line in lines]


def test_a_store_under_way_says_what_is_safe_where_and_for_how_long_yet() -> None:
    assert shown(moving(), 4.0) == [
        "what store a.raw",
        "from ~/a.raw",
        "state active",
        "moved 40.0 MiB of 100 MiB",
        "safe 30.0 MiB, on as many nodes as it takes",
        "everywhere 20.0 MiB, with all copies",
        "for 4.0 s",
        "rate 10.0 MiB/s",
        "time left 6.0 s",
        "chunks n1 30",
    ]


def test_every_word_of_a_failure_is_there_however_long_it_is() -> None:
    why = " ".join(f"word{number}" for number in range(60))
    book = transfers.ended(moving(), TransferEnded("own/1", TransferState.FAILED, why), 8.0)
    lines = shown(book, 99.0)
    assert "took 8.0 s, 5.00 MiB/s on average" in lines
    assert " ".join(lines[lines.index("") + 1 :]) == why
