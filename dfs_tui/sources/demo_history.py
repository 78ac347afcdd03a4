"""What the generated keys were before: their versions, removals among them, and a few lines of text as content."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dfs_tui.view.values import KeyEntry, Version

OLDER_MAX = 3  # versions that a generated key had before
CONTENT_LINES = 24
_WORDS = ("alpine", "lake", "meeting", "budget", "draft", "review", "harbour", "garden", "release", "idea")


@dataclass
class DemoHistory:
    """Versions by key, newest first."""

    versions: dict[str, list[Version]] = field(default_factory=dict)

    def begin(self, entries: Mapping[str, KeyEntry], dice: random.Random) -> None:
        """Give some keys a past."""
        for key, entry in entries.items():
            made = [_version(entry)]
            for older in range(dice.randrange(OLDER_MAX) if entry.key.endswith(".md") else 0):
                size = max(int(entry.size_bytes * dice.uniform(0.7, 1.1)), 1)
                made.append(Version(-older - 1, size, entry.stored_s - 86400 * (older + 1), entry.stored_by))
            numbers = sorted((dice.randrange(1, max(entry.version, 2)) for _ in made[1:]), reverse=True)
            self.versions[key] = [made[0], *(replace(v, version=n) for v, n in zip(made[1:], numbers, strict=True))]

    def of(self, key: str) -> list[Version]:
        """The versions of a key; none when it never was."""
        return self.versions.get(key, [])

    def stored(self, entry: KeyEntry) -> None:
        """It has a new current version."""
        self.versions.setdefault(entry.key, []).insert(0, _version(entry))

    def removed(self, key: str, version: int, wall_s: float) -> None:
        """It ends with a tombstone."""
        self.versions.setdefault(key, []).insert(0, Version(version, 0, wall_s, removed=True))

    def find(self, key: str, version: int) -> Version | None:
        """One version; 0 is the newest that is not a removal."""
        for found in self.of(key):
            if found.version == version or (not version and not found.removed):
                return replace(found, hash=content_hash(key, found.version)) if not found.removed else found
        return None


def content(key: str, version: int) -> str:
    """What this version says: the same lines for ever, a few of them different from those of other versions."""
    lines = [f"This stands for the demo's {key!r}."]
    for number in range(CONTENT_LINES):
        dice = random.Random(f"{key} {number}")
        if random.Random(f"{key} {number} {version}").random() < 0.15:
            dice = random.Random(f"{key} {number} {version} changed")
        lines.append(" ".join(dice.choice(_WORDS) for _ in range(dice.randrange(2, 8))))
    return "\n".join(lines) + "\n"


def content_hash(key: str, version: int) -> str:
    """What stands for the hash of the file."""
    return hashlib.blake2s(content(key, version).encode()).hexdigest()


def _version(entry: KeyEntry) -> Version:
    return Version(entry.version, entry.size_bytes, entry.stored_s, entry.stored_by)
