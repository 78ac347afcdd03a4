"""Every command of the README's runnable blocks, as a newcomer would type them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dfs_core.testing.command import Cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNNABLE = re.findall(r"<!-- run -->\n```console\n(.*?)```", README, re.DOTALL)
ALL = re.findall(r"```console\n(.*?)```", README, re.DOTALL)


def commands(block: str) -> list[str]:
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """An environment in which `dfs-core` is this source's, with a home of its own."""
    shim = tmp_path / "bin" / "dfs-core"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dfs_core "$@"\n')
    shim.chmod(0o755)
    environment = dict(Cli(tmp_path / "home").environment)
    environment["PATH"] = f"{shim.parent}{os.pathsep}{environment['PATH']}"
    return environment


@pytest.mark.parametrize("block", RUNNABLE, ids=lambda block: commands(block)[0])
def test_a_block_of_the_readme_runs(block: str, shell: dict[str, str], tmp_path: Path) -> None:
    script = "set -e\n"
    started = False
    for command in commands(block):
        if command.endswith("&"):
            script += f"{command[:-1]} > ready.json &\nNODE=$!\nuntil [ -s ready.json ]; do :; done\n"
            started = True
        else:
            script += command + "\n"
    if started:
        script += "kill $NODE\nwait $NODE\n"
    work = tmp_path / "work"
    work.mkdir()
    try:
        done = subprocess.run(
            ["sh", "-c", script], cwd=work, env=shell, capture_output=True, text=True, timeout=100, check=False
        )
    finally:
        subprocess.run(["dfs-core", "local", "down"], env=shell, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_only_make_and_lines_with_a_placeholder_are_not_run_here() -> None:
    rest = [command for block in ALL if block not in RUNNABLE for command in commands(block)]
    assert all(command.startswith("make ") or "second" in command for command in rest), rest


def test_every_document_the_readme_names_exists() -> None:
    for name in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / name).exists(), name
