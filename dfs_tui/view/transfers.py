"""Transfers: what is moving, how fast, how long it will still take, and what came of what is over.

Two kinds meet here. *Own* ones were asked for in this dashboard, which feeds the bytes itself and so knows most.
*Reported* ones are what nodes say they carry out, for whoever asked. A node reports ours too; such a report is folded
into the own transfer (it tells which nodes acknowledged) and not shown a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dfs_tui.view.acknowledged import Acknowledged
from dfs_tui.view.events import TransferAdvanced, TransferEnded, TransferHeld, TransferPrioritised, TransferQueued
from dfs_tui.view.rates import Rate
from dfs_tui.view.values import ENDED, Direction, TransferReport, TransferState

LINGER_S = 30.0  # an ended transfer stays on the home screen so long
PRIORITY_MAX = 9  # and as far below 0
ENDED_MAX = 500  # ended transfers kept for the transfers screen; the oldest go first


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer as it is shown. `begun_at` and `ended_at` are monotonic; `size_bytes` is -1 when unknown."""

    id: str
    direction: Direction
    name: str
    state: TransferState
    size_bytes: int
    rate: Rate
    begun_at: float
    own: bool
    files: int = 1
    files_done: int = 0
    ended_at: float = 0.0
    text: str = ""
    place: str = ""
    path: str = ""  # what was written, whole
    keys: frozenset[str] = frozenset()
    priority: int = 0
    heard: Acknowledged = field(default_factory=Acknowledged)  # of a store: what its node said
    stored_bytes: int = 0  # of an own store: files that are stored whole

    @property
    def done_bytes(self) -> int:
        return self.rate.total

    @property
    def safe_bytes(self) -> int:
        """Bytes of a store that are known to be on as many nodes as it takes."""
        return min(max(self.stored_bytes, self.heard.safe_bytes), self.done_bytes)

    @property
    def copied_bytes(self) -> int:
        """Bytes of a store that are known to have all their copies."""
        return min(self.heard.copied_bytes, self.safe_bytes)

    @property
    def mean_per_s(self) -> float | None:
        """Bytes a second from its first byte, or since it went on, to its end; None when that was no time at all."""
        took = self.ended_at - self.begun_at
        return (self.done_bytes - self.rate.first) / took if took > 0 else None

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def waits(self) -> bool:
        """Is there anything of it that still waits for its turn?"""
        if self.state is TransferState.ACTIVE:
            return self.files - self.files_done > 1
        return not self.ended


Transfers = Mapping[str, Transfer]


def queued(transfers: Transfers, event: TransferQueued, now: float) -> Transfers:
    """The transfer waits for its turn."""
    transfer = Transfer(
        id=event.id,
        direction=event.direction,
        name=event.name,
        state=TransferState.QUEUED,
        size_bytes=event.size_bytes,
        rate=Rate.begin(now),
        begun_at=now,
        own=True,
        files=event.files,
        place=event.place,
        keys=event.keys,
    )
    return {**transfers, event.id: transfer}


def advanced(transfers: Transfers, event: TransferAdvanced, now: float) -> Transfers:
    """Bytes went through; the first ones start its clock. What is over does not move any more."""
    transfer = transfers.get(event.id)
    if transfer is None or transfer.ended or transfer.state is TransferState.PAUSED:
        return transfers
    if transfer.state is TransferState.QUEUED:
        begun = Rate.begin(now, transfer.done_bytes)
        transfer = replace(transfer, state=TransferState.ACTIVE, begun_at=now, rate=begun)
    moved = replace(
        transfer,
        rate=transfer.rate.observe(now, event.done_bytes),
        files_done=event.files_done,
        stored_bytes=event.stored_bytes,
    )
    return {**transfers, event.id: moved}


def ended(transfers: Transfers, event: TransferEnded, now: float) -> Transfers:
    """It is over, and its numbers stand."""
    transfer = transfers.get(event.id)
    if transfer is None or transfer.ended:
        return transfers
    if event.state is TransferState.DONE:
        whole = max(transfer.size_bytes, transfer.done_bytes)
        transfer = replace(
            transfer, rate=transfer.rate.observe(now, whole), files_done=transfer.files, size_bytes=whole
        )
    over = replace(
        transfer,
        state=event.state,
        ended_at=now,
        text=event.text,
        place=event.place or transfer.place,
        path=event.path,
    )
    return _bounded({**transfers, event.id: over})


def held(transfers: Transfers, event: TransferHeld, now: float) -> Transfers:
    """Paused, or waiting for its turn again; what is over stays so."""
    transfer = transfers.get(event.id)
    if transfer is None or transfer.ended:
        return transfers
    state = TransferState.PAUSED if event.paused else TransferState.QUEUED
    return {**transfers, event.id: replace(transfer, state=state, rate=Rate.begin(now, transfer.done_bytes))}


def prioritised(transfers: Transfers, event: TransferPrioritised) -> Transfers:
    """It goes before or after others; what is over stays as it is."""
    transfer = transfers.get(event.id)
    if transfer is None or transfer.ended:
        return transfers
    return {**transfers, event.id: replace(transfer, priority=event.priority)}


