"""What a node remembers of whom it met, over its own restarts, and what it does when it hears of another process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown, Met
from dfs_core.errors import StoreFull
from dfs_core.model.ids import NodeId
from dfs_core.model.incarnation import REMOVED
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.standing import EXPELLED_LOOKS, LOOK_S, SAVE_PERIOD_S, Standing
from dfs_core.store.state import NodeState
from dfs_core.testing.clock import ManualClock
from dfs_core.transport.hello import Hello

ME, OTHER, THIRD, VAULT = (NodeId(letter * 32) for letter in (b"m", b"o", b"t", b"v"))
NONCE = b"my own nonce 123"


class FakeMesh:
    def __init__(self) -> None:
        self.down: dict[NodeId, str] = {}
        self.shut: list[tuple[NodeId, bytes]] = []

    def why_down(self, node: NodeId) -> str:
        return self.down.get(node, "")

    def shut_out(self, node: NodeId, nonce: bytes, reason: str) -> None:
        assert reason.startswith("refused: ")
        self.shut.append((node, nonce))


def record(node: NodeId) -> MemberRecord:
    role = "vault" if node == VAULT else "full"
    return MemberRecord(node.digest, b"", role, "", 1, "joined", [], 1)


class Bench:
    def __init__(self, folder: Path) -> None:
        self.state = NodeState(folder / "state.sqlite")
        self.facts: Any = SimpleNamespace(node=ME, boot=5, reports={}, alarms=[], to_tell=None)
        self.members = MemberList(MembersKnown(1, 3, [record(node) for node in (ME, OTHER, THIRD, VAULT)]))
        self.mesh: Any = FakeMesh()
        self.clock = ManualClock()
        self.standing = self.again()

    def again(self) -> Standing:
        return Standing(self.state, self.facts, NONCE, self.members)

    def meet(self, node: NodeId, boot: int, nonce: bytes = b"n", term: int = 1, log_end: int = 10) -> str:
        return self.standing.judge(node, Hello(boot=boot, boot_nonce=nonce, term=term, log_end=log_end))

    def report(self, node: NodeId, boot: int = 1, log_term: int = 0, applied: int = 0, met: list[Met] | None = None):
        report = SimpleNamespace(boot=boot, log_term=log_term, applied=applied, met=met or [])
        self.facts.reports[node] = report
        self.standing.look(self.mesh)


@pytest.fixture
def bench(tmp_path: Path):
    bench = Bench(tmp_path)
    yield bench
    bench.state.close()


async def test_what_was_met_is_remembered_over_a_restart(bench: Bench) -> None:
    assert bench.meet(OTHER, 3) == ""
    assert bench.standing._is_due(0.0)
    await bench.standing._save(0.0)
    assert not bench.standing._is_due(100.0)
    bench.report(OTHER, boot=3, log_term=2, applied=500)
    assert not bench.standing._is_due(SAVE_PERIOD_S - 1.0), "progress is written now and then"
    assert bench.standing._is_due(SAVE_PERIOD_S)
    await bench.standing._save(SAVE_PERIOD_S)
    bench.standing = bench.again()
    assert "start 3 was met" in bench.meet(OTHER, 2)
    assert "durable up to 500" in bench.meet(OTHER, 4, b"x", term=2)
    assert bench.meet(OTHER, 4, b"x", term=2, log_end=500) == ""


async def test_a_full_disk_does_not_stop_the_node_and_what_was_met_is_saved_when_there_is_room(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by thrashing: a peer that was killed came back while the disk was full."""

    def full(*_: object) -> None:
        raise StoreFull("no room")

    bench.meet(OTHER, 3)
    with monkeypatch.context() as patched:
        patched.setattr(bench.state, "put", full)
        running = asyncio.ensure_future(bench.standing.run(bench.mesh, bench.clock))
        await bench.clock.sleeping()
    assert bench.standing._is_due(bench.clock.now())
    bench.clock.advance(LOOK_S)
    await bench.clock.sleeping()
    assert not bench.standing._is_due(bench.clock.now())
    running.cancel()


def test_a_program_that_draws_no_nonce_is_not_judged(bench: Bench) -> None:
    assert bench.standing.judge(OTHER, Hello(boot=0)) == ""


