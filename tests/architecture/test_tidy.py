"""Small promises about all the code, so that nobody has to remember them.

The allowances name what is over a bound today and by how much. They only shrink: whatever grows past its number fails,
and so does a number that is no longer needed or far above the truth.
"""

from __future__ import annotations

import ast
import re

import pytest

from .source_tree import ROOT, FunctionNode, Source, sources, text_of, tracked_files

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
SLACK_LINES = 25  # how far below its allowance something may be before the allowance must follow

FILE_ALLOWANCES = {
    "dfs_core/model/raft.py": 680,
}
FUNCTION_ALLOWANCES = {
    "dfs_core/server/full.py FullParts.__init__": 100,  # builds the parts of a full node, each once
    "dfs_core/server/node.py Node._build": 85,  # builds the others
    "dfs_core/server/node.py Node._open": 80,  # and this one orders their start
}

MODULE_NAMES_NEVER = {"util", "utils", "helper", "helpers", "common", "manager", "misc", "base"}
CONTRACTS = {"dfs_core/store/base.py", "dfs_tui/sources/base.py"}  # a contract may be called base

# From docs/glossary.md: words that other programs use for what has a name here, and that have no other use in this one.
WORDS_NEVER = frozenset(
    {"util", "utils", "helper", "helpers", "manager", "misc"}
    | {"blob", "daemon", "gc", "journal", "master", "mirror", "packet", "quorum", "rack", "region", "ring", "rpc"}
    | {"session", "shard", "slave", "topology", "ttl"}
)


def named_functions(source: Source) -> list[tuple[str, FunctionNode]]:
    """Every function of a module under its full name within it."""
    found: list[tuple[str, FunctionNode]] = []

    def visit(node: ast.AST, outer: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = outer
            if isinstance(child, FunctionNode | ast.ClassDef):
                name = f"{outer}.{child.name}" if outer else child.name
            if isinstance(child, FunctionNode):
                found.append((name, child))
            visit(child, name)

    visit(source.tree, "")
    return found


def length_of(function: FunctionNode) -> int:
    last: int = function.end_lineno or function.lineno
    return last - function.lineno + 1


def over(sizes: dict[str, int], bound: int, allowances: dict[str, int]) -> list[str]:
    """What breaks the bound or its own allowance, and which allowances are stale."""
    wrong = [
        f"{name}: {size} lines, at most {allowances.get(name, bound)}"
        for name, size in sizes.items()
        if size > allowances.get(name, bound)
    ]
    for name, allowance in allowances.items():
        size = sizes.get(name, 0)
        if size <= bound:
            wrong.append(f"{name}: {size} lines, needs no allowance any more")
        elif size < allowance - SLACK_LINES:
            wrong.append(f"{name}: {size} lines, its allowance can shrink from {allowance}")
    return wrong


def test_every_module_says_what_it_is() -> None:
    silent = [source.path for source in sources() if not ast.get_docstring(source.tree)]
    assert not silent, f"no docstring: {silent}"


def test_no_file_is_too_long_to_read_at_once() -> None:
    wrong = over({source.path: source.line_count for source in sources()}, FILE_LINES_MAX, FILE_ALLOWANCES)
    assert not wrong, "\n".join(wrong)


def test_no_function_is_too_long_to_see_at_once() -> None:
    sizes = {
        f"{source.path} {name}": length_of(function)
        for source in sources()
        for name, function in named_functions(source)
    }
    wrong = over(sizes, FUNCTION_LINES_MAX, FUNCTION_ALLOWANCES)
    assert not wrong, "\n".join(wrong)


def test_modules_are_named_for_their_idea() -> None:
    wrong = [
        source.path
        for source in sources()
        for part in source.path.removesuffix(".py").split("/")
        if part in MODULE_NAMES_NEVER and source.path not in CONTRACTS
    ]
    assert not wrong, f"not a name for a module: {wrong}"


def test_names_keep_to_the_glossary() -> None:
    wrong = []
    for source in sources():
        for name in set(source.identifiers()):
            words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
            wrong += [f"{source.path}: {name} ({word})" for word in words & WORDS_NEVER]
    assert not wrong, "docs/glossary.md has another word for it:\n" + "\n".join(wrong)


def test_nothing_is_left_to_be_done_later() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    wrong = []
    for name in tracked_files():
        text = text_of(name) if name.endswith((".py", ".md", ".toml", ".tcss", "Makefile", "run")) else None
        for number, line in enumerate((text or "").splitlines(), 1):
            if marks.search(line):
                wrong.append(f"{name}:{number}: {line.strip()}")
    assert not wrong, "\n".join(wrong)


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    marks = re.compile(r"pytest\.(mark\.)?(skip|xfail|importorskip)|mark\.skipif")
    wrong = [name for name in tracked_files() if name.startswith("tests/") and marks.search(text_of(name) or "")]
    assert [name for name in wrong if name != "tests/architecture/test_tidy.py"] == []


def catches_everything(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id == "Exception") for kind in kinds)


