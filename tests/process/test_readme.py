"""Every command of the README's runnable blocks, as a newcomer would type them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dfs_core.testing.command import Cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNNABLE = re.findall(r"<!-- run -->\n```console\n(.*?)```", README, re.DOTALL)
TOGETHER = re.findall(r"<!-- run together -->\n```console\n(.*?)```", README, re.DOTALL)
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


def run(script: str, shell: dict[str, str], work: Path) -> subprocess.CompletedProcess[str]:
    work.mkdir()
    command = ["sh", "-c", f"set -e\n{script}"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=work, env=shell, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )
    try:
        said = process.communicate(timeout=100)
        return subprocess.CompletedProcess(command, process.returncode, *said)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # whatever it left behind
        subprocess.run(["dfs-core", "local", "down"], env=shell, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("block", RUNNABLE, ids=lambda block: commands(block)[0])
def test_a_block_of_the_readme_runs(block: str, shell: dict[str, str], tmp_path: Path) -> None:
    done = run("\n".join(commands(block)), shell, tmp_path / "work")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_the_blocks_for_several_machines_run_and_the_nodes_find_each_other(
    shell: dict[str, str], tmp_path: Path
) -> None:
    script = "trap 'kill $NODES; wait' EXIT\n"
    for number, command in enumerate(command for block in TOGETHER for command in commands(block)):
        if command.endswith("&"):  # on one machine each needs a port of its own, and takes the line that is its own
            command = command.replace("127.0.0.1:17420", "127.0.0.1:0").replace(
                "dfs1-…", f"$(sed -n {number - 1}p lines)"
            )
            listen = "" if "--listen" in command else "--listen 127.0.0.1:0 "
            script += f'{command[:-1]}{listen}> said.{number} &\nNODES="$NODES $!"\n'
            script += f"until grep -qs ready said.{number}; do kill -0 $!; done\n"
        else:
            script += f"{command} > lines\n"
    script += "until [ $(dfs-core status --json --data-dir first | grep -o '\"up\"' | wc -l) = 2 ]; do :; done\n"
    done = run(script, shell, tmp_path / "work")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_only_make_is_not_run_here() -> None:
    rest = [command for block in ALL if block not in RUNNABLE + TOGETHER for command in commands(block)]
    assert all(command.startswith("make ") for command in rest), rest


def test_every_document_the_readme_names_exists() -> None:
    for name in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / name).exists(), name