def test_a_vault_without_a_log_is_remembered_by_its_starts(bench: Bench) -> None:
    assert bench.meet(VAULT, 2, term=0, log_end=0) == ""
    bench.report(VAULT, boot=2, applied=77)  # its member list's revision
    assert bench.meet(VAULT, 3, b"x", term=0, log_end=0) == ""
    assert bench.meet(VAULT, 2, term=0, log_end=0) != ""


def test_a_later_start_that_another_full_node_met_closes_the_links_to_this_one(bench: Bench) -> None:
    bench.meet(THIRD, 3)
    bench.report(VAULT, met=[Met(THIRD.digest, 9, b"x")])
    assert bench.mesh.shut == [], "a vault is not believed"
    bench.report(OTHER, met=[Met(THIRD.digest, 4, b"x")])
    assert bench.mesh.shut == [(THIRD, b"x")]
    bench.report(OTHER, met=[Met(THIRD.digest, 4, b"y")])
    assert bench.mesh.shut[1:] == [(THIRD, b"")], "of two with one number none stays"
    assert bench.standing.to_tell([THIRD.digest, OTHER.digest]) == []


def test_each_tells_which_starts_of_the_voters_it_met(bench: Bench) -> None:
    bench.meet(THIRD, 3, b"t")
    bench.meet(VAULT, 3)
    assert bench.facts.to_tell([ME.digest, THIRD.digest]) == [Met(THIRD.digest, 3, b"t")]


@pytest.mark.parametrize("met", [Met(ME.digest, 6, b"x"), Met(ME.digest, 5, b"x")])
def test_a_node_that_hears_of_its_twin_says_so(bench: Bench, met: Met) -> None:
    bench.report(OTHER, met=[Met(ME.digest, 5, NONCE), Met(ME.digest, 4, b"old")])
    assert bench.standing.alarms() == []
    bench.report(OTHER, met=[met])
    bench.report(OTHER, met=[met])
    (alarm,) = bench.standing.alarms()
    assert "another process runs on a copy of this folder" in alarm


def test_a_node_that_is_refused_says_by_whom_and_why(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    for node in (OTHER, THIRD):
        bench.mesh.down[node] = "10.0.0.1:7420: it said goodbye: refused: its disk went back"
    bench.mesh.down[VAULT] = "10.0.0.1:7420: refused: what this node said of another one"
    for _ in range(3):
        bench.standing.look(bench.mesh)
    both = f"{str(OTHER)[:12]}, {str(THIRD)[:12]}: this node is refused: its disk went back"
    assert bench.facts.alarms[0]() == [both]
    assert [entry.message for entry in caplog.records] == [both], "said once"
    bench.mesh.down.clear()
    bench.standing.look(bench.mesh)
    assert bench.standing.alarms() == []


def refuse(bench: Bench, *nodes: NodeId, reason: str = REMOVED) -> None:
    """From now on these and nobody else refuse this node."""
    bench.mesh.down = dict.fromkeys(nodes, f"10.0.0.1:7420: it said goodbye: {reason}")


async def test_what_most_full_nodes_refuse_for_good_is_expelled_after_some_looks_and_told_why(bench: Bench) -> None:
    expelled = asyncio.ensure_future(bench.standing.expelled())
    refuse(bench, OTHER, THIRD)
    for _ in range(EXPELLED_LOOKS):
        await asyncio.sleep(0)
        assert not expelled.done()
        bench.standing.look(bench.mesh)
    assert "it was removed from the cluster" in await expelled


async def test_one_full_node_or_vaults_or_a_refusal_that_may_end_or_one_taken_back_expel_nobody(bench: Bench) -> None:
    expelled = asyncio.ensure_future(bench.standing.expelled())
    forced = "refused: it is of generation 0 of the log, and a forced recovery went on without it as generation 1"
    for change in (
        lambda: refuse(bench, OTHER, VAULT),
        lambda: refuse(bench, OTHER, THIRD, reason=forced),
        lambda: refuse(bench, OTHER, THIRD, reason="it is banned here for a while"),
        lambda: refuse(bench),
    ):
        refuse(bench, OTHER, THIRD)
        for _ in range(EXPELLED_LOOKS - 1):
            bench.standing.look(bench.mesh)
        change()
        for _ in range(EXPELLED_LOOKS):
            bench.standing.look(bench.mesh)
    await asyncio.sleep(0)
    assert not expelled.done()
    expelled.cancel()
