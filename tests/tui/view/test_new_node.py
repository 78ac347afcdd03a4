"""What is typed for a new node, and the command that a shell would take for it."""

from __future__ import annotations

import shlex

import click
import pytest

from dfs_core.cli.local import local
from dfs_tui.view.new_node import command_line, fields_of, folded, read_fields, read_words, size_words
from dfs_tui.view.values import NewNode

FULL = NewNode("tea", "~/my disk/tea", 7421, 500 << 30, "dfs1-secret")


def test_fields_are_read_and_written_back() -> None:
    new, troubles = read_fields(fields_of(FULL))
    assert (new, troubles) == (FULL, {})
    assert read_fields({}) == (NewNode(), {})
    assert read_fields({"name": " tea "}, replaces="n6")[0] == NewNode("tea", replaces="n6")


@pytest.mark.parametrize("port", ["x", "-1", "74 21", "0", "³"])
def test_a_port_that_is_no_number_is_said(port: str) -> None:
    new, troubles = read_fields({"port": port, "name": "tea"})
    assert (new.name, new.port) == ("tea", 0)
    assert troubles == {"port": "a port is a number, like 7421"}


@pytest.mark.parametrize("size", ["lots", "5 parsecs", "-3G", "0"])
def test_a_size_that_is_none_is_said(size: str) -> None:
    assert read_fields({"capacity": size})[1].keys() == {"capacity"}


@pytest.mark.parametrize(
    ("size", "words"), [(500 << 30, "500G"), (3 << 39, "1536G"), (1 << 40, "1T"), (1 << 20, "1M"), (3000, "3000")]
)
def test_a_size_is_written_without_a_remainder(size: int, words: str) -> None:
    assert size_words(size) == words


def parsed(line: str) -> dict[str, object]:
    """What the command line itself makes of the line."""
    program, group, *words = shlex.split(line)
    assert (program, group, words[0]) == ("dfs-core", "local", "add")
    command = local.get_command(click.Context(local), words[0])
    assert command is not None
    return command.make_context(words[0], words[1:]).params


def test_the_command_is_one_that_the_shell_takes_and_means_the_same() -> None:
    params = parsed(command_line(FULL, "/data/my root"))
    assert (params["name"], params["folder"], params["port"]) == ("tea", "~/my disk/tea", 7421)
    assert (params["capacity"], params["line"], str(params["root"])) == (500 << 30, "-", "/data/my root")
    assert "dfs1-secret" not in command_line(FULL), "it would be in a history, and seen by every user"


def test_what_is_chosen_anyway_is_not_in_the_command() -> None:
    assert command_line(NewNode()) == "dfs-core local add"
    assert set(parsed("dfs-core local add").values()) <= {"", None, False}


def test_a_long_command_is_folded_and_nothing_of_it_is_left_out() -> None:
    line = command_line(FULL, "/" + "x" * 90)
    lines = folded(line, 40)
    assert max(map(len, lines)) <= 40
    assert "".join(lines).replace(" ", "") == line.replace(" ", "")
    assert folded("dfs-core local add --name tea", 40) == ["dfs-core local add --name tea"]


def test_words_behind_node_add_say_the_same() -> None:
    assert read_words(()) == NewNode()
    wanted = NewNode("tea", "~/x", 7421, 5 << 30)
    assert read_words(("tea", "--port", "7421", "--folder", "~/x", "--capacity", "5G")) == wanted
    assert read_words(("--port", "7421", "--name", "tea")) == NewNode("tea", port=7421)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tea", "cup"), "What is 'cup'?"),
        (("--colour", "red"), "What is '--colour'?"),
        (("tea", "--port"), "What comes behind '--port'?"),
        (("--port", "x"), "A port is a number"),
        (("--join", "dfs1-x"), "secret"),
        (("--invitation", "dfs1-x"), "secret"),
    ],
)
def test_words_that_make_no_sense_are_said(words: tuple[str, ...], said: str) -> None:
    found = read_words(words)
    assert isinstance(found, str)
    assert said in found
