"""How a transfer is drawn: name, bar, how much, how fast, how long still, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from dfs_tui.view import bars
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Column, Row, Span, Tone, cell, text_of
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.transfers import Summary, Transfer
from dfs_tui.view.values import Direction, TransferState

BAR_CELLS = 12
WORTH_SAYING_S = 1.0  # what failed sooner failed at once

TRANSFER_COLUMNS = (
    Column("name", "NAME", 18, flex=3),
    Column("what", "WHAT", 10, priority=3),
    Column("progress", "PROGRESS", BAR_CELLS + 5),
    Column("size", "DONE / SIZE", 20, align="right", priority=2),
    Column("rate", "RATE", 10, align="right", priority=1),
    Column("left", "TIME LEFT", 12, align="right"),
    Column("place", "FROM / TO", 12, flex=2, priority=4),
)


def transfer_cells(
    transfer: Transfer, now: float, glyphs: Glyphs, *, name_width: int = 0, names: Mapping[str, str] | None = None
) -> Row:
    """One row. `now` is monotonic, `names` what people call the nodes."""
    sign = {
        Direction.STORE: glyphs.store,
        Direction.RETRIEVE: glyphs.retrieve,
        Direction.REPAIR: glyphs.repair,
    }[transfer.direction]
    whole = name = fmt.printable(transfer.name)
    first = f"{transfer.priority:+d} " if transfer.priority and not transfer.ended else ""
    if name_width:
        name = fmt.clip_middle(name, name_width - 2 - len(first), glyphs.ellipsis)
    quiet: Tone = "dim" if transfer.ended else ""
    head: Row = {
        "name": ((f"{sign} ", quiet or "accent"), *(((first, "accent"),) if first else ()), (name, quiet)),
        "what": cell(transfer.direction, "dim"),
        "=name": cell(whole),
        "=size": cell(fmt.size(max(transfer.size_bytes, 0))),
    }
    if transfer.ended:
        return {**head, ">progress": _outcome(transfer, glyphs)}
    return {
        **head,
        "progress": _progress(transfer, glyphs),
        "size": cell(_amount(transfer), "dim"),
        "rate": cell(_rate(transfer, now)),
        "left": time_left(transfer, now, glyphs),
        "place": cell(_acknowledged(transfer, names or {}) or fmt.printable(transfer.place), "dim"),
    }


def priority_words(name: str, priority: int, *, many: bool = False) -> str:
    """What a new priority means; for several, what the step does."""
    go = "go" if many else "goes"
    if not priority:
        return f"{name} {go} in the usual order"
    return f"{name} {go} {'before' if priority > 0 else 'after'} others ({priority:+d}); what is under way goes on"


def _progress(transfer: Transfer, glyphs: Glyphs) -> Cell:
    if transfer.state is TransferState.QUEUED:
        return cell(f"{glyphs.queued} queued", "dim")
    if transfer.state is TransferState.PAUSED:
        done = fmt.percent(transfer.done_bytes, transfer.size_bytes)
        return cell(f"{glyphs.stopped} paused {done}", "warn")
    if transfer.size_bytes < 0:
        return cell(fmt.size(transfer.done_bytes), "accent")
    share = transfer.done_bytes / transfer.size_bytes if transfer.size_bytes else 0.0
    return (
        *_bar(transfer, min(share, 0.999), glyphs),
        (f" {fmt.percent(transfer.done_bytes, transfer.size_bytes):>4}", ""),
    )


def _bar(transfer: Transfer, share: float, glyphs: Glyphs) -> Cell:
    """Of a store: what has all its copies, what is safe, what has left, one over the other."""
    if transfer.direction is not Direction.STORE or not transfer.size_bytes:
        return bars.bar(share, BAR_CELLS, glyphs)
    everywhere, safe = (done / transfer.size_bytes for done in (transfer.copied_bytes, transfer.safe_bytes))
    shares: list[tuple[float, str, Tone]] = [
        (everywhere, glyphs.full, "good"),
        (safe, glyphs.safe, "accent"),
        (share, glyphs.sent, "dim"),
    ]
    return bars.layers(shares, BAR_CELLS, glyphs)


def _acknowledged(transfer: Transfer, names: Mapping[str, str]) -> str:
    """Which nodes have how many chunks of one file, those with as many together; nothing while that is not known."""
    chunks = transfer.heard.chunks
    if transfer.direction is not Direction.STORE or transfer.files > 1 or not chunks:
        return ""
    holders: dict[int, list[str]] = {}
    for name, count in sorted((names.get(node, fmt.short_id(node)), count) for node, count in chunks.items()):
        holders.setdefault(count, []).append(fmt.printable(name))
    return " ".join(f"{','.join(holders[count])} {count}" for count in sorted(holders, reverse=True))


def _amount(transfer: Transfer) -> str:
    if transfer.files > 1:
        return f"{transfer.files_done} of {fmt.plural(transfer.files, 'file')}"
    if transfer.size_bytes < 0 or transfer.state is TransferState.QUEUED:
        return fmt.size(max(transfer.size_bytes, 0))
    return f"{fmt.size(transfer.done_bytes)} / {fmt.size(transfer.size_bytes)}"


def _rate(transfer: Transfer, now: float) -> str:
    still = transfer.state is not TransferState.ACTIVE or transfer.rate.stalled_s(now) is not None
    return "" if still or not transfer.done_bytes else fmt.rate(transfer.rate.per_s)


def time_left(transfer: Transfer, now: float, glyphs: Glyphs) -> Cell:
    """What is left; or that nothing moves. All bytes sent but no answer yet means that copies are being confirmed."""
    if transfer.state is TransferState.PAUSED:
        return cell("p goes on", "dim")
    if transfer.state is TransferState.QUEUED:
        return ()
    if transfer.size_bytes >= 0 and transfer.done_bytes >= transfer.size_bytes > 0:
        return cell("confirming" if transfer.direction is Direction.STORE else "checking", "accent")
    stalled = transfer.rate.stalled_s(now)
    if stalled is not None:
        return cell(f"stalled {fmt.age(stalled)}", "warn")
    left = transfer.rate.remaining_s(transfer.size_bytes, now)
    if left is not None:
        return cell(fmt.duration(left))
    return cell(glyphs.dash, "dim") if transfer.rate.settled(now) else ()


def _outcome(transfer: Transfer, glyphs: Glyphs) -> Cell:
    """What came of it, in the words of its error if it failed, with the path if it wrote one."""
    if transfer.state is TransferState.CANCELLED:
        return ((f"{glyphs.stopped} cancelled", "warn"), (f"  {fmt.printable(transfer.text)}".rstrip(), "dim"))
    if transfer.state is TransferState.FAILED:
        took = transfer.ended_at - transfer.begun_at
        after = f" after {fmt.duration(took)}" if took >= WORTH_SAYING_S else ""
        return ((f"{glyphs.down} failed{after}: ", "bad"), (fmt.printable(transfer.text), "bad"))
    if transfer.state is TransferState.SKIPPED:
        return ((f"{glyphs.done} skipped", "good"), (f"  {fmt.printable(transfer.text)}", "dim"))
    took = transfer.ended_at - transfer.begun_at
    many = f"{fmt.plural(transfer.files, 'file')}, " if transfer.files > 1 else ""
    size = fmt.size(max(transfer.size_bytes, 0))
    said: list[Span] = [
        (f"{glyphs.done} {_WORDS[transfer.direction]}", "good"),
        (f"  {many}{size} in {fmt.duration(took)}{_mean(transfer)}", "dim"),
    ]
    if transfer.text:
        said.append((f"  {fmt.printable(transfer.text)}", "warn"))
    if transfer.place and transfer.direction is Direction.RETRIEVE:
        said.append((f"  {glyphs.into} {fmt.printable(transfer.place)}", ""))
    return tuple(said)


def _mean(transfer: Transfer) -> str:
    mean = transfer.mean_per_s
    return f", {fmt.rate(mean)}" if mean else ""


_WORDS = {Direction.STORE: "stored", Direction.RETRIEVE: "retrieved", Direction.REPAIR: "repaired"}


def counts(summary: Summary) -> list[str]:
    """How many are under way, by what they do."""
    named = ((summary.active, "active"), (summary.paused, "paused"), (summary.queued, "queued"))
    return [f"{count} {word}" for count, word in named if count]


def what_is_left(summary: Summary) -> list[str]:
    """Bytes, and the time they will take as far as that can be told."""
    said = [f"{fmt.size(summary.left_bytes)} left"] if summary.under_way else []
    return said + ([f"ETA {fmt.duration(summary.remaining_s)}"] if summary.remaining_s is not None else [])


def summary_line(summary: Summary, glyphs: Glyphs, width: int) -> Cell:
    """All transfers in one line, for the views that do not list them."""
    if not summary.under_way:
        return ()
    rate = fmt.rate(summary.store_rate + summary.retrieve_rate)
    parts = [*counts(summary), rate, *what_is_left(summary)]
    text = f"  {f' {glyphs.dot} '.join(parts)}"
    bar = bars.bar(min(summary.share, 0.999), min(BAR_CELLS, max(width - len(text), 4)), glyphs)
    said: Cell = (*bar, (f" {int(min(summary.share, 0.99) * 100):>3}%", "strong"), (text, ""))
    where = "   5 Transfers"
    return (*said, (where, "dim")) if len(text_of(said)) + len(where) < width else said
