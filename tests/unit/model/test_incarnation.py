"""Which start of a node is believed, and what is said to one that is not."""

from __future__ import annotations

import pytest

from dfs_core.model.ids import NodeId
from dfs_core.model.incarnation import REMOVED, Incarnation, Incarnations, is_for_good, newest

NODE, OTHER = NodeId(b"n" * 32), NodeId(b"o" * 32)
MET = Incarnation(boot=7, nonce=b"a", term=3, log_end=100)


@pytest.fixture
def met() -> Incarnations:
    return Incarnations({NODE: MET})


@pytest.mark.parametrize(
    "start",
    [
        Incarnation(8, b"b", 3, 100),
        Incarnation(9, b"b", 4, 120),
        Incarnation(7, b"a", 2, 90),  # the same process: its HELLO was written before its newest report
    ],
)
def test_a_later_start_with_everything_that_was_durable_is_believed(met: Incarnations, start: Incarnation) -> None:
    assert met.meet(NODE, start) == ""
    assert met.get(NODE) == Incarnation(start.boot, start.nonce, max(3, start.term), 100), "what it had applied"


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (Incarnation(6, b"b", 3, 100), "start 6 of the node, and start 7 was met before"),
        (Incarnation(7, b"b", 3, 100), "another process has run as start 7"),
        (Incarnation(8, b"b", 3, 99), "its log ends at 99 in term 3, and was durable up to 100"),
        (Incarnation(8, b"b", 2, 100), "in term 2, and was durable up to 100 in term 3"),
    ],
)
def test_what_went_back_is_refused_and_told_why_and_what_to_do(
    met: Incarnations, start: Incarnation, said: str
) -> None:
    reason = met.meet(NODE, start)
    assert reason.startswith("refused: ")
    assert said in reason
    assert f"'dfs-core remove {str(NODE)[:12]} --force'" in reason
    assert len(reason) < 1000, "a goodbye carries it"
    assert is_for_good(reason)
    assert met.get(NODE) == MET


def test_who_had_entries_that_a_later_leader_cut_off_has_lost_nothing(met: Incarnations) -> None:
    """A leader alone writes what nobody agrees to, says so in its HELLOs when it is back, and gives way."""
    assert met.meet(NODE, Incarnation(7, b"a", 3, 110)) == ""
    met.progressed(NODE, 7, 4, 104)
    assert met.meet(NODE, Incarnation(8, b"b", 4, 106)) == ""
    assert "was durable up to 104" in met.meet(NODE, Incarnation(9, b"c", 4, 103))


def test_a_removal_is_for_good_and_what_may_end_is_not() -> None:
    assert is_for_good(REMOVED)
    for reason in ("", "no answer", "banned here for a while", "refused: it is of generation 0 of the log"):
        assert not is_for_good(reason)


def test_who_was_never_met_is_believed(met: Incarnations) -> None:
    assert met.meet(OTHER, Incarnation(1, b"x")) == ""
    assert met.meet(OTHER, Incarnation(1, b"y")) != ""


def test_only_the_start_that_was_met_says_how_far_it_is(met: Incarnations) -> None:
    met.progressed(NODE, 6, 9, 900)
    met.progressed(OTHER, 1, 9, 900)
    assert met.items() == [(NODE, MET)]
    met.progressed(NODE, 7, 4, 50)
    assert met.get(NODE) == Incarnation(7, b"a", 4, 100)


def test_a_later_start_that_another_node_met_ends_the_belief_in_this_one(met: Incarnations) -> None:
    assert not met.told(NODE, 6, b"x")
    assert not met.told(NODE, 7, b"a")
    assert not met.told(OTHER, 1, b"x")
    assert met.told(NODE, 8, b"b")
    assert "start 8 was met" in met.meet(NODE, Incarnation(7, b"a", 3, 200))
    assert met.meet(NODE, Incarnation(8, b"b", 3, 100)) == ""


def test_of_two_with_one_number_none_is_believed_until_a_later_start(met: Incarnations) -> None:
    assert met.told(NODE, 7, b"b")
    assert not met.told(NODE, 7, b"a"), "told once"
    for nonce in (b"a", b"b"):
        assert "another process" in met.meet(NODE, Incarnation(7, nonce, 3, 100))
    met.progressed(NODE, 7, 9, 900)
    assert newest(met.items(), [NODE.digest]) == []
    assert met.meet(NODE, Incarnation(8, b"c", 3, 100)) == ""
    assert [node for node, _ in newest(met.items(), [NODE.digest])] == [NODE]
    assert newest(met.items(), [OTHER.digest]) == []
