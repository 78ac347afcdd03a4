"""Write docs/settings.md from the settings themselves: `python docs/make_settings.py`. A test says when it is due."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path

from dfs_core.catalog.settings import SETTINGS, amount, smallest
from dfs_core.server.config import CONFIG_NAME, NodeConfig

PLACE = Path(__file__).with_name("settings.md")
INTRODUCTION = f"""# Settings

<!-- Made by docs/make_settings.py from the code; edit the meanings there. -->

## One node

In `<data dir>/{CONFIG_NAME}` (TOML), in the environment (lists with commas), or, where `dfs-core node` has such an
option, on the command line. The command line wins over the environment, and that over the file. A setting that does not
exist is refused with the place where it was found.

| Setting | Environment | Default | Meaning |
|---|---|---|---|
"""
CLUSTER = """
`dfs-core init` and `dfs-core join` write the file with what they were told. There is no need for one: every setting has
a default.

## The whole cluster

These are in the catalog, so they are the same on every node and change by an entry in the log: `dfs-core settings NAME
VALUE`. A value out of bounds is refused; so no policy keeps nothing: the current version always stays. Durations are
written with a unit (`3d`, `90s`); a number alone is milliseconds, and less than is sensible is refused.

| Setting | Default | Smallest | Largest | Meaning |
|---|---|---|---|---|
"""


def shown(value: object) -> str:
    """A default as it would be written in the file; nothing for an empty one."""
    if isinstance(value, tuple):
        return "`[]`"
    return f"`{value}`" if value else "(none)"


def document() -> str:
    """The whole of docs/settings.md."""
    text = INTRODUCTION
    for item in fields(NodeConfig):
        if item.name == "data_dir":
            continue
        default = item.default if item.default is not MISSING else ()
        meaning = item.metadata["meaning"]
        text += f"| `{item.name}` | `DFS_{item.name.upper()}` | {shown(default)} | {meaning} |\n"
    text += CLUSTER
    for name, setting in SETTINGS.items():
        least = " or ".join(amount(name, value) for value in smallest(setting))
        text += f"| `{name}` | {amount(name, setting.default)} | {least} | {amount(name, setting.most)} |"
        text += f" {setting.means} |\n"
    return text


if __name__ == "__main__":
    PLACE.write_text(document(), encoding="utf-8")
