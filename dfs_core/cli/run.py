"""Running a verb: one event loop, one client, and an end that is one line and an exit code, never a traceback."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from dfs_core.cli.exit_codes import BROKEN_PIPE, INTERRUPTED, OK, PART, USAGE, exit_code_of
from dfs_core.cli.terminal import say
from dfs_core.errors import DfsError, InvalidInput

if TYPE_CHECKING:
    from dfs_core.client.client import Client

Result = TypeVar("Result")


class Where:
    """Which node a verb talks to; resolved when it is needed, so that `--help` looks for nothing."""

    def __init__(
        self,
        data_dir: str | None,
        control: str | None,
        connect: str | None = None,
        operator_dir: str | None = None,
    ) -> None:
        self.data_dir, self.control = data_dir, control
        self.connect, self.operator_dir = connect, operator_dir

    @property
    def elsewhere(self) -> bool:
        """Whether that node is reached over TLS, as an operator."""
        named = self.connect or os.environ.get("DFS_CONNECT", "")
        return bool(self.operator_dir or (named and not (self.control or self.data_dir)))


def with_client(where: Where, use: Callable[..., Awaitable[Result]]) -> Result:
    """Connect to the node, run `use(client)`, say goodbye. DfsError as either raised it."""

    async def conversation() -> Result:
        async with await connected(where) as client:
            return await use(client)

    return run_async(conversation())


async def connected(where: Where) -> Client:
    """A client of the node that is meant: over TLS with --connect or --operator-dir, else of this machine's."""
    from dfs_core.cli.finding import find_control
    from dfs_core.client.client import Client
    from dfs_core.local.places import operator_dir

    if where.elsewhere:
        address = where.connect or os.environ.get("DFS_CONNECT", "")
        return await Client.connect_tls(where.operator_dir or operator_dir(), address)
    if where.connect:
        raise InvalidInput("--connect names a node elsewhere, --data-dir and --control one of this machine: give one")
    return await Client.connect(find_control(where.data_dir, where.control))


def run_async(main: Coroutine[Any, Any, Result]) -> Result:
    """As asyncio.run; but Ctrl-C does not wait for threads that are blocked in a read or write of a pipe."""
    runner = asyncio.Runner()
    result = runner.run(main)  # an interrupted runner is left as it is: the process ends at once
    runner.close()
    return result


def run_command(command: Callable[[], object]) -> int:
    """Run a click command that was given its arguments; every way it may end becomes an exit code."""
    try:
        code = command()
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(f"{error.format_message()}\n")
        return USAGE
    except click.UsageError as error:
        say(_usage_text(error))
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        say("interrupted; the same command again goes on where this one stopped")
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except DfsError as error:
        if os.environ.get("DFS_DEBUG"):
            raise
        say(str(error))
        return exit_code_of(error)
    except OSError as error:
        if os.environ.get("DFS_DEBUG"):
            raise
        say(": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
        return PART
    return code if isinstance(code, int) else OK


def _usage_text(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx else "dfs-core"
    text = error.format_message().rstrip(".")
    return f"{text}; see '{command} --help'"


def end(code: int) -> NoReturn:
    """End the process with `code`, without waiting for blocked threads and without complaints about closed pipes."""
    if code == BROKEN_PIPE:
        os._exit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    if code == INTERRUPTED:
        os._exit(code)
    sys.exit(code)
