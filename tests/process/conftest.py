"""Real nodes for tests: a cluster of three processes on free ports, always reaped, and the command line.

    def test_something(cluster: LocalCluster, cli: Cli) -> None:
        done = cli.run("ls", "--json", node="n2")

`cluster` is shared by a module's tests; a test that breaks nodes takes `make_cluster` and has its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dfs_core.local import LocalCluster
from dfs_core.testing.base_ports import draw_base_port
from dfs_core.testing.command import Cli

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share their module's cluster run on one worker: each worker would bring up one of its own."""
    for item in items:
        if HERE in item.path.parents and "cluster" in item.fixturenames and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def _up(root: Path, nodes: int, **environment: str) -> LocalCluster:
    cluster = LocalCluster(root, environment=environment)
    asyncio.run(cluster.up(nodes, base_port=draw_base_port()))
    return cluster


@pytest.fixture
def make_cluster(tmp_path: Path) -> Iterator[Callable[..., LocalCluster]]:
    """`make_cluster(nodes=3)` gives a cluster of the test's own, in `tmp_path`/local.

    `DFS_CAPACITY="20M"` and the like are its nodes' environment. In a coroutine: `await to_thread(make_cluster)`.
    """
    roots: list[Path] = []

    def make(nodes: int = 3, name: str = "local", **environment: str) -> LocalCluster:
        roots.append(tmp_path / name)
        return _up(tmp_path / name, nodes, **environment)

    try:
        yield make
    finally:
        for root in roots:
            asyncio.run(LocalCluster(root).down())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The DFS_HOME of a module's shared cluster."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def cluster(home: Path) -> Iterator[LocalCluster]:
    """Three connected nodes, n1, n2 and n3, shared by the module's tests."""
    try:
        yield _up(home / "local", 3)
    finally:
        asyncio.run(LocalCluster(home / "local").down())


@pytest.fixture(scope="module")
def cli(home: Path) -> Cli:
    """The command line, with the shared cluster as its local one."""
    return Cli(home)
