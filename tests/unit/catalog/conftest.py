"""Commands as an honest proposer would draft them, and a log of entries to apply them from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dfs_core.catalog.apply import Applied, Applier
from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.commands import (
    Abandon,
    Admit,
    AnyCommand,
    Commit,
    Condemn,
    Forget,
    Found,
    KeepSnapshot,
    ManifestPage,
    Outcome,
    Refer,
    Remove,
    SecretEpoch,
    SetMember,
    SetSetting,
    Settle,
    Tick,
    encode_batch,
    encode_command,
)
from dfs_core.encoding.peer_messages import MemberRecord
from dfs_core.model.raft_messages import COMMAND, LogEntry

SEALED = 65_536 + 16


class Drafts:
    """Commands with random ids from one seed; every value can be overridden by name."""

    def __init__(self, seed: int = 1) -> None:
        self.random = Random(seed)
        self.founder = self.member(role="full")

    def bytes(self, size: int = 16) -> bytes:
        return self.random.randbytes(size)

    def member(self, role: str = "full", **values: Any) -> MemberRecord:
        node = values.pop("node", None) or self.bytes(32)
        known = {
            "node": node,
            "certificate": b"certificate of " + node,
            "role": role,
            "zone": "",
            "capacity": 10**9,
            "state": "joined",
            "addresses": ["127.0.0.1:3000"],
        }
        return MemberRecord(**{**known, **values})

    def found(self, **values: Any) -> Found:
        known = {
            "id": self.bytes(),
            "cluster": self.bytes(),
            "founder": self.founder,
            "copies": 3,
            "chunk_bytes": 65_536,
        }
        return Found(**{**known, **values})

    def admit(self, member: MemberRecord | None = None, **values: Any) -> Admit:
        known = {
            "id": self.bytes(),
            "secret_hash": self.bytes(32),
            "member": member or self.member(),
            "invited_by": self.founder.node,
        }
        return Admit(**{**known, **values})

    def set_member(self, node: bytes, **values: Any) -> SetMember:
        return SetMember(self.bytes(), node, **values)

    def set_setting(self, name: str, value: int) -> SetSetting:
        return SetSetting(self.bytes(), name, value)

    def addresses(self, count: int) -> list[bytes]:
        return [self.bytes(32) for _ in range(count)]

    def page(self, number: int = 1, addresses: Sequence[bytes] | int = 1, **values: Any) -> ManifestPage:
        names = self.addresses(addresses) if isinstance(addresses, int) else addresses
        known = {
            "number": number,
            "addresses": b"".join(names),
            "chunk_bytes": SEALED,
            "tail_bytes": 4_112,
            "sealed": b"sealed %d" % number,
        }
        return ManifestPage(**{**known, **values})

    def refer(self, upload: bytes, page: ManifestPage | None = None, as_of: int = 0) -> Refer:
        return Refer(self.bytes(), upload, page or self.page(), as_of)

    def abandon(self, upload: bytes) -> Abandon:
        return Abandon(self.bytes(), upload)

    def commit(self, key: str, pages: Sequence[ManifestPage] = (), **values: Any) -> Commit:
        version_id = values.pop("version_id", None) or self.bytes()
        known = {
            "id": version_id,
            "version_id": version_id,
            "key": key,
            "size": 1_000,
            "mtime_ns": 1_700_000_000_000_000_000,
            "mode": 0o644,
            "content_token": self.bytes(32),
            "head": b"sealed head of " + version_id,
            "pages": list(pages),
            "page_count": len(pages),
            "as_of": 0,
            "stored_by": self.founder.node,
            "wall_ms": 1_700_000_000_000,
        }
        return Commit(**{**known, **values})

    def remove(self, key: str, purge: bool = False) -> Remove:
        return Remove(self.bytes(), key, 1_700_000_000_000, purge)

    def condemn(self, *addresses: bytes, sizes: Sequence[int] = ()) -> Condemn:
        return Condemn(self.bytes(), b"".join(sorted(addresses)), list(sizes) or [SEALED] * len(addresses))

    def forget(self, horizon: int) -> Forget:
        return Forget(self.bytes(), horizon)

    def secret_epoch(self, number: int = 1, **values: Any) -> SecretEpoch:
        known = {"id": self.bytes(), "number": number, "hash": self.bytes(32), "authority": b"certificate"}
        return SecretEpoch(**{**known, **values})

    def keep_snapshot(self, number: int = 1, **values: Any) -> KeepSnapshot:
        known = {
            "id": self.bytes(),
            "number": number,
            "taken_at": 1,
            "epoch": 1,
            "snapshot_id": self.bytes(16),
            "size": 70_000,
            "pages": [self.page(1, 3), self.page(2, 1, chunk_bytes=400, tail_bytes=400)],
            "page_count": 2,
            "as_of": 0,
        }
        return KeepSnapshot(**{**known, **values})

    def settle(self, target: bytes) -> Settle:
        return Settle(self.bytes(), target)

    def tick(self) -> Tick:
        return Tick(self.bytes())


class Ledger:
    """A catalog and the log it was applied from."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "catalog.sqlite"
        self.entries: list[LogEntry] = []
        self.applier = Applier(self.path)
        self.reader = CatalogReader(self.path)

    def entry(self, *commands: AnyCommand, elapsed_ms: int = 0) -> LogEntry:
        """The next entry of the log, not applied yet."""
        data = encode_batch(elapsed_ms, [encode_command(command) for command in commands])
        self.entries.append(LogEntry(len(self.entries) + 1, 1, COMMAND, data))
        return self.entries[-1]

    def results(self, *commands: AnyCommand, elapsed_ms: int = 0) -> list[Applied]:
        """Apply the commands as one entry."""
        return self.applier.apply([self.entry(*commands, elapsed_ms=elapsed_ms)])

    def apply(self, command: AnyCommand, elapsed_ms: int = 0) -> Outcome:
        """Apply one command as one entry."""
        return self.results(command, elapsed_ms=elapsed_ms)[0].outcome

    def changes(self, command: AnyCommand) -> tuple[Any, ...]:
        """What applying this command changed."""
        return self.results(command)[0].changes

    def close(self) -> None:
        self.reader.close()
        self.applier.close()


@pytest.fixture
def drafts() -> Drafts:
    return Drafts()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Ledger]:
    """A catalog to which nothing was applied."""
    ledger = Ledger(tmp_path)
    yield ledger
    ledger.close()


@pytest.fixture
def ledger(empty: Ledger, drafts: Drafts) -> Ledger:
    """The catalog of a cluster that was just founded."""
    assert empty.apply(drafts.found()).reason == ""
    return empty
