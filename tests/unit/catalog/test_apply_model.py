"""Random commands against a catalog that is nothing but dictionaries."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dfs_core.catalog.apply import CONDEMNED_REASONS, Applier
from dfs_core.catalog.digest import logical_rows, recompute
from dfs_core.catalog.pages import split_addresses
from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.commands import (
    Abandon,
    Commit,
    Condemn,
    Forget,
    Found,
    ManifestPage,
    Outcome,
    Refer,
    Remove,
    Settle,
    encode_batch,
    encode_command,
)
from dfs_core.encoding.peer_messages import MemberRecord
from dfs_core.model.raft_messages import COMMAND, LogEntry

FOUNDER = MemberRecord(bytes(32), b"certificate", "full", "", 1, "joined", [])
KEYS = ["a", "a/b", "b", "é"]
CHUNKS = [bytes([number]) * 32 for number in range(1, 7)]

some_key = st.sampled_from(KEYS)
some_chunks = st.lists(st.sampled_from(CHUNKS), min_size=1, max_size=4)
some_id = st.integers(1, 8).map(lambda number: b"upload %09d" % number)  # few, so that they meet


@dataclass
class Kept:
    """One version in the model."""

    number: int
    version_id: bytes
    size: int
    removed: bool
    chunks: list[bytes]


@dataclass
class Model:
    """The catalog as dictionaries: what apply_files.py says, in the simplest words."""

    history: dict[str, list[Kept]] = field(default_factory=dict)
    uploads: dict[bytes, dict[int, bytes]] = field(default_factory=dict)
    condemned: dict[bytes, int] = field(default_factory=dict)
    horizon: int = 0
    numbered: int = 0

    def current(self, key: str) -> Kept | None:
        newest = self.history.get(key, [None])[-1]
        return None if newest is None or newest.removed else newest

    def version_ids(self) -> set[bytes]:
        return {kept.version_id for versions in self.history.values() for kept in versions if not kept.removed}

    def references(self) -> Counter[bytes]:
        counted: Counter[bytes] = Counter()
        for versions in self.history.values():
            for kept in versions:
                counted.update(kept.chunks)
        for pages in self.uploads.values():
            for addresses in pages.values():
                counted.update(split_addresses(addresses))
        return counted

    def keep(self, key: str, version_id: bytes, size: int, removed: bool, chunks: list[bytes]) -> int:
        self.numbered += 1
        self.history.setdefault(key, []).append(Kept(self.numbered, version_id, size, removed, chunks))
        return self.numbered

    def refer(self, command: Refer) -> tuple[str, int]:
        if command.upload in self.version_ids():
            return "committed", 0
        pages = self.uploads.get(command.upload, {})
        if pages.get(command.page.number, command.page.addresses) != command.page.addresses:
            return "page_differs", 0
        fresh = [command.page] if command.page.number not in pages else []
        if refusal := self.refusal(fresh, command.as_of):
            return refusal, 0
        self.acquit(fresh)
        self.uploads.setdefault(command.upload, {})[command.page.number] = command.page.addresses
        return "", 0

    def refusal(self, fresh: list[ManifestPage], as_of: int) -> str:
        """Why new pages with so old an answer of the holders are refused."""
        if fresh and as_of < self.horizon:
            return "stale"
        chunks = [address for page in fresh for address in split_addresses(page.addresses)]
        return "condemned" if any(self.condemned.get(address, 0) > as_of for address in chunks) else ""

    def acquit(self, fresh: list[ManifestPage]) -> None:
        for page in fresh:
            for address in split_addresses(page.addresses):
                self.condemned.pop(address, None)

    def condemn(self, addresses: list[bytes], index: int) -> tuple[str, int]:
        referenced = self.references()
        guilty = [address for address in addresses if not referenced[address]]
        self.condemned.update(dict.fromkeys(guilty, index))
        return ("" if guilty else "referenced"), 0

    def forget(self, horizon: int, newest: int) -> tuple[str, int]:
        if not 0 < horizon <= newest:
            return "invalid", 0
        if horizon <= self.horizon:
            return "forgotten", 0
        self.horizon = horizon
        self.condemned = {address: index for address, index in self.condemned.items() if index > horizon}
        return "", 0

    def abandon(self, command: Abandon) -> tuple[str, int]:
        if command.upload in self.uploads:
            del self.uploads[command.upload]
            return "", 0
        return ("committed" if command.upload in self.version_ids() else "missing"), 0

    def commit(self, command: Commit) -> tuple[str, int]:
        if command.version_id in self.version_ids():
            return "committed", 0
        current = self.current(command.key)
        if command.expects >= 0 and command.expects != (current.number if current else 0):
            return "changed", 0
        if command.source_key:
            kept = [kept for kept in self.history.get(command.source_key, []) if kept.number == command.source_version]
            if not kept or kept[0].removed:
                return "source", 0
            if command.moves and self.current(command.source_key) is not kept[0]:
                return "moved", 0
        pages = dict(self.uploads.get(command.version_id, {}))
        fresh = [page for page in command.pages if page.number not in pages]
        for page in command.pages:
            if pages.setdefault(page.number, page.addresses) != page.addresses:
                return "page_differs", 0
        if refusal := self.refusal(fresh, command.as_of):
            return refusal, 0
        if sorted(pages) != list(range(1, command.page_count + 1)):
            return "pages", 0
        self.acquit(fresh)
        self.uploads.pop(command.version_id, None)
        chunks = [address for _, addresses in sorted(pages.items()) for address in split_addresses(addresses)]
        number = self.keep(command.key, command.version_id, command.size, False, chunks)
        if command.moves:
            self.keep(command.source_key, b"", 0, True, [])
        return "", number

    def remove(self, command: Remove) -> tuple[str, int]:
        if command.purge:
            return ("", 0) if self.history.pop(command.key, []) else ("missing", 0)
        if self.current(command.key) is None:
            return "missing", 0
        return "", self.keep(command.key, b"", 0, True, [])


class CatalogMachine(RuleBasedStateMachine):
    """The applier beside the model; entries hold one to a few commands."""

    @initialize()
    def found(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.applier = Applier(self.folder / "catalog.sqlite")
        self.reader = CatalogReader(self.folder / "catalog.sqlite")
        self.model = Model()
        self.entries: list[LogEntry] = []
        self.ids = 0
        self.sent: list[tuple[object, Outcome]] = []
        self.apply(Found(self.fresh(), bytes(16), FOUNDER, 3, 2**20))

    def teardown(self) -> None:
        if not hasattr(self, "applier"):
            return
        whole = [(table.name, row) for table, row in logical_rows(self.applier._connection)]
        other = Applier(self.folder / "other.sqlite")
        other.apply(self.entries)  # in one run what was applied in many
        assert other.digest == self.applier.digest
        assert [(table.name, row) for table, row in logical_rows(other._connection)] == whole
        for closing in (other, self.applier, self.reader):
            closing.close()
        shutil.rmtree(self.folder)

    def fresh(self) -> bytes:
        self.ids += 1
        return b"command %08d" % self.ids

    def apply(self, command) -> Outcome:
        data = encode_batch(1_000, [encode_command(command)])
        self.entries.append(LogEntry(len(self.entries) + 1, 1, COMMAND, data))
        (applied,) = self.applier.apply(self.entries[-1:])
        return applied.outcome

    def check(self, command, expected: tuple[str, int]) -> None:
        outcome = self.apply(command)
        assert (outcome.reason, outcome.version) == expected
        if outcome.reason not in CONDEMNED_REASONS:  # those are not decided yet
            self.sent.append((command, outcome))

    def as_of(self, late: bool) -> int:
        """What a store names: the newest verdict that it knows, or an older one."""
        return self.applier.condemned_at if not late else self.applier.condemned_at // 2

    @rule(upload=some_id, number=st.integers(1, 3), chunks=some_chunks, late=st.booleans())
    def refer(self, upload, number, chunks, late):
        command = Refer(self.fresh(), upload, page(number, chunks), self.as_of(late))
        self.check(command, self.model.refer(command))

    @rule(chunks=some_chunks)
    def condemn(self, chunks):
        named = sorted(set(chunks))
        command = Condemn(self.fresh(), b"".join(named), [100] * len(named))
        self.check(command, self.model.condemn(named, len(self.entries) + 1))

    @rule(back=st.integers(0, 9))
    def forget(self, back):
        horizon, newest = self.applier.condemned_at - back, self.applier.condemned_at
        self.check(Forget(self.fresh(), horizon), self.model.forget(horizon, newest))

    @rule(upload=some_id)
    def abandon(self, upload):
        command = Abandon(self.fresh(), upload)
        self.check(command, self.model.abandon(command))

    @rule(
        key=some_key,
        version_id=some_id,
        pages=st.lists(st.tuples(st.integers(1, 3), some_chunks), max_size=2, unique_by=lambda item: item[0]),
        page_count=st.integers(0, 3),
        expects=st.sampled_from([-1, -1, -1, 0, 1]),
        source=st.none() | st.tuples(some_key, st.integers(1, 9), st.booleans()),
        exact=st.booleans(),
        late=st.booleans(),
    )
    def commit(self, key, version_id, pages, page_count, expects, source, exact, late):
        given = [page(number, chunks) for number, chunks in pages]
        if exact:  # a store that does it right, else most would be refused
            given = [page(number, chunks) for number, (_, chunks) in enumerate(pages, 1)]
            version_id, page_count = self.fresh(), len(pages)
        current = self.model.current(key)
        if expects == 1 and current is not None:
            expects = current.number
        command = Commit(
            self.fresh(), version_id, key, 7, 1, 0o644, b"token", b"head", given, page_count, self.as_of(late),
            bytes(32), 5, expects=expects,
        )  # fmt: skip
        if source is not None and not (source[2] and source[0] == key):
            other = self.model.current(source[0])
            number = other.number if other is not None and exact else source[1]
            values = {name: getattr(command, name) for name in command.__struct_fields__}
            command = Commit(**{**values, "source_key": source[0], "source_version": number, "moves": source[2]})
        self.check(command, self.model.commit(command))

    @rule(key=some_key, purge=st.booleans())
    def remove(self, key, purge):
        command = Remove(self.fresh(), key, 5, purge)
        self.check(command, self.model.remove(command))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data):
        command, outcome = data.draw(st.sampled_from(self.sent))
        assert self.apply(command) == outcome

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def settle_known(self, data):
        command, outcome = data.draw(st.sampled_from(self.sent))
        assert self.apply(Settle(self.fresh(), command.id)) == outcome

    @rule(key=some_key)
    def settle_first_and_send_later(self, key):
        command = Remove(self.fresh(), key, 5)
        assert self.apply(Settle(self.fresh(), command.id)).reason == "void"
        assert self.apply(command).reason == "void"

    @invariant()
    def agrees_with_the_model(self) -> None:
        if not hasattr(self, "applier"):
            return
        model = self.model
        expected = {key: model.current(key) for key in KEYS}
        listed = {version.key: (version.number, version.chunks) for version in self.reader.list()}
        assert listed == {key: (kept.number, len(kept.chunks)) for key, kept in expected.items() if kept}
        for key in KEYS:
            history = [(kept.number, kept.removed) for kept in reversed(model.history.get(key, []))]
            assert [(version.number, version.removed) for version in self.reader.history(key, 99)] == history
        references = model.references()
        assert self.reader.references(CHUNKS) == {address: references[address] for address in CHUNKS}
        assert {upload.version_id for upload in self.reader.uploads()} == set(model.uploads)
        assert self.reader.condemned(CHUNKS) == model.condemned
        assert not set(+references).intersection(model.condemned)
        counts = self.reader.counts()
        assert counts.condemned == len(model.condemned)
        assert (counts.keys, counts.chunks, counts.uploads) == (len(listed), len(+references), len(model.uploads))
        assert counts.versions == sum(map(len, model.history.values()))
        assert recompute(self.applier._connection) == self.applier.digest


def page(number: int, chunks: list[bytes]) -> ManifestPage:
    return ManifestPage(number, b"".join(chunks), 65_552, 4_112, b"sealed")


TestCatalogMachine = CatalogMachine.TestCase
TestCatalogMachine.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
