"""The queue of copies owed: one item is one chunk and one holder that should have it and has not.

It is on disk, so that a crash forgets nothing: an item leaves only by `done`. Being worked on is kept in memory alone,
hence what a crash interrupted is simply due again. An item that failed waits, twice as long after each failure, up to
`RESYNC_BACKOFF_S_MAX`. Of those that are due, the chunks with the fewest copies come first: they are nearest to being
lost.

`now` is seconds on one clock that goes on across restarts, in practice the wall clock. It orders nothing that matters;
set forward, items come early; set back, `take` sees attempts that seem to lie in the future and moves them, with the
rest of their wait, to now, so nothing waits longer than its backoff.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence

from dfs_core.limits import COPIES_MAX, RESYNC_BACKOFF_S_MAX, RESYNC_BACKOFF_S_MIN
from dfs_core.model.ids import Address, NodeId
from dfs_core.store.state import NodeState

Item = tuple[Address, NodeId]

COPIES_UNKNOWN = 1  # as good as the last one, until somebody knows better
_ERROR_CHARACTERS_MAX = 500  # of the last failure: for people
_DOUBLINGS_MAX = 32  # beyond it 2**n would only be cut down again


class ResyncQueue:
    """All calls block, any thread may make them; a change is durable when its call returns. StoreError, StoreFull."""

    def __init__(self, state: NodeState) -> None:
        """The queue in the node's state. One at a time for one state: it alone knows what is being worked on."""
        self._file = state.file
        self._taken: set[Item] = set()
        self._taking = threading.Lock()
        self._counting = threading.Lock()
        self._counted: dict[int, int] | None = None  # items by copies; counting a long queue anew takes a while

    def add_all(self, items: Sequence[Item], now: float, copies: int = COPIES_UNKNOWN) -> None:
        """Queue these, due at once; of each chunk so many other copies are known.

        One that is queued already keeps its age and its backoff, and is known to have so many copies from now on.
        """
        moved: Counter[int] = Counter()
        self._counts()
        with self._file.writing() as connection:
            for address, holder in items:
                key = (address.digest, holder.digest)
                row = connection.execute("SELECT copies FROM resync WHERE address = ? AND holder = ?", key).fetchone()
                if row is None:
                    connection.execute(
                        "INSERT INTO resync VALUES (?, ?, ?, ?, ?, 0, '', ?)", (*key, *[now] * 3, copies)
                    )
                else:
                    connection.execute("UPDATE resync SET copies = ? WHERE address = ? AND holder = ?", (copies, *key))
                    moved[row[0]] -= 1
                moved[copies] += 1
        self._count(moved)

    def take(self, now: float, limit: int, least: int = 0, most: int = COPIES_MAX) -> list[Item]:
        """At most `limit` items that are due, of chunks with `least` to `most` copies, both included.

        Fewest copies first, then longest due. Each is the caller's until `done`, `failed` or `give_back`.
        """
        with self._taking:
            self._mind_the_clock(now)
            found: list[Item] = []
            for copies in self._classes(least, most):
                with self._file.reading() as connection:
                    rows = connection.execute(
                        "SELECT address, holder FROM resync WHERE copies = ? AND due_at <= ?"
                        " ORDER BY due_at, address, holder LIMIT ?",
                        (copies, now, limit + len(self._taken)),
                    ).fetchall()
                due = [(Address(address), NodeId(holder)) for address, holder in rows]
                found += [item for item in due if item not in self._taken]
                if len(found) >= limit:
                    break
            found = found[:limit]
            self._taken.update(found)
            return found

    def done(self, address: Address, holder: NodeId) -> None:
        """The holder has its copy, or need not have it: the item is gone. Gone already is fine."""
        self.done_all([(address, holder)])

    def done_all(self, items: Sequence[Item]) -> None:
        """As `done`, for all of these at once."""
        moved: Counter[int] = Counter()
        self._counts()
        with self._file.writing() as connection:
            for address, holder in items:
                key = (address.digest, holder.digest)
                row = connection.execute("SELECT copies FROM resync WHERE address = ? AND holder = ?", key).fetchone()
                if row is not None:
                    connection.execute("DELETE FROM resync WHERE address = ? AND holder = ?", key)
                    moved[row[0]] -= 1
        self._count(moved)
        self.give_back(items)

    def failed(self, address: Address, holder: NodeId, now: float, error: str) -> None:
        """It could not be done now: the item waits, twice as long as the last time."""
        key = (address.digest, holder.digest)
        with self._file.writing() as connection:
            row = connection.execute("SELECT attempts FROM resync WHERE address = ? AND holder = ?", key).fetchone()
            if row is not None:
                wait_s = min(RESYNC_BACKOFF_S_MIN * 2 ** min(row[0], _DOUBLINGS_MAX), RESYNC_BACKOFF_S_MAX)
                connection.execute(
                    "UPDATE resync SET attempts = attempts + 1, tried_at = ?, due_at = ?, error = ?"
                    " WHERE address = ? AND holder = ?",
                    (now, now + wait_s, error[:_ERROR_CHARACTERS_MAX], *key),
                )
        self.give_back([(address, holder)])

    def give_back(self, items: Sequence[Item]) -> None:
        """Nothing came of these: they are due as they were. Writes nothing, so it goes on a full disk, too."""
        with self._taking:
            self._taken.difference_update(items)

    def hurry(self, holder: NodeId | None, now: float) -> None:
        """What this holder is owed (None: what anybody is) is due at once, whatever its backoff: there is news."""
        with self._file.writing() as connection:
            if holder is None:
                connection.execute("UPDATE resync SET due_at = ? WHERE due_at > ?", (now, now))
            else:
                connection.execute(
                    "UPDATE resync SET due_at = ? WHERE holder = ? AND due_at > ?", (now, holder.digest, now)
                )

    def length(self, least: int = 0, most: int = COPIES_MAX) -> int:
        """How many items are queued of chunks with so many copies, those being worked on among them."""
        return sum(count for copies, count in self._counts().items() if least <= copies <= most)

    def oldest(self, now: float, least: int = 0, most: int = COPIES_MAX) -> float | None:
        """For how many seconds the oldest of these items has been queued; None: there is none."""
        ages: list[float] = []
        for copies in self._classes(least, most):
            with self._file.reading() as connection:
                (added_at,) = connection.execute(
                    "SELECT MIN(added_at) FROM resync WHERE copies = ?", (copies,)
                ).fetchone()
            if added_at is not None:
                ages.append(max(0.0, now - added_at))
        return max(ages, default=None)

    def _counts(self) -> dict[int, int]:
        with self._counting:
            if self._counted is None:
                with self._file.reading() as connection:
                    self._counted = dict(connection.execute("SELECT copies, COUNT(*) FROM resync GROUP BY copies"))
            return dict(self._counted)

    def _count(self, moved: Mapping[int, int]) -> None:
        """So many items more, by copies."""
        with self._counting:
            assert self._counted is not None, "counted before anything was changed"
            for copies, count in moved.items():
                self._counted[copies] = self._counted.get(copies, 0) + count

    def _classes(self, least: int, most: int) -> list[int]:
        """The numbers of copies that queued chunks have, the fewest first."""
        return sorted(copies for copies, count in self._counts().items() if count and least <= copies <= most)

    def _mind_the_clock(self, now: float) -> None:
        with self._file.reading() as connection:
            ahead = connection.execute("SELECT 1 FROM resync WHERE tried_at > ? LIMIT 1", (now,)).fetchone()
        if ahead is None:
            return
        with self._file.writing() as connection:
            connection.execute(
                "UPDATE resync SET due_at = ? + (due_at - tried_at), tried_at = ? WHERE tried_at > ?", (now, now, now)
            )
