"""The command line in a real terminal: a bar while it lasts, one line at the end, names that cannot act."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pexpect
import pytest

from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli

pytestmark = pytest.mark.usefixtures("cluster")


def in_terminal(cli: Cli, *words: str) -> pexpect.spawn[bytes]:
    """Start it with a terminal as all three streams."""
    command, *arguments = cli.command(*words)
    environment = {**cli.environment, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    return pexpect.spawn(command, arguments, env=environment, timeout=60, dimensions=(30, 100))


def test_a_long_store_shows_a_bar_with_rate_and_time_left_and_ctrl_c_ends_it_in_one_line(
    cli: Cli, tmp_path: Path
) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(8 * 2**30)
    running = in_terminal(cli, "store", str(tmp_path / "large"))
    running.expect(rb"storing")
    running.expect(rb"/8\.0 GiB")
    running.expect(rb"[0-9.]+ [KMG]iB/s  [0-9]+ [a-z]+ left")
    running.sendintr()
    running.expect(rb"dfs-core: interrupted; the same command again goes on where this one stopped\r\n")
    running.expect(pexpect.EOF)
    running.close()
    assert running.exitstatus == 130
    assert b"Traceback" not in running.before
    assert cli.run("stat", "large").returncode == 3


def test_ctrl_c_while_standard_input_is_waited_for_ends_at_once(cli: Cli) -> None:
    running = in_terminal(cli, "store", "-", "--key", "typed")
    running.sendline(b"half a line")
    wait_for_transfer(cli, "typed")
    running.sendintr()
    running.expect(rb"dfs-core: interrupted")
    running.expect(pexpect.EOF)
    running.close()
    assert running.exitstatus == 130


def test_what_is_typed_is_stored_when_it_ends(cli: Cli, cluster: LocalCluster) -> None:
    running = in_terminal(cli, "store", "-", "--key", "typed whole")
    running.setecho(False)
    running.sendline(b"a line")
    running.sendeof()
    running.expect(rb"stored typed whole \(7 B")
    running.expect(pexpect.EOF)
    assert cli.ok("cat", "typed whole", node="n2") == b"a line\n"


def test_a_name_cannot_act_upon_the_terminal(cli: Cli) -> None:
    cli.ok("store", "-", "--key", "evil/\x1b[2J\u202etxt", given=b"x")
    running = in_terminal(cli, "ls", "evil/")
    running.expect(rb"evil/\\x1b\[2J\\u202etxt\r\n")
    running.expect(pexpect.EOF)
    assert b"\x1b" not in running.before


def wait_for_transfer(cli: Cli, key: str) -> None:
    """Return when the first node has begun to take a file under `key`."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status = json.loads(cli.ok("status", "--json"))
        if any(item["key"] == key and item["state"] == "active" for item in status["transfers"]):
            return
    raise AssertionError(f"no transfer of {key!r} has begun")
