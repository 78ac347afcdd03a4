from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from dfs_core.testing.command import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    made = Cli(tmp_path / "home")
    made.ok("init", "--data-dir", tmp_path / "node", "--listen", "127.0.0.1:0")
    return made


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_node_says_once_that_it_is_ready_and_ends_in_good_order_when_asked(
    cli: Cli, tmp_path: Path, how: signal.Signals
) -> None:
    process = cli.start("node", "--data-dir", tmp_path / "node")
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready["event"] == "ready"
    assert set(ready) == {"event", "node_id", "listen", "control", "pid"}
    assert ready["pid"] == process.pid
    process.send_signal(how)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, b""), err
    assert b"Traceback" not in err


def test_a_node_whose_port_is_taken_says_so_in_one_line(cli: Cli, tmp_path: Path) -> None:
    first = cli.start("node", "--data-dir", tmp_path / "node")
    assert first.stdout is not None
    listen = json.loads(first.stdout.readline())["listen"]
    cli.ok("init", "--data-dir", tmp_path / "other", "--listen", listen)
    second = cli.run("node", "--data-dir", tmp_path / "other")
    first.terminate()
    first.communicate(timeout=30)
    assert second.returncode != 0
    assert b"Traceback" not in second.stderr
    assert listen.encode() in second.stderr.splitlines()[-1]


def test_an_unknown_setting_is_refused_with_its_file_and_name(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "node" / "node.toml"
    path.write_text(path.read_text() + 'lisen = "127.0.0.1:0"\n')
    done = cli.run("node", "--data-dir", tmp_path / "node")
    assert done.returncode != 0
    assert b"lisen" in done.stderr and str(path).encode() in done.stderr
