"""What importing loads, seen from a fresh interpreter.

The import contracts cannot see it: importing any `dfs_core.x` runs `dfs_core/__init__.py` as well.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from .source_tree import ROOT, sources

HEAVY = ("asyncio", "ssl", "socket", "sqlite3", "textual", "rich", "click", "uvloop")
NODE_PARTS = ("dfs_core.server", "dfs_core.replication", "dfs_core.store", "dfs_core.catalog", "sqlite3")
LOOK = """
import importlib, sys
for name in sys.argv[1].split(","):
    importlib.import_module(name)
print("\\n".join(sys.modules))
"""


def loaded_by(*modules: str) -> set[str]:
    """Everything that is in `sys.modules` once these have been imported, and nothing else was."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, ",".join(modules)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def below(package: str) -> list[str]:
    return [source.module for source in sources() if (source.module + ".").startswith(package + ".")]


def within(loaded: set[str], packages: tuple[str, ...]) -> set[str]:
    return {name for name in loaded for package in packages if name == package or name.startswith(package + ".")}


def test_importing_dfs_core_loads_nothing_else() -> None:
    loaded = loaded_by("dfs_core")
    assert within(loaded, ("dfs_core",)) == {"dfs_core"}
    assert not within(loaded, HEAVY)


@pytest.mark.parametrize("package", ["dfs_core.model", "dfs_core.encoding", "dfs_core.transport.protocol"])
def test_the_pure_core_loads_no_loop_no_socket_and_no_screen(package: str) -> None:
    assert not within(loaded_by("dfs_core.errors", "dfs_core.limits", *below(package)), HEAVY)


def test_crypto_loads_no_loop_no_tls_and_no_screen() -> None:
    theirs = {"socket"}  # the cryptography library names it for its own ends; the contracts say that we do not
    assert not within(loaded_by(*below("dfs_core.crypto")), tuple(set(HEAVY) - theirs))


def test_a_client_loads_no_node() -> None:
    assert not within(loaded_by("dfs_core.client"), NODE_PARTS)


def test_a_local_cluster_loads_no_node() -> None:
    folders = {"dfs_core.store"}  # a data folder's marker tells which node it belongs to
    assert not within(loaded_by("dfs_core.local"), tuple(set(NODE_PARTS) - folders))


def test_the_command_line_loads_no_node_before_it_is_asked_for_one() -> None:
    assert not within(loaded_by("dfs_core.__main__", "dfs_core.cli.main"), (*NODE_PARTS, "textual"))


def test_a_node_on_loopback_loads_no_multicast() -> None:
    assert not within(loaded_by("dfs_core.server.node", "dfs_core.server.joining"), ("zeroconf",))


def test_asking_for_the_version_loads_no_command_line() -> None:
    program = "import sys; sys.argv = ['dfs-core', '--version']\nimport dfs_core.__main__ as m; m.main(); " + (
        "print(*sys.modules, sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    first, *loaded = done.stdout.splitlines()
    assert first.startswith("dfs-core ")
    assert not within(set(loaded), (*HEAVY, "dfs_core.cli"))


def test_the_view_of_the_dashboard_loads_no_terminal() -> None:
    assert not within(loaded_by(*below("dfs_tui.view")), ("asyncio", "ssl", "textual"))
