"""The tree as the architecture tests see it: our modules, parsed, and the files that are handed on."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("dfs_core", "dfs_tui")
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One module of ours. `path` is relative to the root, with forward slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """The name it is imported by."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def line_count(self) -> int:
        return len(self.text.splitlines())

    @property
    def says_nothing(self) -> bool:
        """There is a docstring at most: a package's `__init__` that only marks the place."""
        return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in self.tree.body)

    def functions(self) -> Iterator[FunctionNode]:
        for node in ast.walk(self.tree):
            if isinstance(node, FunctionNode):
                yield node

    def identifiers(self) -> Iterator[str]:
        """Every name that this module gives to something: its own, classes, functions, arguments, variables."""
        yield self.path.removesuffix(".py").rpartition("/")[2]
        for node in ast.walk(self.tree):
            if isinstance(node, FunctionNode | ast.ClassDef):
                yield node.name
            elif isinstance(node, ast.arg):
                yield node.arg
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield node.attr


@cache
def sources() -> tuple[Source, ...]:
    """All modules of both packages, by path."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            found.append(Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    return tuple(found)


@cache
def tracked_files() -> tuple[str, ...]:
    """The files that git hands on; outside a checkout (an unpacked archive) every file that is not hidden or built."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return tuple(sorted(name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()))
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    built = ("__pycache__", "dist", "build")
    return tuple(
        sorted(
            path.as_posix() for path in paths if not any(part.startswith(".") or part in built for part in path.parts)
        )
    )


def text_of(name: str) -> str | None:
    """A tracked file's text; None for pictures and other bytes."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
