"""Which keys a line means: one by its name, or all that a pattern matches, as in `photos/*`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import translate


def is_pattern(wanted: str) -> bool:
    """Does it have a letter that stands for others?"""
    return any(char in wanted for char in "*?[")


def keys_meant(wanted: str, keys: Mapping[str, object]) -> list[str]:
    """The key of this name, else those that the pattern matches, in order. `*` is any letters, slashes too.

    A name with a slash at its end means everything below that folder.
    """
    if wanted in keys:
        return [wanted]
    if wanted.endswith("/"):
        return sorted(key for key in keys if key.startswith(wanted))
    if not is_pattern(wanted):
        return []
    matches = re.compile(translate(wanted)).match
    return sorted(key for key in keys if matches(key))
