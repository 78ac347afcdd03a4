"""Every setting of one node, its default and its meaning. Cluster settings are in the catalog, not here.

Read from `<data dir>/node.toml`, then the environment (`DFS_` + name in capitals), then the command line; later ones
win. Unknown keys are refused, because a misspelt setting that is silently ignored is found on the worst of days.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from dfs_core.errors import ConfigError, InvalidInput
from dfs_core.limits import ZONE_BYTES_MAX
from dfs_core.model.member import check_host_port, check_zone

Mdns = Literal["auto", "on", "off"]
Durability = Literal["durable", "relaxed"]
CONFIG_NAME = "node.toml"
PORT_DEFAULT = 7420


def setting(default: object, meaning: str) -> Any:
    """A field of NodeConfig with its meaning, from which docs/settings.md is made."""
    factory = {"default_factory": tuple} if default == () else {"default": default}
    return field(**factory, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """One node's settings, checked."""

    data_dir: Path
    listen: str = setting(f"0.0.0.0:{PORT_DEFAULT}", "HOST:PORT to accept other nodes on; port 0 takes a free one")
    advertise: tuple[str, ...] = setting((), "HOST:PORT by which others reach this node; found out when not given")
    bootstrap: tuple[str, ...] = setting((), "addresses of nodes to dial although their owner is not known yet")
    mdns: Mdns = setting(
        "auto", "'on' or 'off': find and be found on the local network; 'auto': unless it listens on loopback only"
    )
    durability: Durability = setting(
        "durable", "'durable' syncs before it answers; 'relaxed' does not, and status says so"
    )
    metrics: str = setting("", "HOST:PORT that answers GET /metrics for Prometheus; a port alone: on this machine only")
    name: str = setting("", "what people call this node; its short id when not given")

    def __post_init__(self) -> None:
        _check_listen(self.listen)
        if self.metrics:
            _check_listen(self.metrics if ":" in self.metrics else f"localhost:{self.metrics}")
        for address in (*self.advertise, *self.bootstrap):
            check_host_port(address)
        if self.durability not in get_args(Durability):
            raise InvalidInput(f"durability is 'durable' or 'relaxed', not {self.durability!r}")
        if self.mdns not in get_args(Mdns):
            raise InvalidInput(f"mdns is 'auto', 'on' or 'off', not {self.mdns!r}")
        try:
            check_zone(self.name)  # a name is made of what a zone is made of
        except InvalidInput:
            raise InvalidInput(f"a name is at most {ZONE_BYTES_MAX} bytes of printable text: {self.name!r}") from None

    @classmethod
    def load(cls, data_dir: Path, overrides: Mapping[str, object] | None = None) -> NodeConfig:
        """Read node.toml (if there is one), the environment, then `overrides` (None values are left out).

        ConfigError names the place and the key.
        """
        known = {item.name for item in fields(cls)} - {"data_dir"}
        values: dict[str, tuple[object, str]] = {}
        path = data_dir / CONFIG_NAME
        for name, value in _read(path).items():
            values[name] = (value, str(path))
        for name in known:
            text = os.environ.get(f"DFS_{name.upper()}")
            if text is not None:
                values[name] = (text, f"the environment variable DFS_{name.upper()}")
        for name, value in (overrides or {}).items():
            if value not in (None, ()):
                values[name] = (value, f"--{name.replace('_', '-')}")
        checked: dict[str, object] = {}
        for name, (value, place) in values.items():
            if name not in known:
                raise ConfigError(f"{place}: unknown setting {name!r}; known are {', '.join(sorted(known))}")
            checked[name] = _typed(name, value, place)
        try:
            return cls(data_dir=data_dir, **checked)  # type: ignore[arg-type]
        except InvalidInput as error:
            places = ", ".join(sorted({place for _, place in values.values()}))
            raise ConfigError(f"{places}: {error}") from error


def render_config(values: Mapping[str, object]) -> str:
    """node.toml's text for these settings (text, or list of text)."""
    lines = ["# Settings of this node; docs/settings.md explains each. Command line options win over this file."]
    for name, value in values.items():
        items = list(value) if isinstance(value, tuple | list) else value
        lines.append(f"{name} = {_toml(items)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _typed(name: str, value: object, place: str) -> object:
    if name in ("advertise", "bootstrap"):
        items = value.split(",") if isinstance(value, str) else value
        if isinstance(items, list | tuple) and all(isinstance(item, str) for item in items):
            return tuple(item.strip() for item in items if item.strip())
        raise ConfigError(f"{place}: {name} is a list of HOST:PORT")
    if not isinstance(value, str):
        raise ConfigError(f"{place}: {name} is text, not {value!r}")
    return value


def _check_listen(text: str) -> None:
    host, _, port = text.rpartition(":")
    if port == "0" and host:
        check_host_port(f"{host}:1")
    else:
        check_host_port(text)
