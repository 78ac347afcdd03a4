"""The local cluster as the dashboard tells of it; the cluster itself is a stand-in that does as it is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from dfs_core.client import NotEnoughCopies
from dfs_core.errors import NodeFailed
from dfs_core.local import LocalCluster, LocalNode, NodeWish
from dfs_tui.sources.base import SourceError
from dfs_tui.sources.supervisor import Supervisor
from dfs_tui.view.values import LocalNode as Shown
from dfs_tui.view.values import NewNode, ProcessState


class StandIn:
    """Two nodes made, a third one only begun. `during` runs in the middle of every action."""

    def __init__(self) -> None:
        self.root = Path("/nowhere")
        self.steps = ["joining", "joined", "starting"]
        self.states = {"n1": "running", "n2": "stopped"}
        self.during: Callable[[], None] = lambda: None
        self.error: Exception | None = None

    def nodes(self) -> list[LocalNode]:
        if self.error is not None:
            raise self.error
        return [
            LocalNode(name, name * 4, 7 if state == "running" else None, state, "127.0.0.1:1", f"/{name}.sock", "/d")  # type: ignore[arg-type]
            for name, state in self.states.items()
        ]

    async def _act(self, name: str, state: str) -> LocalNode:
        self.during()
        if self.error is not None:
            raise self.error
        self.states[name] = state
        return next(node for node in self.nodes() if node.name == name)

    async def up(self, nodes: int, on_progress: Callable[[str, str], None], *, base_port: int | None) -> None:
        on_progress("n2", "starting")
        on_progress("n3", "joining")
        await self._act("n2", "running")
        on_progress("n2", "ready")

    async def start(self, name: str, on_progress: Callable[[str, str], None]) -> None:
        await self._act(name, "running")
        on_progress(name, "ready")

    def fill(self, wish: NodeWish) -> NodeWish:
        name = wish.name or "n3"
        return NodeWish(name, wish.folder or f"/nowhere/{name}", wish.port or 5000, wish.capacity, wish.invitation)

    async def check(self, wish: NodeWish) -> dict[str, str]:
        return {"port": "port 7000 is n2's"} if wish.port == 7000 else {}

    async def add(self, on_progress: Callable[[str, str], None], wish: NodeWish) -> LocalNode:
        for step in self.steps:
            on_progress(wish.name, step)
        made = await self._act(wish.name, "running")
        on_progress(wish.name, "ready")
        return made

    async def stop(self, name: str) -> None:
        await self._act(name, "stopped")

    async def kill(self, name: str) -> None:
        await self._act(name, "crashed")


@pytest.fixture
def cluster() -> StandIn:
    return StandIn()


@pytest.fixture
def supervisor(cluster: StandIn) -> Supervisor:
    return Supervisor(cast(LocalCluster, cluster), lambda: None)


async def states(supervisor: Supervisor) -> dict[str, ProcessState]:
    return {node.name: node.state for node in await supervisor.look()}


async def test_processes_are_told_as_they_are(supervisor: Supervisor) -> None:
    nodes = await supervisor.look()
    assert [(node.name, node.state, node.pid, node.control) for node in nodes] == [
        ("n1", ProcessState.RUNNING, 7, "/n1.sock"),
        ("n2", ProcessState.STOPPED, 0, "/n2.sock"),
    ]


async def test_while_the_cluster_comes_up_every_step_is_told(supervisor: Supervisor, cluster: StandIn) -> None:
    seen: list[dict[str, str]] = []

    def look() -> None:
        seen.append(dict(supervisor._steps))

    cluster.during = look
    await supervisor.bring_up(3)
    assert seen == [{"n2": "starting", "n3": "joining"}]
    supervisor._step("n3", "joining")
    nodes = {node.name: node for node in await supervisor.look()}
    assert (nodes["n3"].state, nodes["n3"].error, nodes["n3"].node) == (ProcessState.STARTING, "joining", "")


async def test_only_nodes_that_were_started_here_are_its_to_stop(supervisor: Supervisor, cluster: StandIn) -> None:
    await supervisor.look()
    assert supervisor.started_here == ()
    await supervisor.start("n2")
    await supervisor.look()
    assert supervisor.started_here == ("n2",)
    await supervisor.stop_started()
    assert cluster.states == {"n1": "running", "n2": "stopped"}
    await supervisor.look()
    assert supervisor.started_here == ()


async def test_a_node_that_was_killed_here_is_told_from_one_that_died(supervisor: Supervisor, cluster: StandIn) -> None:
    await supervisor.kill("n1")
    assert (await states(supervisor))["n1"] is ProcessState.KILLED
    await supervisor.start("n1")
    assert (await states(supervisor))["n1"] is ProcessState.RUNNING
    cluster.states["n1"] = "crashed"
    node = (await supervisor.look())[0]
    assert node.state is ProcessState.FAILED
    assert node.error


async def test_a_node_that_cannot_be_killed_runs_on(supervisor: Supervisor, cluster: StandIn) -> None:
    seen: list[set[str]] = []
    cluster.during = lambda: seen.append(set(supervisor._killing))
    cluster.error = PermissionError(1, "Operation not permitted")
    with pytest.raises(SourceError, match="not permitted"):
        await supervisor.kill("n1")
    cluster.error = None
    assert seen == [{"n1"}]
    assert (await states(supervisor))["n1"] is ProcessState.RUNNING


async def test_a_node_that_is_being_stopped_says_so(supervisor: Supervisor, cluster: StandIn) -> None:
    seen: list[set[str]] = []
    cluster.during = lambda: seen.append(set(supervisor._stopping))
    await supervisor.stop("n1")
    assert seen == [{"n1"}]
    assert (await states(supervisor))["n1"] is ProcessState.STOPPED


async def test_a_crashed_node_that_is_started_again_is_starting(supervisor: Supervisor, cluster: StandIn) -> None:
    cluster.states["n1"] = "crashed"
    supervisor._step("n1", "starting")
    assert (await states(supervisor))["n1"] is ProcessState.STARTING


async def looked(supervisor: Supervisor, name: str) -> Shown | None:
    return {node.name: node for node in await supervisor.look()}.get(name)


async def test_a_new_node_has_a_name_and_its_steps_are_told(supervisor: Supervisor, cluster: StandIn) -> None:
    seen: list[str] = []
    cluster.during = lambda: seen.append(supervisor._steps["n3"])
    assert await supervisor.add(NewNode()) == "n3"
    assert seen == ["joined, starting"]


async def test_what_would_be_made_is_told_with_what_is_wrong(supervisor: Supervisor) -> None:
    found = await supervisor.propose(NewNode(port=7000, capacity_bytes=5))
    assert found.chosen == NewNode("n3", "/nowhere/n3", 7000, 5)
    assert (found.troubles, found.root) == ({"port": "port 7000 is n2's"}, "/nowhere")
    assert found.free_bytes > 0


async def test_a_node_that_could_not_be_made_stays_with_why_until_it_is_tried_again_or_forgotten(
    supervisor: Supervisor, cluster: StandIn
) -> None:
    secret = NewNode("tea", invitation="dfs1-secret", replaces="n3")
    for name, wanted in (("n3", NewNode(port=7421)), ("tea", secret)):
        cluster.during = _failing(name, "not today")
        with pytest.raises(SourceError, match="not today"):
            await supervisor.add(wanted)
    assert await looked(supervisor, "n3") is None, "the try that was edited is gone"
    failed = await looked(supervisor, "tea")
    assert failed is not None
    assert (failed.state, failed.error, failed.wish) == (
        ProcessState.FAILED,
        "not today",
        NewNode("tea", replaces="tea"),
    )
    cluster.during = lambda: None
    assert await supervisor.add(failed.wish or NewNode()) == "tea"
    assert (await states(supervisor))["tea"] is ProcessState.RUNNING
    cluster.during = _failing("cup", "no")
    with pytest.raises(SourceError):
        await supervisor.add(NewNode("cup"))
    await supervisor.remove("cup")
    assert await looked(supervisor, "cup") is None


async def test_a_node_that_joined_and_did_not_start_says_why_and_is_started_as_any_other(
    supervisor: Supervisor, cluster: StandIn
) -> None:
    def fail() -> None:
        cluster.states["n3"] = "crashed"
        raise NodeFailed("n3", "ended while it was started: no room")

    cluster.during = fail
    with pytest.raises(SourceError, match="no room"):
        await supervisor.add(NewNode())
    found = await looked(supervisor, "n3")
    assert found is not None
    assert (found.wish, found.error) == (None, "ended while it was started: no room")


def _failing(name: str, why: str) -> Callable[[], None]:
    def fail() -> None:
        raise NodeFailed(name, why)

    return fail


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotEnoughCopies(2, 1, {}), "1 of 2 needed copies"),
        (PermissionError(13, "Permission denied", "/data/local"), "/data/local: Permission denied"),
    ],
)
async def test_what_goes_wrong_is_said_in_words(
    supervisor: Supervisor, cluster: StandIn, error: Exception, text: str
) -> None:
    cluster.error = error
    for attempt in (supervisor.start("n2"), supervisor.stop("n1"), supervisor.look(), supervisor.bring_up(3)):
        with pytest.raises(SourceError, match=text):
            await attempt