def reported(transfers: Transfers, link: str, report: TransferReport, now: float) -> Transfers:
    """What a node says about a transfer: ours gains what is safe, any other one is shown as it is told."""
    mine = _own_of(transfers.values(), report)
    if mine is not None:
        return {**transfers, mine.id: replace(mine, heard=mine.heard.heard(report))}
    name = f"{link}/{report.id}"
    known = transfers.get(name)
    if known is not None and known.ended:
        return transfers
    base = known or Transfer(
        id=name,
        direction=report.direction,
        name=report.key,
        state=report.state,
        size_bytes=report.size_bytes,
        rate=Rate.begin(now - report.elapsed_s),
        begun_at=now - report.elapsed_s,
        own=False,
    )
    over = report.state in ENDED
    moved = replace(
        base,
        state=report.state,
        size_bytes=report.size_bytes,
        rate=base.rate.observe(now, report.done_bytes),
        heard=base.heard.heard(report),
        text=report.error,
        ended_at=now if over else 0.0,
        files_done=1 if report.state is TransferState.DONE else 0,
    )
    return _bounded({**transfers, name: moved})


def link_gone(transfers: Transfers, link: str, now: float) -> Transfers:
    """Nobody tells about a lost node's transfers any more: those that were not ours are over as far as we know."""
    orphans = {
        transfer.id: replace(transfer, state=TransferState.FAILED, ended_at=now, text="its node went away")
        for transfer in transfers.values()
        if not transfer.own and not transfer.ended and transfer.id.startswith(f"{link}/")
    }
    return {**transfers, **orphans} if orphans else transfers


def cleared(transfers: Transfers) -> Transfers:
    """Only what is still under way."""
    return {name: transfer for name, transfer in transfers.items() if not transfer.ended}


def _own_of(transfers: Iterable[Transfer], report: TransferReport) -> Transfer | None:
    for transfer in transfers:
        if transfer.own and transfer.direction is report.direction and report.key in transfer.keys:
            return transfer
    return None


def _bounded(transfers: Transfers) -> Transfers:
    over = sum(transfer.ended for transfer in transfers.values()) - ENDED_MAX
    if over <= 0:
        return transfers
    oldest = sorted((t for t in transfers.values() if t.ended), key=lambda transfer: transfer.ended_at)[:over]
    gone = {transfer.id for transfer in oldest}
    return {name: transfer for name, transfer in transfers.items() if name not in gone}


_RANK = {TransferState.ACTIVE: 0, TransferState.PAUSED: 0, TransferState.QUEUED: 1}


def in_order(transfers: Iterable[Transfer]) -> list[Transfer]:
    """Under way first in the order they were begun, then queued ones as they come, then what is over, newest first."""
    return sorted(transfers, key=_place)


def _place(transfer: Transfer) -> tuple[int, int, float, str]:
    rank = _RANK.get(transfer.state, 2)
    first = -transfer.priority if transfer.state is TransferState.QUEUED else 0
    return rank, first, -transfer.ended_at if transfer.ended else transfer.begun_at, transfer.id


def recent(transfers: Iterable[Transfer], now: float) -> list[Transfer]:
    """What the home screen shows: under way, queued, or over since a moment ago."""
    return in_order(t for t in transfers if not t.ended or now - t.ended_at < LINGER_S)


def retrieved_to(key: str, transfers: Transfers) -> str:
    """The path that `key` was written to last; empty when it was not, or that is forgotten."""
    found = (t for t in transfers.values() if t.path and key in t.keys)
    return next((transfer.path for transfer in in_order(found)), "")


@dataclass(frozen=True, slots=True)
class Summary:
    """All transfers in one line."""

    active: int
    queued: int
    failed: int
    paused: int
    done: int
    left_bytes: int
    store_rate: float
    retrieve_rate: float
    share: float  # of the bytes of all that is under way, 0 … 1
    remaining_s: float | None

    @property
    def under_way(self) -> int:
        return self.active + self.queued + self.paused


def summarise(transfers: Iterable[Transfer], now: float) -> Summary:
    """Count and add up. Rates are those of active transfers only."""
    active = waiting = paused = failed = over = left = size = done = 0
    settled = False
    rates = dict.fromkeys(Direction, 0.0)
    for transfer in transfers:
        if transfer.ended:
            failed += transfer.state is TransferState.FAILED
            over += transfer.state is TransferState.DONE
            continue
        if transfer.state is TransferState.ACTIVE:
            active += 1
            if transfer.rate.stalled_s(now) is None:
                rates[transfer.direction] += transfer.rate.per_s
                settled = settled or transfer.rate.settled(now)
        elif transfer.state is TransferState.PAUSED:
            paused += 1
        else:
            waiting += 1
        if transfer.size_bytes >= 0:
            size += transfer.size_bytes
            done += transfer.done_bytes
            left += max(transfer.size_bytes - transfer.done_bytes, 0)
    total_rate = sum(rates.values())
    return Summary(
        active=active,
        queued=waiting,
        failed=failed,
        paused=paused,
        done=over,
        left_bytes=left,
        store_rate=rates[Direction.STORE],
        retrieve_rate=rates[Direction.RETRIEVE],
        share=done / size if size else 0.0,
        remaining_s=left / total_rate if settled and total_rate > 0 and left else None,
    )
