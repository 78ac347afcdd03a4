"""Questions to whoever sits at the terminal. They go to standard error, so that a pipe has only the answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from dfs_core.cli.terminal import say
from dfs_core.errors import InvalidInput


def answer(question: str) -> str:
    """What is typed, in lower case and without spaces around it; empty at the end of input."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower()


def go_on(described: Sequence[str], *, yes: bool) -> bool:
    """Say what will be done, and whether it shall be: only the whole word will do. `yes`: it was said beforehand."""
    for line in described:
        say(line)
    return yes or answer("Go on? Type 'yes': ") == "yes"


def confirmed(question: str) -> bool:
    """Ask a person. InvalidInput where there is none: a script says --yes."""
    if not sys.stdin.isatty():
        raise InvalidInput("there is nobody to ask; say --yes to have it done")
    return click.confirm(question, default=False, err=True)
