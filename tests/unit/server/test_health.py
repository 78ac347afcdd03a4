from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from dfs_core.encoding.control_messages import EventRecorded
from dfs_core.encoding.health_messages import HealthChanged, HealthReport, Repair, ShareHealth
from dfs_core.encoding.message import Message
from dfs_core.model.health import Totals
from dfs_core.model.ids import NodeId
from dfs_core.model.member import Member
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.server.events import EventBus
from dfs_core.server.health import LOOK_S, REPEAT_S, SHARE_S, SILENT_S, HealthBoard, HealthSharer
from dfs_core.testing.clock import ManualClock

ME, OTHER, VAULT = (NodeId(bytes([number]) * 32) for number in (1, 2, 3))
MEMBERS = MemberList(
    known_members(1, 3, [Member(node, b"", "full", "", 1 << 40, "joined", (), 0) for node in (ME, OTHER, VAULT)])
)


class Desk:
    """A board, a sharer beside it, and an audit that found what a test says."""

    def __init__(self) -> None:
        self.clock = ManualClock(now=1000.0)
        self.events = EventBus(self.clock)
        self.watcher = self.events.subscribe()
        self.board = HealthBoard(clock=self.clock, events=self.events)
        self.up = frozenset({OTHER, VAULT})
        self.found = Totals(chunks=4, found={3: 4})
        self.term = 3
        self.full: list[NodeId] = []
        self.told: list[tuple[NodeId, msgspec.Struct]] = []
        self.sharer = HealthSharer(
            node=ME,
            board=self.board,
            members=MEMBERS,
            peers=self,  # type: ignore[arg-type]
            term=lambda: self.term,
            full=lambda: self.full,
            clock=self.clock,
        )

    # -- Peers and Audit

    def alive(self) -> frozenset[NodeId]:
        return self.up

    def notify(self, node: NodeId, message: msgspec.Struct) -> bool:
        self.told.append((node, message))
        return True

    def totals(self) -> Totals:
        return self.found

    def counting(self) -> Sequence[NodeId]:
        return (ME, OTHER, VAULT)

    def share(self, after_s: float = SHARE_S) -> list[NodeId]:
        """Who is told by an audit's step, so much later."""
        self.clock.advance(after_s)
        self.told.clear()
        self.sharer.share(self)  # type: ignore[arg-type]
        return [node for node, _ in self.told]

    async def next_events(self, count: int) -> list[Message]:
        async with asyncio.timeout(10):
            return [await self.watcher.next() for _ in range(count)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def report(term: int, number: int, state: str = "HEALTHY", reasons: Sequence[str] = ()) -> HealthReport:
    return HealthReport(state=state, reasons=list(reasons), term=term, number=number)


# -- the board


def test_the_newest_report_is_shown_with_its_age(desk: Desk) -> None:
    assert (desk.board.seen().age_s, desk.board.seen().state) == (-1.0, "DEGRADED")
    desk.board.hear(report(3, 1, "DEGRADED", ["why"]))
    desk.clock.advance(2.5)
    seen = desk.board.seen()
    assert (seen.state, seen.reasons, seen.age_s) == ("DEGRADED", ["why"], 2.5)


@pytest.mark.parametrize("late", [report(2, 99, "LOST"), report(3, 4, "LOST"), report(9, 9, "nonsense")])
def test_what_comes_late_from_an_older_leader_or_makes_no_sense_is_put_aside(desk: Desk, late: HealthReport) -> None:
    desk.board.hear(report(3, 5))
    desk.board.hear(late)
    assert desk.board.seen().report == report(3, 5)
    desk.board.hear(report(4, 1, "DEGRADED"))
    assert desk.board.seen().report.term == 4


def test_a_full_node_without_a_leader_is_at_risk_with_the_last_report_behind_it(desk: Desk) -> None:
    why = "no majority"
    desk.board.follow(lambda: why)
    desk.board.hear(report(3, 1, "DEGRADED", ["4 chunks"]))
    seen = desk.board.seen()
    assert seen.state == "AT RISK"
    assert seen.reasons[0] == "no majority" and "4 chunks" in seen.reasons[1]
    why = ""
    assert desk.board.seen().state == "DEGRADED"


def test_a_vault_knows_by_the_silence(desk: Desk) -> None:
    desk.board.hear(report(3, 1))
    desk.clock.advance(SILENT_S - 1)
    assert desk.board.seen().state == "HEALTHY"
    desk.clock.advance(1)
    assert desk.board.seen().state == "AT RISK"
    assert "no leader has reported" in desk.board.seen().reasons[0]


async def test_watchers_hear_when_the_state_changes_and_only_then(desk: Desk) -> None:
    desk.board.hear(report(3, 1))
    running = asyncio.create_task(desk.board.run())
    for number, state in ((2, "HEALTHY"), (3, "LOST"), (4, "LOST"), (5, "HEALTHY")):
        await desk.clock.sleeping()
        desk.board.hear(report(3, number, state, ["2 chunks"]))
        desk.clock.advance(LOOK_S)
        await asyncio.sleep(0)
    changed, recorded, back, well = await desk.next_events(4)
    assert changed == HealthChanged("HEALTHY", "LOST", ["2 chunks"])
    assert isinstance(recorded, EventRecorded) and recorded.level == "error"
    assert recorded.text == "the cluster is LOST, it was HEALTHY; 2 chunks"
    assert back == HealthChanged("LOST", "HEALTHY", ["2 chunks"])
    assert isinstance(well, EventRecorded) and well.level == "info"
    running.cancel()


# -- the sharer


def test_everybody_is_told_this_node_too(desk: Desk) -> None:
    assert desk.share() == [OTHER, VAULT]
    ((_, message), _) = desk.told
    assert isinstance(message, ShareHealth)
    assert desk.board.seen().report == message.report
    assert (message.report.state, message.report.copies_found, message.report.term) == ("HEALTHY", [0, 0, 0, 4], 3)


def test_everybody_is_told_which_nodes_have_no_room(desk: Desk) -> None:
    desk.full = [OTHER]
    desk.sharer.share(desk)  # type: ignore[arg-type]
    assert desk.board.seen().reasons == [
        f"no room left on {str(OTHER)[:12]}: others take what belongs there; free space or add a node"
    ]


def test_what_is_not_new_is_told_now_and_then_what_is_new_within_a_second(desk: Desk) -> None:
    assert desk.share()
    assert desk.share(0.2) == []
    assert desk.share(SHARE_S) == []
    assert desk.share(REPEAT_S) == [OTHER, VAULT]
    desk.found = Totals(chunks=4, found={3: 3, 2: 1}, under=1, left=1, left_bytes=10)
    assert desk.share(SHARE_S / 2) == []
    assert desk.share(SHARE_S / 2) == [OTHER, VAULT]
    assert desk.board.seen().report.repair.left == 1


def test_who_comes_up_is_told_soon(desk: Desk) -> None:
    desk.up = frozenset({OTHER})
    assert desk.share() == [OTHER]
    desk.up = frozenset({OTHER, VAULT})
    assert desk.share() == [OTHER, VAULT]


def test_a_count_that_is_not_done_tells_no_progress(desk: Desk) -> None:
    desk.found = Totals(uncounted_buckets=7, left=5, left_bytes=50)
    desk.share()
    assert desk.board.seen().report.repair == Repair()
    assert desk.board.seen().state == "DEGRADED"
