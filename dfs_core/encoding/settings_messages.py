"""What a client may ask of the cluster's settings."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.message import Done, Message


class SettingEntry(msgspec.Struct, frozen=True):
    """A cluster setting as of now, with its default, its bounds (both included) and what it means."""

    name: str
    value: int
    default: int
    least: int
    most: int
    means: str


class SettingsListed(Message, frozen=True, tag="settings_listed"):
    """All settings there are. `stale`: no leader confirmed them."""

    settings: list[SettingEntry]
    stale: bool


class GetSettings(Message, frozen=True, tag="get_settings"):
    """What the cluster's settings are."""

    reply: ClassVar[type[msgspec.Struct] | None] = SettingsListed


class ChangeSetting(Message, frozen=True, tag="change_setting"):
    """Give one setting another value, for the whole cluster. Refused for an unknown name or outside its bounds."""

    name: str
    value: int
    reply: ClassVar[type[msgspec.Struct] | None] = Done


SETTINGS_MESSAGES: tuple[type[Message], ...] = (GetSettings, SettingsListed, ChangeSetting)
