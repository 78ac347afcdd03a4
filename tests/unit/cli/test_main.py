"""The command as a whole: its help, its mistakes, and what it imports."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

import dfs_core
from dfs_core.cli.main import ALIASES, VERBS, dfs_core_command

Run = Callable[..., Any]

# The exact spelling that scripts depend on: verb → its options.
SPELLING = {
    "init": {"--data-dir", "--listen", "--zone", "--capacity"},
    "node": {"--data-dir", "--listen", "--advertise", "--bootstrap"},
    "invite": {"--role", "--expires", "--data-dir", "--control"},
    "join": {"--data-dir", "--listen"},
    "store": {"--key", "--prefix", "-r", "--min-copies", "--data-dir", "--control"},
    "retrieve": {"-o", "-r", "--version", "--range", "--if-exists", "--data-dir", "--control"},
    "ls": {"-l", "--json", "--data-dir", "--control"},
    "stat": {"--json", "--data-dir", "--control"},
    "find": {"-0", "--json", "--data-dir", "--control"},
    "history": {"--json", "--data-dir", "--control"},
    "restore": {"--version", "--json", "--data-dir", "--control"},
    "rm": {"-r", "--purge", "--data-dir", "--control"},
    "mv": {"--data-dir", "--control"},
    "cp": {"--data-dir", "--control"},
    "cat": {"--data-dir", "--control"},
    "status": {"--json", "--data-dir", "--control"},
    "peers": {"--json", "--data-dir", "--control", "--connect", "--operator-dir"},
    "layout": {"--json", "--data-dir", "--control"},
    "layout show": {"--json", "--data-dir", "--control"},
    "layout set": {"--zone", "--capacity", "--yes", "--json", "--data-dir", "--control"},
    "drain": {"--undo", "--no-wait", "--yes", "--data-dir", "--control"},
    "settings": {"--yes", "--json", "--data-dir", "--control"},
    "collect": {"--dry-run", "--json", "--data-dir", "--control"},
    "scrub": {"--now", "--json", "--data-dir", "--control"},
    "repair": {"--json", "--data-dir", "--control"},
    "health": {"--items", "--json", "--data-dir", "--control"},
    "verify": {"--json", "--data-dir", "--control"},
    "workers": {"--json", "--data-dir", "--control"},
    "remove": {"--force", "--yes", "--data-dir", "--control"},
    "local up": {"--nodes", "--root", "--base-port", "--json"},
    "local down": {"--root"},
    "local status": {"--root", "--json"},
    "rotate": {"--json", "--data-dir", "--control"},
    "recovery show": {"--confirm", "--data-dir", "--control"},
    "recovery export": {"--data-dir", "--control"},
    "recovery check": {"--data-dir", "--control"},
    "recovery snapshot": {"--list", "--json", "--data-dir", "--control"},
    "recovery restore": {"--from", "--yes", "--listen", "--zone", "--capacity", "--data-dir", "--json"},
    "recovery confirm": {"--data-dir", "--control"},
}


def command_of(path: str) -> click.Command:
    """The click command behind "verb" or "group verb"."""
    command: click.Command = dfs_core_command
    for word in path.split():
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None, path
        command = found
    return command


@pytest.mark.parametrize("path", SPELLING)
def test_every_verb_has_its_agreed_options(path: str) -> None:
    options = {text for param in command_of(path).params for text in (*param.opts, *param.secondary_opts)}
    assert options >= SPELLING[path]


@pytest.mark.parametrize("path", SPELLING)
def test_the_help_of_every_verb_says_what_it_does_and_each_option_too(run: Run, path: str) -> None:
    command = command_of(path)
    assert command.help is not None
    assert command.help[0].isupper()
    for param in command.params:
        if isinstance(param, click.Option):
            assert param.help, f"{path} {param.opts}"
            assert param.help.endswith((".", ")")), f"{path} {param.opts}: {param.help}"
    for flag in ("-h", "--help"):
        assert run(*path.split(), flag).code == 0


def test_every_verb_is_in_the_help_and_in_the_table_of_spellings(run: Run) -> None:
    assert {path.split()[0] for path in SPELLING} == set(VERBS)
    for name, verb in VERBS.items():
        command = command_of(name)
        first = (command.help or "").split("\n\n")[0].replace("\n", " ").strip()
        assert verb.help.endswith(".")
        assert first, name


def test_put_and_get_are_the_same_commands() -> None:
    assert ALIASES == {"put": "store", "get": "retrieve"}
    assert command_of("put") is command_of("store")
    assert command_of("get") is command_of("retrieve")


@pytest.mark.parametrize("group", ["", "local", "recovery"])
def test_a_group_alone_shows_its_help_and_is_a_mistake(run: Run, group: str) -> None:
    ended = run(*group.split())
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Usage: ")
    assert len(ended.err.splitlines()) > 5


@pytest.mark.parametrize(
    "arguments",
    [
        ("bogus",),
        ("ls", "--bogus"),
        ("stat",),
        ("mv", "one"),
        ("store", "x", "--min-copies", "0"),
        ("retrieve", "k", "--range", "5"),
        ("invite", "--role", "king"),
        ("invite", "--expires", "soon"),
        ("init", "--capacity", "lots"),
        ("store", "a", "b", "--key", "k"),
        ("store", "a", "--key", "k", "--prefix", "p"),
        ("store", "-"),
        ("retrieve", "k", "-r", "--range", "0-1"),
        ("retrieve", "", "-r"),
        ("retrieve", "k", "-o", "-", "--if-exists", "skip"),
        ("retrieve", "k", "--if-exists", "ask"),
        ("ls", "-l", "--json"),
    ],
)
def test_a_mistake_in_the_command_line_is_one_line_that_leads_to_the_help(run: Run, arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)
    assert ended.code == 2, ended
    assert ended.out == ""
    assert ended.err.startswith("dfs-core: ")
    assert ended.err.count("\n") == 1


def test_the_version_needs_next_to_no_import() -> None:
    found = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "dfs_core", "--version"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(dfs_core.__file__).parents[1])},
    )
    assert found.stdout == f"dfs-core {dfs_core.__version__}\n"
    imported = {line.rpartition("|")[2].strip() for line in found.stderr.splitlines()}
    assert not imported & {"asyncio", "click", "msgspec", "blake3", "ssl", "cryptography", "dfs_core.cli"}


@pytest.mark.parametrize("verb", ["ls", "stat", "store", "retrieve", "status"])
def test_a_clients_verb_imports_no_node_no_cryptography_and_no_screen(verb: str) -> None:
    program = (
        "import sys; from dfs_core.cli.main import main; "
        f"main({[verb, '--control', '/nowhere.sock', *([] if verb == 'status' else [__file__])]!r}); "
        "print('\\n'.join(sys.modules))"
    )
    found = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(dfs_core.__file__).parents[1])},
    )
    assert "no node is running" in found.stderr
    imported = set(found.stdout.split())
    assert "dfs_core.transport.link" in imported, "it came as far as dialling"
    unwanted = {"cryptography", "rich", "textual", "sqlite3", "dfs_core.server", "dfs_core.replication"}
    assert not imported & unwanted
