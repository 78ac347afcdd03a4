"""Every source module has a test module of its own, in the place where one looks for it.

    dfs_core/<package>/<module>.py    tests/unit/<package>/test_<module>.py
    dfs_tui/<package>/<module>.py     tests/tui/<package>/test_<module>.py

A module that says nothing (a package's docstring) needs none. `COVERED_BY` names the few others, with the tests that
cover them; an entry that is no longer needed fails.
"""

from __future__ import annotations

import pytest

from .source_tree import ROOT, Source, sources

COVERED_BY = {
    "dfs_core/__init__.py": "tests/architecture/test_imports.py",  # imports nothing, and that is what is tested
    "dfs_core/__main__.py": "tests/architecture/test_imports.py",  # three lines; process tests run them all the time
    "dfs_core/server/forcing.py": "tests/cluster/test_forcing.py",  # what it makes shows itself in whole clusters
    "dfs_core/server/__init__.py": "tests/unit/server/test_node.py",  # names what others define
    "dfs_core/testing/bad_luck.py": "tests/cluster/test_simulation.py",  # each event needs a whole cluster
    "dfs_core/testing/thrash/nodes.py": "tests/process/test_thrash.py",  # real processes: only a thrash tells
    "dfs_core/testing/thrash/storm.py": "tests/process/test_thrash.py",
}

ABOUT_A_WHOLE_PACKAGE = {"tests/unit/cli/test_documented.py"}  # docs/cli.md, which is made from the package


def own_test(source: Source) -> str:
    """Where the tests of this module belong."""
    package, _, rest = source.path.partition("/")
    folder, slash, name = rest.rpartition("/")
    place = "tests/unit" if package == "dfs_core" else "tests/tui"
    return f"{place}/{folder}{slash}test_{name}"


def test_every_module_has_its_test_module() -> None:
    wanted = {source.path: own_test(source) for source in sources() if not source.says_nothing}
    missing = [
        f"{path} wants {test}"
        for path, test in wanted.items()
        if path not in COVERED_BY and not (ROOT / test).is_file()
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("path", sorted(COVERED_BY))
def test_a_module_without_its_own_tests_is_covered_by_others(path: str) -> None:
    source = next((source for source in sources() if source.path == path), None)
    assert source is not None, f"{path} is gone: take it off the list"
    assert not (ROOT / own_test(source)).is_file(), f"{path} has its own tests now: take it off the list"
    text = (ROOT / COVERED_BY[path]).read_text(encoding="utf-8")
    assert source.module in text, f"{COVERED_BY[path]} does not name {source.module}"


def test_every_unit_test_tests_a_module_that_is_there() -> None:
    """A renamed module takes its tests along. `test_<module>_<angle>.py` is a second test module of the same one."""
    stems = tuple(own_test(source).removesuffix(".py") for source in sources())
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests/unit").rglob("test_*.py")}
    assert found >= ABOUT_A_WHOLE_PACKAGE
    others = sorted(found - ABOUT_A_WHOLE_PACKAGE)
    strays = [path for path in others if not any(path.startswith((f"{stem}.", f"{stem}_")) for stem in stems)]
    assert not strays, f"no such module: {strays}"
