"""What a client may ask of keys beyond their current versions by name: what they were, and which hold a text."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dfs_core.encoding.control_messages import KeyEntry, KeyPage
from dfs_core.encoding.message import Message


class FindKeys(Message, frozen=True, tag="find_keys"):
    """Current keys that contain `text` (ASCII letters in either case), after `after`, at most `limit`, by key."""

    text: str
    after: str = ""
    limit: int = 1000
    reply: ClassVar[type[msgspec.Struct] | None] = KeyPage


class VersionPage(Message, frozen=True, tag="version_page"):
    """Versions of one key, newest first, tombstones included; `before` is where to go on, 0 at the end."""

    entries: list[KeyEntry]
    before: int
    stale: bool


class GetHistory(Message, frozen=True, tag="get_history"):
    """The versions of `key` that are kept, also of a removed one. With `before`: those with smaller numbers."""

    key: str
    before: int = 0
    limit: int = 1000
    reply: ClassVar[type[msgspec.Struct] | None] = VersionPage


HISTORY_MESSAGES: tuple[type[Message], ...] = (FindKeys, GetHistory, VersionPage)
