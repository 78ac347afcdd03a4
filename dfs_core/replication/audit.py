"""The leader's task of comparing what is held with what should be, and of telling holders what follows.

Theory. Bucket by bucket, catalog and layout say which chunks each node should hold; its own report says, in a sum,
which it holds (`replication/reports.py`). Where the two are equal there is nothing to do and nothing was read but a
range of the catalog; where they differ, the list is asked for and the chunks are compared (`model/finding.py`). A
bucket is looked at when it is *due*: the catalog changed in it, a report changed, the layout or who can be reached
changed, nobody has looked since this node leads, or somebody was told to act a while ago. So an idle cluster costs one
small question a node and second, and
a dead node is one walk through the references, in steps of `STEP_CHUNKS`.

What follows is advice, never an order: a node that lacks chunks queues and fetches them for itself, one that has too
many has every placed holder confirm its copy before it lets one go. So an audit may be late, wrong or done twice, by
two leaders at once: nothing is lost by it, and the next one comes out right. What a store is sending at this moment
is not called missing: a bucket that has just changed has `SETTLE_S` to come to rest.

What is found is kept a bucket and summed up into the figures of `health`; the items behind the numbers (`short`,
`unknown`) are bounded, and what did not fit is looked at again when there is room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import Protocol

from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import Clock
from dfs_core.errors import DfsError, NotLeader
from dfs_core.model.bucket import bucket_bounds, bucket_of
from dfs_core.model.finding import (
    NOTHING_WANTED,
    Advice,
    Finding,
    Wanted,
    judge,
    reachable_only_on,
    wanted_of,
)
from dfs_core.model.health import Totals
from dfs_core.model.ids import BUCKET_COUNT, Address, NodeId
from dfs_core.model.layout import Layout
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.notices import Notices
from dfs_core.replication.reports import Reports
from dfs_core.replication.workers.worker import Figures
from dfs_core.transport.peers import Peers

_ALL = frozenset(range(BUCKET_COUNT))

PULL_S = 1.0
RETRY_S = 5.0  # until who could not be told is told
SETTLE_S = 2.0  # a store's last copies are still on their way when its references are in the catalog
AWAIT_S = 10.0  # for the report of a node that came up; then buckets are looked at without it
STEP_CHUNKS = 4096  # references placed in one step: some 50 ms in a thread
STEP_RUNS = 64  # questions to the catalog in one step
STEP_LISTS = 64  # buckets of which lists are asked for in one step
ITEMS_MAX = 65_536  # chunks remembered by address: those with too few copies, and as many unknown ones


class Log(Protocol):
    """The part of `consensus` that auditing needs."""

    @property
    def leads(self) -> bool: ...
    @property
    def term(self) -> int: ...


class Audit:
    """A worker. Everything but `step` is about what was found so far, and empty on a node that does not lead."""

    name = "audit"

    def __init__(
        self,
        *,
        node: NodeId,
        log: Log,
        catalog: CatalogReader,
        touched: Callable[[], set[int]],
        members: MemberList,
        peers: Peers,
        reports: Reports,
        notices: Notices,
        clock: Clock,
        audited: Callable[[Audit], None],
    ) -> None:
        """`touched()`: buckets whose references changed since it was asked last. `audited`: called after each step."""
        self._node, self._log, self._catalog, self._touched = node, log, catalog, touched
        self._members, self._peers, self._reports, self._notices = members, peers, reports, notices
        self._clock, self._audited = clock, audited
        self.figures = Figures()
        self._term = 0  # of the leadership in which all below was found; 0: none
        self._forget()

    def _forget(self) -> None:
        self._findings: dict[int, Finding] = {}
        self._reported_at: dict[tuple[int, NodeId], int] = {}  # chunks reported when a lack was found
        self._due: dict[int, float] = {}
        self._unlooked = set(range(BUCKET_COUNT))
        self._cut: set[int] = set()  # buckets whose items did not fit
        self._items = 0
        self._seen_at: dict[NodeId, float] = {}  # since when a node can be reached
        self._counting: tuple[NodeId, ...] = ()  # the nodes whose copies count
        self._layout = self._members.layout  # as of the last pull: all that is found is found under it
        self._next_pull = 0.0
        self._cursor = 0
        self._reports.forget()
        self._notices.forget()

    # -- the worker

    async def step(self) -> bool:
        """Ask for what is new, and look at the next few due buckets. False: none is due."""
        if not self._log.leads:
            self._term = 0
            self.figures.waiting, self.figures.detail = 0, "the leader audits"
            return False
        if self._term != self._log.term:
            self._term = self._log.term
            self._forget()
            self._touched()
        if self._clock.now() >= self._next_pull:
            self._next_pull = self._clock.now() + PULL_S
            await self._pull()
        worked = await self._look()
        now = self._clock.now()
        self.figures.waiting = sum(due <= now for due in self._due.values())
        self.figures.detail = f"{len(self._unlooked):,} buckets not looked at yet" if self._unlooked else ""
        self._audited(self)
        return worked and self.figures.waiting > 0

    def look_again(self) -> None:
        """Have every bucket looked at anew, whatever is known of it."""
        self._due = dict.fromkeys(range(BUCKET_COUNT), self._clock.now())

    async def wait(self) -> None:
        """For the next reports."""
        await self._clock.sleep(max(0.05, self._next_pull - self._clock.now()) if self._term else PULL_S)

    async def _pull(self) -> None:
        layout = self._members.layout
        reachable = self._peers.alive() | {self._node}
        asked = [each.node for each in layout.members if each.listed and each.stores_chunks and each.node in reachable]
        now = self._clock.now()
        self._seen_at = {node: self._seen_at.get(node, now) for node in asked}
        changed = await self._reports.pull(asked)
        counting = tuple(
            each.node for each in layout.members if each.node in changed and each.state in ("joined", "draining")
        )
        now = self._clock.now()
        for bucket in self._touched():
            self._mark(bucket, now + SETTLE_S)
        if counting != self._counting or layout.revision != self._layout.revision or self._unlooked == _ALL:
            self._counting, self._layout = counting, layout
            self.look_again()
            return
        if self._cut and self._items < ITEMS_MAX:
            self._mark(min(self._cut), now)
        for node in counting:
            for bucket in changed[node]:
                self._mark(bucket, now if self._is_filled(bucket) else now + SETTLE_S)

    def _mark(self, bucket: int, due: float) -> None:
        self._due[bucket] = min(due, self._due.get(bucket, due))

    def _is_filled(self, bucket: int) -> bool:
        """What was missing when the bucket was looked at has come, by the number of chunks: worth a look at once."""
        finding = self._findings.get(bucket)
        return finding is not None and bool(finding.lacks) and not any(left for left, _ in self._left(bucket))

    # -- looking

    async def _look(self) -> bool:
        now = self._clock.now()
        due = sorted(bucket for bucket, at in self._due.items() if at <= now)
        if not due:
            return False
        layout = self._layout
        start = next((place for place, bucket in enumerate(due) if bucket >= self._cursor), 0)
        looked, wanted = await asyncio.to_thread(self._gather, due[start:] + due[:start], layout)
        held, later = await self._lists(looked, wanted)
        advice: dict[int, Advice] = {}
        storing = sum(each.listed and each.stores_chunks for each in layout.members)
        done = [bucket for bucket in looked if bucket not in later] if later else looked
        for bucket in done:
            del self._due[bucket]
        self._due |= later
        self._cursor = done[-1] + 1 if done else self._cursor
        self._unlooked.difference_update(done)
        self.figures.done += len(done)
        not_empty = wanted.keys() | held.keys() | self._findings.keys()  # the others are, and were: no more to be done
        for bucket in [bucket for bucket in done if bucket in not_empty]:
            counting = self._counting_in(bucket)
            all_count = len(counting) == storing  # no node is away that could have a copy
            each = wanted.get(bucket, NOTHING_WANTED)
            finding, advice[bucket] = judge(each, layout, counting, held.get(bucket, {}), all_count=all_count)
            self._note(bucket, finding)
        await self._tell(advice, layout)
        return True

    async def _tell(self, advice: dict[int, Advice], layout: Layout) -> None:
        """Tell everybody what follows, and look again whether it was done, though no report changes: who was told may
        have seen it otherwise, as one that had not read as far as this node."""
        untold = await self._notices.tell(list(advice.values()), layout.revision)
        now = self._clock.now()
        for bucket, each in advice.items():
            if each.concerned:
                again_s = RETRY_S if each.concerned & untold else max(PULL_S, self._notices.again_s(each))
                self._mark(bucket, now + again_s)

    def _gather(self, due: Sequence[int], layout: Layout) -> tuple[list[int], dict[int, Wanted]]:
        """The next of these buckets, and what is wanted in those of them in which anything is: STEP_CHUNKS references
        at most, or one bucket that has more."""
        looked: list[int] = []
        gathered: dict[int, Wanted] = {}
        room = STEP_CHUNKS
        for run in islice(_runs(due), STEP_RUNS):
            rows = self._catalog.referenced(bucket_bounds(run[0])[0], bucket_bounds(run[-1])[1], room + 1)
            end = run.stop
            if len(rows) > room:  # so the last bucket met may not be whole: it comes another time
                end = bucket_of(rows[-1][0])
                rows = [row for row in rows if bucket_of(row[0]) < end]
            looked += range(run.start, end)
            gathered.update(_wanted(rows, layout))
            room -= len(rows)
            if end != run.stop:
                break
        if not looked:
            looked = [due[0]]
            gathered = _wanted(self._catalog.referenced(*bucket_bounds(due[0]), -1), layout)
        return looked, gathered

    async def _lists(
        self, looked: list[int], wanted: dict[int, Wanted]
    ) -> tuple[dict[int, dict[NodeId, dict[bytes, int]]], dict[int, float]]:
        """The chunks behind sums that differ, by bucket and node; and the buckets to look at later, with the time."""
        now = self._clock.now()
        later: dict[int, float] = {}
        awaited = [node for node, seen_at in self._seen_at.items() if now - seen_at < AWAIT_S]
        if awaited := [node for node in awaited if not self._reports.all_counted([node])]:
            known = (all(self._reports.knows(node, bucket) for node in awaited) for bucket in looked)
            later = {bucket: now + PULL_S for bucket, all_know in zip(looked, known, strict=True) if not all_know}
        not_empty = wanted.keys() | self._reports.filled(self._counting)
        pairs: list[tuple[int, NodeId]] = []
        differing = 0
        for bucket in [bucket for bucket in looked if bucket in not_empty and bucket not in later]:
            if differing >= STEP_LISTS:
                later |= dict.fromkeys(looked[looked.index(bucket) :], now)
                break
            each = wanted.get(bucket, NOTHING_WANTED)
            nodes = [node for node in self._counting_in(bucket) if self._differs(node, bucket, each)]
            pairs += [(bucket, node) for node in nodes]
            differing += bool(nodes)
        lists = await asyncio.gather(*(self._list(bucket, node) for bucket, node in pairs))
        held: dict[int, dict[NodeId, dict[bytes, int]]] = {}
        for (bucket, node), listed in zip(pairs, lists, strict=True):
            if listed is None:
                later[bucket] = now + PULL_S
            else:
                held.setdefault(bucket, {})[node] = listed
        return held, later

    def _counting_in(self, bucket: int) -> Sequence[NodeId]:
        """The nodes whose copies in this bucket count."""
        if self._reports.all_counted(self._counting):
            return self._counting
        return [node for node in self._counting if self._reports.knows(node, bucket)]

    def _differs(self, node: NodeId, bucket: int, wanted: Wanted) -> bool:
        report = self._reports.of(node)
        return report is not None and report.sum_of(bucket) != wanted.sum_of(node)

    async def _list(self, bucket: int, node: NodeId) -> dict[bytes, int] | None:
        try:
            return await self._reports.list_bucket(node, bucket)
        except DfsError:
            return None

    def _note(self, bucket: int, finding: Finding) -> None:
        """Keep what was found, in place of what was found before."""
        before = self._findings.pop(bucket, None)
        if before is not None:
            self._items -= len(before.short) + len(before.unknown)
            for node in before.lacks:
                self._reported_at.pop((bucket, node), None)
        self._cut.discard(bucket)
        if finding.is_trivial:
            return
        for items in (finding.short, finding.unknown):
            while items and self._items + len(finding.short) + len(finding.unknown) > 2 * ITEMS_MAX:
                items.popitem()
                self._cut.add(bucket)
        self._items += len(finding.short) + len(finding.unknown)
        self._findings[bucket] = finding
        for node in finding.lacks:
            report = self._reports.of(node)
            self._reported_at[bucket, node] = report.sum_of(bucket).chunks if report else 0

    # -- what was found

    def totals(self) -> Totals:
        """The sum of all findings."""
        totals = Totals(uncounted_buckets=len(self._unlooked))
        for bucket, finding in self._findings.items():
            totals.add(finding)
            for left, left_bytes in self._left(bucket):
                totals.left += left
                totals.left_bytes += left_bytes
        return totals

    def _left(self, bucket: int) -> Iterator[tuple[int, int]]:
        """Copies and bytes still missing, a node each that lacked some: what has come since is told by its report."""
        for node, lack in self._findings[bucket].lacks.items():
            report = self._reports.of(node)
            come = report.sum_of(bucket).chunks - self._reported_at[bucket, node] if report else 0
            left = min(lack.copies, max(0, lack.copies - come))
            yield left, lack.chunk_bytes * left // lack.copies

    def counting(self) -> tuple[NodeId, ...]:
        """The nodes whose copies count."""
        return self._counting

    def short(self) -> dict[bytes, int]:
        """Chunks with too few copies, and how many they have; at most 2 × ITEMS_MAX."""
        return {address: copies for finding in self._findings.values() for address, copies in finding.short.items()}

    def unknown(self, limit: int) -> list[tuple[Address, int]]:
        """Chunks that are held and that nothing refers to, with their bytes, in address order; at most `limit`.

        A chunk is among them as soon as it lies somewhere before its store is committed, and until it is gone.
        """
        found: list[tuple[Address, int]] = []
        for bucket in sorted(self._findings):
            for address, size_bytes in sorted(self._findings[bucket].unknown.items()):
                found.append((Address(address), size_bytes))
                if len(found) == limit:
                    return found
        return found

    def held_by(self, node: NodeId) -> int:
        """How many chunks that something refers to the node says it holds; -1 while that is not known."""
        report = self._reports.of(node)
        if report is None or not report.counted or self._unlooked:
            return -1
        return report.chunks - sum(finding.unknown_on.get(node, 0) for finding in self._findings.values())

    async def only_on(self, nodes: Collection[NodeId], limit: int) -> list[Address]:
        """Referenced chunks of which no node but these has a copy that counts: at most `limit`, in address order.

        Reads all references: some seconds a million. NotLeader: this node does not lead, or not for long enough.
        PeerError: a node does not tell what it holds.
        """
        if not self._log.leads or self._term != self._log.term or not self._counting:
            raise NotLeader
        found: list[Address] = []
        due = list(range(BUCKET_COUNT))
        while due and len(found) < limit:
            looked, wanted = await asyncio.to_thread(self._gather, due, self._layout)
            due = due[len(looked) :]
            for bucket, each in wanted.items():
                counting = self._counting_in(bucket)
                differing = [node for node in counting if node not in nodes and self._differs(node, bucket, each)]
                held = {node: await self._reports.list_bucket(node, bucket) for node in differing}
                found += reachable_only_on(each, counting, held, nodes)
        return found[:limit]


def _runs(buckets: Sequence[int]) -> Iterator[range]:
    """Buckets in a row as ranges, in their order."""
    start = 0
    while start < len(buckets):
        end = start + 1
        if buckets[-1] - buckets[start] == len(buckets) - 1 - start:
            end = len(buckets)  # as mostly: all of them
        while end < len(buckets) and buckets[end] == buckets[end - 1] + 1:
            end += 1
        yield range(buckets[start], buckets[end - 1] + 1)
        start = end


def _wanted(rows: Sequence[tuple[bytes, int]], layout: Layout) -> dict[int, Wanted]:
    """What is wanted in each of the buckets that these references are of."""
    by_bucket: dict[int, list[tuple[bytes, int]]] = {}
    for row in rows:
        by_bucket.setdefault(bucket_of(row[0]), []).append(row)
    return {bucket: wanted_of(rows, layout) for bucket, rows in by_bucket.items()}