def swallows(handler: ast.ExceptHandler) -> bool:
    """It catches BaseException, and so cancellation, and does not raise it again at its end."""
    named = isinstance(handler.type, ast.Name) and handler.type.id == "BaseException"
    return named and not isinstance(handler.body[-1], ast.Raise)


def handlers() -> list[tuple[str, ast.ExceptHandler]]:
    return [
        (f"{source.path}:{node.lineno}", node)
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler)
    ]


def test_errors_are_caught_by_their_names() -> None:
    """At two edges a bug becomes an answer instead of the end of a node: the dispatcher's and the worker runner's."""
    broad = [place for place, handler in handlers() if catches_everything(handler)]
    assert len(broad) <= 2, broad


def test_cancellation_is_never_swallowed() -> None:
    wrong = [place for place, handler in handlers() if swallows(handler)]
    assert not wrong, wrong


FAKE_NODE = "dfs_core/testing/fake_node.py"  # a process of its own, which stands in for a real one
IMPURE = re.compile(r"^(time\.(time|monotonic|perf_counter|sleep)|datetime\.now|os\.urandom|uuid\.\w+)$")


def calls(source: Source) -> list[tuple[int, str]]:
    """Every call of the form module.function, by line."""
    return [
        (node.lineno, f"{node.func.value.id}.{node.func.attr}")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    ]


def test_the_core_is_told_the_time_and_handed_its_dice() -> None:
    """What the simulation runs must replay from a seed: no clock but `dfs_core.clock`, no dice of the whole process."""
    shell = (
        "dfs_core/cli/",
        "dfs_core/local/",
        "dfs_core/client/",
        "dfs_core/clock.py",
        "dfs_core/testing/fake_node.py",
        "dfs_core/testing/seeds.py",  # says how long the seeds took
        "dfs_core/testing/thrash/",  # real processes in real time
    )
    wrong = []
    for source in sources():
        if source.path.startswith(shell) or not source.path.startswith("dfs_core/"):
            continue
        wrong += [f"{source.path}:{line}: {name}" for line, name in calls(source) if IMPURE.match(name)]
    assert not wrong, "\n".join(wrong)


def test_nobody_rolls_the_dice_of_the_whole_process() -> None:
    wrong = [
        f"{source.path}:{line}: {name}"
        for source in sources()
        for line, name in calls(source)
        if re.match(r"^random\.[a-z]", name)
    ]
    wrong += [
        f"{source.path}:{node.lineno}: from random import {alias.name}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "random"
        for alias in node.names
        if alias.name not in ("Random", "SystemRandom")
    ]
    assert not wrong, "\n".join(wrong)


# Split so that this file does not name what it forbids.
FORBIDDEN_TEXT = {
    "a path of one machine": r"(?<![\w.~-])/(?:ro" + r"ot|wo" + r"rk|work" + r"space|bui" + r"lds|Us" + r"ers/\w+)/\w",
    "a temporary path of one machine": r"/tmp/(?:ve" + r"nv|pl" + r"an|bash" + r"_jobs)",
    "a package host": r"(?:pypi\.o" + r"rg|pythonhosted\.o" + r"rg|npmjs\.o" + r"rg|proxy\.golang\.o" + r"rg)",
    "a package index": r"(?:index-u" + r"rl|trusted-ho" + r"st|PIP_IND" + r"EX)",
}


@pytest.mark.parametrize("what", FORBIDDEN_TEXT)
def test_no_file_names_the_place_where_it_was_made(what: str) -> None:
    pattern = re.compile(FORBIDDEN_TEXT[what])
    wrong = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in tracked_files()
        for number, line in enumerate((text_of(name) or "").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_lock_file_is_handed_on() -> None:
    """A lock file names the host that its author's packages came from."""
    locks = {"poetry.lock", "uv.lock", "Pipfile.lock", "pdm.lock", "requirements.lock"}
    assert not [name for name in tracked_files() if name.rpartition("/")[2] in locks]


def test_the_license_is_handed_on() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
