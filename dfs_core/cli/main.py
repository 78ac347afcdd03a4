"""The `dfs-core` command: its verbs, and nothing of what they do until one is called.

Each verb lives in a module that is imported when it is called, so that `--version` and `--help` answer at once and `ls`
pays for no node.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

import click

import dfs_core
from dfs_core.cli.run import run_command


class Verb(NamedTuple):
    """Where a verb is, and the line that `dfs-core --help` has for it."""

    module: str
    name: str
    help: str


SECTIONS: dict[str, dict[str, Verb]] = {
    "Files": {
        "store": Verb("storing", "store", "Store files, folders or standard input."),
        "retrieve": Verb("retrieving", "retrieve", "Bring a stored file or folder back."),
        "cat": Verb("retrieving", "cat", "Write a stored file to standard output."),
        "ls": Verb("keys", "ls", "List keys."),
        "stat": Verb("keys", "stat", "Show all that is known about a key."),
        "find": Verb("keys", "find", "Find keys by a part of them."),
        "history": Verb("history", "history", "List the versions of a key that are kept."),
        "restore": Verb("history", "restore", "Bring an older version back, or what was removed."),
        "rm": Verb("keys", "rm", "Remove keys."),
        "mv": Verb("keys", "mv", "Give a key another name."),
        "cp": Verb("keys", "cp", "Give a key's content a second name."),
    },
    "Cluster": {
        "status": Verb("cluster", "status", "Show how a node and its cluster are."),
        "health": Verb("health", "health", "Show how the cluster's chunks are, and the files behind it."),
        "peers": Verb("cluster", "peers", "List the cluster's nodes as one node sees them."),
        "invite": Verb("membership", "invite", "Print an invitation for one new node."),
        "layout": Verb("layout", "layout", "Show what each node stores, or change its zone or capacity."),
        "drain": Verb("layout", "drain", "Move everything off a node, so that it can be removed."),
        "remove": Verb("membership", "remove", "Take a node off the cluster for ever."),
        "settings": Verb("settings", "settings", "Show the cluster's settings, or change one."),
        "collect": Verb("collect", "collect", "Free what nothing refers to any more."),
        "scrub": Verb("upkeep", "scrub", "Show how far checking the chunks is, or check all of them."),
        "repair": Verb("upkeep", "repair", "Have the cluster repair now."),
        "verify": Verb("upkeep", "verify", "Check every copy of some keys."),
        "workers": Verb("workers", "workers", "Show what a node does in the background, or steer it."),
        "recovery": Verb("recovery", "recovery", "The recovery sheet: show, check, keep it, and restore from it."),
        "rotate": Verb("recovery", "rotate", "Start a new secret epoch."),
    },
    "Nodes": {
        "init": Verb("node", "init", "Make a new cluster with this machine as its first node."),
        "join": Verb("node", "join", "Make this machine a node of a cluster that invited it."),
        "node": Verb("node", "node", "Run this machine's node."),
        "local": Verb("local", "local", "Run a cluster of several nodes on this machine."),
    },
}
VERBS: dict[str, Verb] = {name: verb for section in SECTIONS.values() for name, verb in section.items()}
ALIASES = {"put": "store", "get": "retrieve"}


class Verbs(click.Group):
    """A group that imports a verb's module only to run it or to show its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        verb = VERBS.get(ALIASES.get(cmd_name, cmd_name))
        if verb is None:
            return None
        command = getattr(importlib.import_module(f"dfs_core.cli.{verb.module}"), verb.name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, verbs in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, verb.help) for name, verb in verbs.items()])
        with formatter.section("Aliases"):
            formatter.write_dl([(alias, f"the same as {verb}") for alias, verb in ALIASES.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(dfs_core.__version__, prog_name="dfs-core", message="%(prog)s %(version)s")
def dfs_core_command() -> None:
    """Store files on several machines of your own, and get them back from any of them.

    A verb talks to the node named by --control or --data-dir, else by the environment variable DFS_DATA_DIR, else to
    the first running node of the local cluster ('dfs-core local up'). Exit codes and JSON fields: docs/cli.md.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. `arguments` None: the process's own."""
    words = list(sys.argv[1:] if arguments is None else arguments)

    def command() -> object:
        # Not click's own main(): it turns a closed pipe into exit code 1.
        with dfs_core_command.make_context("dfs-core", words) as context:
            return dfs_core_command.invoke(context)

    return run_command(command)
