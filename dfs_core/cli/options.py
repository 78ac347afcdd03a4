"""Options that several verbs share, and values of options read strictly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from dfs_core.cli.run import Where
from dfs_core.cli.sizes import ByteRange, parse_duration, parse_range, parse_size
from dfs_core.errors import InvalidInput

Command = TypeVar("Command", bound=Callable[..., Any])


class _Parsed(click.ParamType[Any]):
    """An option's value, read by one of our parsers; what they refuse is a usage error."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except InvalidInput as error:
            self.fail(str(error), param, ctx)


SIZE = _Parsed("size", parse_size)
DURATION = _Parsed("duration", parse_duration)
RANGE = _Parsed("range", parse_range)

__all__ = ["DURATION", "RANGE", "SIZE", "ByteRange", "json_option", "node_options", "yes_option"]

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def node_options(command: Command) -> Command:
    """--data-dir, --control, --connect and --operator-dir, handed to the command as `where`."""

    def keep(name: str) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
        def callback(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
            where = ctx.params.setdefault("where", Where(None, None))
            setattr(where, name, value)
            return value

        return callback

    control = click.option(
        "--control", metavar="SOCKET", expose_value=False, callback=keep("control"), help="The node's control socket."
    )
    data_dir = click.option(
        "--data-dir", metavar="DIR", expose_value=False, callback=keep("data_dir"), help="The node's data folder."
    )
    connect = click.option(
        "--connect",
        metavar="HOST:PORT",
        expose_value=False,
        callback=keep("connect"),
        help="A node elsewhere, as an operator (over TLS).",
    )
    operator_dir = click.option(
        "--operator-dir",
        metavar="DIR",
        expose_value=False,
        callback=keep("operator_dir"),
        help="The operator's folder, made by 'dfs-core join'.",
    )
    return data_dir(control(connect(operator_dir(command))))


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON (fields: docs/cli.md).")
