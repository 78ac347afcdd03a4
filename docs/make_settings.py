"""Write docs/settings.md from the settings themselves: `python docs/make_settings.py`. A test says when it is due."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path

from dfs_core.catalog.settings import SETTINGS
from dfs_core.limits import GIB, KIB, MIB
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
VALUE`. A value out of bounds is refused; so no policy keeps nothing: the current version always stays. What
`grace_ms` governs (collecting) comes later.

| Setting | Default | Smallest | Largest | Meaning |
|---|---|---|---|---|
"""


def shown(value: object) -> str:
    """A default as it would be written in the file; nothing for an empty one."""
    if isinstance(value, tuple):
        return "`[]`"
    return f"`{value}`" if value else "(none)"


def number(name: str, value: int) -> str:
    """A cluster setting's value, and what it amounts to."""
    if name.endswith("_ms"):
        for size, unit in ((86_400_000, "d"), (60_000, "min"), (1000, "s")):
            if value and value % size == 0:
                return f"{value:,} ({value // size} {unit})"
    if name.endswith("_bytes"):
        for size, unit in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
            if value and value % size == 0:
                return f"{value:,} ({value // size} {unit})"
    return f"{value:,}"


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
        bounds = " | ".join(number(name, value) for value in (setting.default, setting.least, setting.most))
        text += f"| `{name}` | {bounds} | {setting.means} |\n"
    return text


if __name__ == "__main__":
    PLACE.write_text(document(), encoding="utf-8")
