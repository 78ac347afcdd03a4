"""What a node remembers of itself between starts: small documents, its boots, its invitations, others' addresses.

Invitations expire by the inviter's own up-time, not by a clock: wall clocks are set, jump and start at 1970, and a
line handed to a stranger must not come alive again because of it. The node tells how much time has passed
(`pass_time`, every `UPTIME_SAVE_PERIOD_S` or so) and each start counts one such period more, so that not even a node
that is always killed between two of them keeps a line open for ever. Time that the node is down is not counted: then
nobody can redeem the line either. A line lasts at least as long as promised, about a period longer at most, and up to
one period less for each restart.
"""

from __future__ import annotations

from pathlib import Path

from dfs_core.errors import InvalidInput
from dfs_core.limits import INVITATIONS_OPEN_MAX, UPTIME_SAVE_PERIOD_S
from dfs_core.model.ids import NodeId
from dfs_core.store.state_file import StateFile


class NodeState:
    """One node's state.sqlite. All calls block, any thread may make them; a change is durable when its call returns.

    StoreFull: the disk is full and nothing was changed. StoreError: the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. StoreError: another file, a newer schema, damaged, or it cannot be used."""
        self.file = StateFile(path)

    def close(self) -> None:
        """A second call does nothing."""
        self.file.close()

    # -- small documents

    def get(self, name: str) -> bytes | None:
        """What was last put under this name, or None."""
        with self.file.reading() as connection:
            row = connection.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, name: str, value: bytes) -> None:
        """Keep `value` under this name, in place of what was there."""
        with self.file.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, value))

    # -- starts and time

    def next_boot(self) -> int:
        """The number of this start: 1, 2, … It is never handed out again, not even after a power cut."""
        with self.file.writing() as connection:
            connection.execute("UPDATE life SET boot = boot + 1, up_s = up_s + ?", (UPTIME_SAVE_PERIOD_S,))
            (boot,) = connection.execute("SELECT boot FROM life").fetchone()
        return int(boot)

    def pass_time(self, elapsed_s: float) -> None:
        """Note that the node was up for so many more seconds, by its own monotonic clock. Forgets what expired."""
        if not elapsed_s >= 0:
            raise ValueError(f"time does not run backwards: {elapsed_s}")
        with self.file.writing() as connection:
            connection.execute("UPDATE life SET up_s = up_s + ?", (elapsed_s,))
            connection.execute("DELETE FROM invitation WHERE expires_at_up_s <= (SELECT up_s FROM life)")

    # -- invitations

    def issue_invitation(
        self, secret_hash: bytes, role: str, expires_s: float, elapsed_s: float = UPTIME_SAVE_PERIOD_S
    ) -> None:
        """Open an invitation for `expires_s` seconds of this node's up-time.

        `elapsed_s` since the last `pass_time`; who does not know it says nothing, and the line lasts a little longer.
        InvalidInput: `INVITATIONS_OPEN_MAX` are open already.
        """
        with self.file.writing() as connection:
            connection.execute("DELETE FROM invitation WHERE expires_at_up_s <= (SELECT up_s FROM life)")
            (open_now,) = connection.execute("SELECT COUNT(*) FROM invitation").fetchone()
            if open_now >= INVITATIONS_OPEN_MAX:
                raise InvalidInput(f"{open_now} invitations are open, which is the most; wait until some expire")
            connection.execute(
                "INSERT INTO invitation SELECT ?, ?, up_s + ? FROM life", (secret_hash, role, elapsed_s + expires_s)
            )

    def invitation_role(self, secret_hash: bytes, elapsed_s: float = 0.0) -> str | None:
        """The role of an open invitation; None: it is unknown or has expired. `elapsed_s` since the last `pass_time`.

        Whether it was redeemed is not known here: the log decides that.
        """
        with self.file.reading() as connection:
            row = connection.execute(
                "SELECT role FROM invitation, life WHERE secret_hash = ? AND expires_at_up_s > up_s + ?",
                (secret_hash, elapsed_s),
            ).fetchone()
        return None if row is None else str(row[0])

    # -- addresses

    def address_records(self) -> list[bytes]:
        """Each node's newest signed record, in the order of the nodes' ids."""
        with self.file.reading() as connection:
            rows = connection.execute("SELECT record FROM address_record ORDER BY node").fetchall()
        return [bytes(record) for (record,) in rows]

    def keep_address_record(self, node: NodeId, record: bytes, sequence: int) -> None:
        """Keep a node's record, unless one of the same or a higher sequence (0 … 2^64 - 1) is kept already."""
        with self.file.writing() as connection:
            connection.execute(
                "INSERT INTO address_record VALUES (?, ?, ?) ON CONFLICT (node) DO UPDATE"
                " SET sequence = excluded.sequence, record = excluded.record WHERE excluded.sequence > sequence",
                (node.digest, sequence.to_bytes(8, "big"), record),
            )
