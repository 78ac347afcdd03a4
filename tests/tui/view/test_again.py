"""What was done, as a command that does it again."""

from __future__ import annotations

import pytest

from dfs_tui.view.activity import Deed
from dfs_tui.view.again import NotAgain, command_again
from dfs_tui.view.commands import understood

NAMES = {"a" * 64: "n1", "b" * 64: "n2"}


def again(line: str, outcome: str = "done") -> str:
    return command_again(Deed("1", 0.0, line, outcome), NAMES)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (":node kill n2", "node kill n2"),
        (":node add --name n9", "node add --name n9"),
        (":workers pace scrub 3 n1", "workers pace scrub 3 n1"),
        (":scrub", "scrub"),
        ("dfs-core store '~/my pictures'", "store '~/my pictures'"),
        ("dfs-core store /a/b.raw --key b.raw", "store /a/b.raw"),
        ("dfs-core store /a/b.raw --key 'photos/2 4/b.raw'", "store /a/b.raw as 'photos/2 4/'"),
        ("dfs-core retrieve 'my key' -o ~/x --if-exists number", "retrieve 'my key' --if-exists number to '~/x'"),
        ("dfs-core retrieve k -o /tmp/ --if-exists skip", "retrieve k --if-exists skip to /tmp/"),
        ("dfs-core retrieve k -o /tmp/ --if-exists replace", "retrieve k"),
        ("dfs-core rm 'my key'", "rm 'my key'"),
        ("dfs-core verify k", "verify k"),
        ("dfs-core repair", "repair"),
        ("dfs-core collect", "collect"),
        ("dfs-core settings repair_bytes_s 1048576", "repair rate 1048576"),
        (f"dfs-core peers ban {'b' * 12} --for 10m  # on n1", "peers ban n1 n2"),
        (f"dfs-core peers allow {'a' * 12}  # on n2", "peers allow n2 n1"),
    ],
)
def test_what_has_a_key_is_done_by_a_command_that_asks_what_the_key_asks(line: str, command: str) -> None:
    assert again(line) == command
    understood(command)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("dfs-core store ''", "several places"),
        ("dfs-core rm a b", "mark them"),
        ("dfs-core rm a b c … (9 keys)", "mark them"),
        ("dfs-core restore a --version 3", "h on a key"),
        ("dfs-core retrieve k -o /tmp/ --version 3 --if-exists number", "older version"),
        (f"dfs-core peers ban {'c' * 12} --for 10m  # on n1", "not known"),
        ("dfs-core invite", "no key for this"),
        (":up, 2 nodes", ":up 3"),
        ("xdg-open '~/a.txt'", "Transfers (5)"),
    ],
)
def test_what_has_none_says_where_to_go(line: str, why: str) -> None:
    with pytest.raises(NotAgain, match=why.replace("(", r"\(").replace(")", r"\)")):
        again(line)


def test_what_is_still_being_done_is_not_done_twice() -> None:
    with pytest.raises(NotAgain, match="still being done"):
        again("dfs-core repair", outcome="")
