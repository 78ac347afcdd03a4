"""`dfs-core settings`: what is agreed for the whole cluster, and changing it."""

from __future__ import annotations

import click

from dfs_core.cli.asking import confirmed
from dfs_core.cli.options import json_option, node_options, yes_option
from dfs_core.cli.output import STALE, out_json, out_table
from dfs_core.cli.run import Where, with_client
from dfs_core.cli.sizes import counted, format_size, parse_duration, parse_size
from dfs_core.cli.terminal import out, say
from dfs_core.cli.waiting import decided
from dfs_core.client import Client, InvalidInput, SettingEntry
from dfs_core.limits import COPIES_MAX


@click.command()
@click.argument("name", required=False)
@click.argument("value", required=False)
@yes_option
@json_option
@node_options
def settings(name: str | None, value: str | None, yes: bool, as_json: bool, where: Where) -> int:
    """Show the cluster's settings, or the one NAME; with VALUE, change it on every node at once.

    Another number of copies says first what that moves, and fewer are asked about. VALUE is a whole number, a duration
    (7d, 12h) where NAME ends in _ms, a size (4M) where it ends in _bytes or _bytes_s.
    """

    async def talk(client: Client) -> int:
        if name is not None and value is not None:
            wanted = _parse(name, value)
            if name == "copies" and 1 <= wanted <= COPIES_MAX:
                fewer = await _tell_copies(client, wanted)
                if fewer and not yes and not confirmed(f"Keep only {wanted} of each chunk?"):
                    out("nothing was changed")
                    return 0
            await decided(client, client.change_setting(name, wanted))
        found = await client.settings()
        if found.stale:
            say(STALE)
        chosen = [setting for setting in found.settings if name in (None, setting.name)]
        if not chosen:
            known = ", ".join(setting.name for setting in found.settings)
            raise InvalidInput(f"there is no setting {name!r}; there are {known}")
        if as_json:
            for setting in chosen:
                out_json(setting)
        elif name is not None:
            out(_shown(name, chosen[0].value))
        else:
            out_table(("SETTING", "VALUE", "DEFAULT", "MEANS"), [_row(setting) for setting in chosen])
        return 0

    return with_client(where, talk)


async def _tell_copies(client: Client, copies: int) -> bool:
    """Say what another number of copies moves and leaves room for. True: there would be fewer."""
    found = await decided(client, client.preview_layout([], copies))
    if found.copies_before != found.copies_after:
        say(
            f"{counted(found.copies_after, 'copy')} instead of {found.copies_before}: {found.moved_chunks:,} more made,"
            f" {format_size(found.moved_bytes)}; {format_size(found.usable_after)} fit afterwards,"
            f" {format_size(found.usable_before)} before"
        )
    return found.copies_after < found.copies_before


def _row(setting: SettingEntry) -> tuple[str, str, str, str]:
    name = setting.name
    return (name, _shown(name, setting.value), _shown(name, setting.default), setting.means)


def _parse(name: str, value: str) -> int:
    """A setting's value as people write it. InvalidInput."""
    if value.isascii() and value.isdigit():
        return int(value)
    if name.endswith("_ms"):
        return int(parse_duration(value) * 1000)
    if name.endswith(("_bytes", "_bytes_s")):
        return parse_size(value)
    raise InvalidInput(f"{name} is a whole number, not {value!r}")


def _shown(name: str, value: int) -> str:
    """In the largest unit that loses nothing, else as it is."""
    if name.endswith("_ms") and value:
        for unit_ms, unit in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")):
            if value % unit_ms == 0:
                return f"{value // unit_ms:,} {unit}"
    if name.endswith(("_bytes", "_bytes_s")) and value % 1024 == 0:
        return format_size(value)
    return f"{value:,}"
