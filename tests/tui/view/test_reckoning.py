"""What an incident came to, from what was reported and nothing else."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view.reckoning import Reckoning
from dfs_tui.view.values import RepairReport

from ..worlds import report

CHUNKS = 1000


def found(
    reckoning: Reckoning, under: int, held: int, now: float, *, away: tuple[str, ...] = (), known: int = CHUNKS
) -> None:
    """The leader counts `under` chunks short of copies, and the two other nodes hold `held` more than at first."""
    counted = replace(report("n1"), under_chunks=under, copies_found=(0, 0, under, known - under))
    reckoning.observe(counted, {"a": 700 + held, "b": 700}, away, now)


def after_return(*counts: tuple[int, int]) -> int:
    """418 were short when `c` came back; then these (short, made) were told."""
    reckoning = Reckoning()
    found(reckoning, 718, 0, 1.0, away=("c",))
    found(reckoning, 418, 300, 9.0, away=("c",))
    reckoning.returned("c", "n3", 10.0)
    for second, (under, held) in enumerate(counts, 11):
        found(reckoning, under, held, float(second))
    return reckoning.free


def test_what_a_node_brings_back_is_free_and_what_others_made_is_not() -> None:
    assert after_return((418, 300)) == 0
    assert after_return((0, 300)) == 418
    assert after_return((200, 300), (0, 300)) == 418
    assert after_return((400, 318), (0, 318)) == 400
    assert after_return((0, 718)) == 0


def test_chunks_that_are_gone_or_not_counted_yet_did_not_heal() -> None:
    reckoning = Reckoning()
    found(reckoning, 418, 0, 1.0, away=("c",))
    reckoning.returned("c", "n3", 2.0)
    found(reckoning, 0, 0, 3.0, known=0)  # a new leader has counted nothing yet
    assert reckoning.free == 0
    found(reckoning, 300, 0, 4.0)
    assert reckoning.free == 118
    found(reckoning, 0, 0, 5.0, known=CHUNKS - 300)
    assert reckoning.free == 118


def test_it_is_said_once_when_the_count_rests_or_all_is_over() -> None:
    reckoning = Reckoning()
    found(reckoning, 418, 0, 1.0, away=("c",))
    reckoning.returned("c", "n3", 2.0)
    found(reckoning, 6, 0, 3.0)
    assert reckoning.take_free(4.0) == ""
    assert reckoning.take_free(6.0) == "412 chunks healed for free: n3 still has them"
    assert reckoning.take_free(9.0) == ""
    found(reckoning, 0, 0, 10.0)
    assert reckoning.take_free(10.0, over=True) == "418 chunks healed for free: n3 still has them"


def test_a_node_that_never_was_away_brings_nothing() -> None:
    reckoning = Reckoning()
    found(reckoning, 5, 0, 1.0)
    reckoning.returned("c", "n3", 2.0)
    found(reckoning, 0, 0, 3.0)
    assert (reckoning.free, reckoning.take_free(9.0, over=True)) == (0, "")


def test_the_end_in_one_line() -> None:
    reckoning = Reckoning()
    found(reckoning, 718, 0, 1.0, away=("c",))
    left = replace(report("n1"), under_chunks=718, repair=RepairReport(718, 718, 3 << 30))
    reckoning.observe(left, {}, (), 2.0)
    reckoning.bringing([(9, "n2"), (3, "n4")])
    reckoning.bringing([(0, "n2"), (1, "n4")])
    reckoning.bringing([(0, "n2"), (0, "n4")])
    assert reckoning.in_the_end(31.2) == "healed in 31 s: 718 chunks, 3.00 GiB, slowest n4, 0 unreadable at any time"
    reckoning.blind = True
    assert reckoning.in_the_end(31.2).endswith("0 seen unreadable")
    reckoning.unreadable = 12
    assert reckoning.in_the_end(31.2).endswith("12 unreadable at worst")


def test_nothing_short_is_said_as_that() -> None:
    assert Reckoning().in_the_end(2.0) == "healthy again after 2.0 s: nothing was short of copies"


def test_copies_that_were_made_before_the_first_count_have_bytes_as_well() -> None:
    reckoning = Reckoning()
    short = replace(report("n1"), under_chunks=232, under_bytes=226 << 20)
    reckoning.observe(short, {}, ("c",), 1.0)
    reckoning.observe(replace(short, repair=RepairReport(66, 66, 64 << 20)), {}, ("c",), 16.0)
    assert reckoning.in_the_end(19.0).startswith("healed in 19 s: 232 chunks, 226 MiB,")
