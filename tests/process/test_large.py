"""One gibibyte in through one node and out through another, as a person would send a film."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from blake3 import blake3

from dfs_core.limits import GIB, MIB
from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli


@pytest.mark.timeout(400)  # on a machine that does much else
def test_a_gibibyte_stored_through_one_node_comes_back_through_another(
    cluster: LocalCluster, cli: Cli, tmp_path: Path
) -> None:
    source, back = tmp_path / "film.mkv", tmp_path / "back.mkv"
    whole = blake3()
    with source.open("wb") as file:
        for _ in range(GIB // (16 * MIB)):
            part = os.urandom(16 * MIB)
            whole.update(part)
            file.write(part)
    cli.run("store", source, "--key", "film", node="n1", timeout_s=180).check_returncode()
    source.unlink()
    cli.run("retrieve", "film", "-o", back, node="n3", timeout_s=180).check_returncode()
    again = blake3()
    again.update_mmap(back)
    assert again.digest() == whole.digest()
