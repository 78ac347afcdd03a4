"""What clients asked of a simulated cluster and what they were told; and whether one answer fits all the others.

Order is by `moment`, a number that only grows. An attempt is *done* once its client was told so, *void* once it was
told that it never will be, and *open* otherwise: an open one may be done, now or later, or never.
"""

from __future__ import annotations

from dataclasses import dataclass, field

OPEN, DONE, VOID = "open", "done", "void"


@dataclass(eq=False)
class Attempt:
    """One try to change a key. `content` None: to remove it."""

    key: str
    content: bytes | None
    version_id: bytes
    began: int
    ended: int = 0
    fate: str = OPEN
    version: int = 0
    why: str = ""
    purged: bool | None = False  # None: it may be

    def __repr__(self) -> str:
        what = "remove" if self.content is None else f"{len(self.content)} bytes"
        return f"{self.key}: {what}, version {self.version}, {self.fate} {self.began}–{self.ended} {self.why}"


@dataclass
class History:
    """All attempts, and what reads have shown. Raises AssertionError where an answer contradicts it."""

    attempts: list[Attempt] = field(default_factory=list)
    moment: int = 0
    _by_id: dict[bytes, Attempt] = field(default_factory=dict)
    _seen: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # key → (moment, version)

    def now(self) -> int:
        """A moment later than all before."""
        self.moment += 1
        return self.moment

    def begin(self, key: str, content: bytes | None, version_id: bytes) -> Attempt:
        """A client asks for a change."""
        attempt = Attempt(key, content, version_id, self.now())
        self.attempts.append(attempt)
        self._by_id[version_id] = attempt
        return attempt

    def end(self, attempt: Attempt, fate: str, version: int = 0, why: str = "") -> None:
        """The client is told what became of it; `version` 0 where it is not told."""
        assert attempt.fate in (OPEN, fate), f"{attempt} is told twice, otherwise: {fate}"
        assert attempt.fate != DONE or not version or attempt.version == version, f"{attempt} is version {version} too"
        attempt.fate, attempt.ended, attempt.why = fate, attempt.ended or self.now(), why
        if fate == DONE and version:
            attempt.version = version
            self._seen.setdefault(attempt.key, []).append((attempt.ended, version))

    def least(self, key: str, began: int) -> int:
        """The newest version of `key` that anybody had been told of before the moment `began`; 0: none."""
        return max((version for moment, version in self._seen.get(key, ()) if moment < began), default=0)

    def check_found(self, key: str, began: int, version: int, version_id: bytes, *, stale: bool) -> Attempt:
        """A read that began at `began` shows this version of `key`. Returns the attempt that made it."""
        attempt = self._by_id.get(version_id)
        assert attempt is not None, f"{key} version {version} was stored by nobody"
        assert attempt.key == key and attempt.content is not None, f"{key} version {version} shows {attempt}"
        assert attempt.fate != VOID, f"a store that was void is there: {attempt}"
        assert attempt.version in (0, version), f"{attempt} is shown as version {version}"
        if not stale:
            least = self.least(key, began)
            assert version >= least, f"{key} shows version {version} after version {least} was told"
            self._seen.setdefault(key, []).append((self.now(), version))
        return attempt

    def check_missing(self, key: str, began: int, *, stale: bool) -> None:
        """A read that began at `began` shows no `key`: somebody must have removed what was there."""
        least = 0 if stale else self.least(key, began)
        if not least:
            return
        maker = next((each for each in self.attempts if each.key == key and each.version == least), None)
        for other in self.attempts:
            if other.key == key and other.content is None and other.fate != VOID:
                over_before = other.fate == DONE and maker is not None and other.ended < maker.began
                if not over_before:
                    return
        raise AssertionError(f"{key} is missing after version {least} was told, and nobody removed it")

    def of(self, fate: str) -> list[Attempt]:
        """All attempts of that fate."""
        return [attempt for attempt in self.attempts if attempt.fate == fate]
