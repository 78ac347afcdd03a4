"""How the cluster is, in a few lines: health with its reasons, copies, space, throughput; and what to do about it.

The texts for what cannot be shown (nothing there yet, nobody answers, all stopped) are here as well, so that every view
says the same and always names the next step.
"""

from __future__ import annotations

from dfs_tui.view import bars
from dfs_tui.view import format as fmt
from dfs_tui.view.absence import brief, why_empty
from dfs_tui.view.cells import Cell, Span, Tone, cell
from dfs_tui.view.cluster import ClusterView, Connection
from dfs_tui.view.counts import of_keys
from dfs_tui.view.events import Noted
from dfs_tui.view.format import wrap
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.nodes import SILENT, node_rows
from dfs_tui.view.peers import ban_words
from dfs_tui.view.picture import Picture
from dfs_tui.view.places import ASKED_MAX
from dfs_tui.view.recovery import histogram, limit_line, repair_lines
from dfs_tui.view.values import Level, ProcessState
from dfs_tui.view.worker_rows import paused_words

_HISTOGRAM_BAR = 14
_SPACE_BAR = 10

# By level: the glyph, its tone, the text's tone.
_NOTICES: dict[Level, tuple[str, Tone, Tone]] = {
    Level.INFO: ("done", "good", ""),
    Level.WARNING: ("attention", "warn", "warn"),
    Level.ERROR: ("down", "bad", "bad"),
}


def status_lines(picture: Picture, width: int, *, graph: bool = False) -> list[Cell]:
    """The panel beside the node table. With `graph`, throughput has a panel of its own."""
    view = picture.view
    newest = view.freshest
    quiet: Tone = "" if view.connection is Connection.LIVE else "dim"
    if newest is None:
        return brief(view, "Figures") or [cell("Known as soon as a node answers.", "dim")]
    report = newest.report
    lines: list[Cell] = []
    if report.reasons:
        lines += [cell(text, quiet or "warn") for reason in report.reasons[:3] for text in wrap(reason, width)[:2]]
    else:
        lines.append(_copies_in_words(picture, report.copies, quiet))
    lines.append(())
    lines += histogram(report, picture.glyphs, quiet, picture.way) or _histogram(picture, report.copies, quiet)
    lines += repair_lines(report, picture.glyphs)
    if picture.incident is not None:
        lines += limit_line(view.repair_limit, changeable=picture.changeable)
    lines.append(())
    held, capacity = _space(view)
    if capacity > 0:
        used: Cell = bars.bar(held / capacity, _SPACE_BAR, picture.glyphs, quiet or "accent")
        lines.append((("used      ", "dim"), *used, (f" {fmt.size(held)} / {fmt.size(capacity)}", quiet)))
    if not graph:
        lines += _throughput(picture, width, quiet)
    lines += [cell(text, "warn") for said in (*paused_words(view), *ban_words(view)) for text in wrap(said, width)[:2]]
    if report.damaged:
        lines.append(cell(f"{fmt.plural(report.damaged, 'damaged copy', 'damaged copies')} set aside", "warn"))
    if not report.recovery_confirmed:
        lines += [cell(text, "warn") for text in wrap("Keep the recovery sheet in a safe place.", width)]
    return lines


def _copies_in_words(picture: Picture, wanted: int, quiet: Tone) -> Cell:
    counts = picture.keys.by_copies
    fewer = sum(number for copies, number in counts.items() if 0 <= copies < wanted)
    if fewer:
        verb = "has" if fewer == 1 else "have"
        return cell(f"{fmt.plural(fewer, 'key')} {verb} fewer than {wanted} copies.", quiet or "warn")
    if not counts:
        return cell("Loading keys ..." if picture.keys.loading else "Nothing is stored yet.", quiet)
    if counts.get(-1):
        return cell("Copies are being counted.", quiet)
    return cell(f"Every key has {wanted} copies.", quiet)


def _histogram(picture: Picture, wanted: int, quiet: Tone) -> list[Cell]:
    counts = picture.keys.by_copies
    total = max(len(picture.keys.entries), 1)
    lines: list[Cell] = []
    for number in range(wanted, -1, -1):
        found = sum(n for c, n in counts.items() if c >= wanted) if number == wanted else counts.get(number, 0)
        name = "lost" if number == 0 else f"{number} {'copy' if number == 1 else 'copies'}"
        tone: Tone = quiet or ("good" if number == wanted else "bad" if number < 2 else "warn")
        drawn: Cell = bars.bar(found / total, _HISTOGRAM_BAR, picture.glyphs, tone) if found else _no_bar(picture)
        arrow: Span = (f" {picture.glyphs.way(picture.way(of_keys(number)))}".rstrip(), "accent")
        lines.append(((f"{name:<10}", "dim"), *drawn, (f" {fmt.count(found)}", quiet if found else "dim"), arrow))
    unknown = counts.get(-1, 0)
    if unknown:
        lines.append((("unknown   ", "dim"), *_no_bar(picture), (f" {fmt.count(unknown)}", "dim")))
    return lines


def _no_bar(picture: Picture) -> Cell:
    return ((f"{picture.glyphs.dot:<{_HISTOGRAM_BAR}}", "dim"),)


def _space(view: ClusterView) -> tuple[int, int]:
    newest = view.freshest
    if newest is None:
        return 0, 0
    peers = [peer for peer in newest.report.peers if peer.capacity_bytes > 0 and peer.member_state == "joined"]
    if not peers:
        return newest.report.size_bytes, newest.report.capacity_bytes
    return sum(peer.size_bytes for peer in peers), sum(peer.capacity_bytes for peer in peers)


def _throughput(picture: Picture, width: int, quiet: Tone) -> list[Cell]:
    glyphs = picture.glyphs
    lines: list[Cell] = []
    room = max(min(width - 16, 60), 8)
    for sign, values in (
        (glyphs.store, [sample.store for sample in picture.samples]),
        (glyphs.retrieve, [sample.retrieve for sample in picture.samples]),
    ):
        now = values[-1] if values else 0.0
        tone: Tone = "accent" if any(values) and not quiet else "dim"
        drawn: list[Span] = [(f"{sign} ", "dim"), (bars.sparks(values, room, glyphs), tone)]
        drawn.append((f" {fmt.rate(now)}", quiet))
        lines.append(tuple(drawn))
    return lines


# -- what to say instead of rows


def nodes_empty(view: ClusterView, now: float, *, changeable: bool = True) -> list[Cell]:
    """What the node table says when it has no rows."""
    if view.connection is Connection.OPENING and view.can_run_nodes:
        return [cell("Starting three nodes on this machine. The first time this takes a few seconds.", "accent")]
    return why_empty(view, now, "Nodes", changeable=changeable) or [cell("No node has said who it is yet.", "dim")]


def keys_empty(picture: Picture) -> list[Cell]:
    """What the key list says when it has no rows."""
    if picture.keys.filter and picture.keys.entries:
        wanted = fmt.printable(picture.keys.filter.text)
        found: list[Cell] = [(("No key matches ", ""), (wanted, "strong"), (".", ""))]
        return [*found, *_unplaced(picture), (), cell("esc clears the filter", "dim")]
    absent = why_empty(picture.view, picture.now, "Keys", changeable=picture.changeable)
    if absent:
        return absent
    if picture.keys.loading:
        return [cell("Loading keys ...", "accent"), (), cell("They can be used while more of them come.", "dim")]
    if not picture.changeable:
        return [cell("Nothing is stored yet.", "strong"), (), cell("What others store is shown here.", "dim")]
    return [
        cell("Nothing is stored yet.", "strong"),
        (),
        (("Drop a file or folder on this window, or press ", ""), ("s", "accent"), (" and type its path.", "")),
    ]


def _unplaced(picture: Picture) -> list[Cell]:
    """Nodes tell where a key is one by one, so a filter by nodes may not know it of all keys."""
    unknown = len(picture.keys.unplaced)
    if not unknown:
        return []
    said = (
        f"Where {fmt.plural(unknown, 'key is', 'keys are')} is not known: nodes are asked about the first {ASKED_MAX}."
    )
    return [cell(said, "warn")]


def transfers_empty(picture: Picture) -> list[Cell]:
    """What the transfer list says when nothing moves."""
    absent = why_empty(picture.view, picture.now, "Transfers", changeable=picture.changeable)
    if absent:
        return absent
    if not picture.keys.entries and not picture.keys.loading:
        return keys_empty(picture)
    stores: Cell = (("s", "accent"), (" stores, ", "dim")) if picture.changeable else ()
    return [
        cell("Nothing is being moved.", "dim"),
        (),
        (*stores, ("r", "accent"), (" retrieves the selected key", "dim")),
    ]


def log_empty(picture: Picture) -> list[Cell]:
    """What the log says when it has no lines."""
    if picture.log.lines:
        return [cell("No line matches.", ""), (), cell("esc clears the filter, L changes the level", "dim")]
    absent = why_empty(picture.view, picture.now, "Lines", changeable=picture.changeable)
    return absent or [cell("Nothing has happened yet: what nodes and dashboard do is said here.", "dim")]


def banner(picture: Picture) -> Cell:
    """What is wrong with the connection, how old the data is, when it is tried again; nothing when all is well."""
    view = picture.view
    match view.connection:
        case Connection.LIVE | Connection.OPENING:
            return ()
        case Connection.STOPPED:
            starts = "  S starts the selected one." if picture.changeable else ""
            return ((f"{picture.glyphs.stopped} All nodes are stopped.", "warn"), (starts, ""))
        case Connection.FAILED:
            return ((f"{picture.glyphs.down} {fmt.printable(view.failure)}", "bad"),)
        case Connection.LOST:
            link = view.next_try()
            if link is None:
                return ((f"{picture.glyphs.attention} No node answers.", "warn"),)
            waits = max(link.retry_at - picture.now, 0.0)
            when = f"trying again in {fmt.age(waits + 0.999)}" if waits > 0 else "trying again now"
            when = "given up" if link.retry_at < 0 else when
            key = "r" if view.attached else "ctrl+r"
            key = f" ({key}: now)" if waits > 0 else " (r: try again)" if link.retry_at < 0 else ""
            if link.denied:
                said = f"{picture.glyphs.down} Not let in: ask for 'dfs-core invite --role operator'; {when}{key}:"
                return ((said, "bad"), (f" {fmt.printable(link.reason)}", ""))
            said = f"{picture.glyphs.attention} No answer, {when}{key}:"
            return ((said, "warn"), (f" {fmt.printable(link.reason)}", ""))


def idle_text(connection: Connection, *, storing: bool, read_only: bool) -> str:
    """What can be done when there is nothing to say; `storing`: a key stores in this view."""
    if read_only:
        return "Opened with --read-only: nothing is changed from here."
    if connection is not Connection.LIVE:
        return "Files can be stored as soon as a node answers."
    return f"Drop a file or a folder on this window to store it{', or press s' if storing else ''}."


def partial(picture: Picture) -> Cell:
    """Who of the cluster does not answer while others do; nothing when all do, or rest on purpose."""
    view = picture.view
    if view.connection is not Connection.LIVE:
        return ()
    rows = node_rows(view, picture.now)
    silent = [row.name for row in rows if row.state in SILENT]
    if not silent:
        return ()
    verb = "does" if len(silent) == 1 else "do"
    named = ", ".join(silent[:4]) + (f" and {len(silent) - 4} more" if len(silent) > 4 else "")
    said = f"{picture.glyphs.attention} {len(silent)} of {len(rows)} nodes {verb} not answer: {fmt.printable(named)}."
    return ((said, "warn"), ("  2 says why.", "dim"))


def notice_line(notice: Noted, glyphs: Glyphs) -> Cell:
    """The message line with what the dashboard has to say."""
    sign, sign_tone, tone = _NOTICES[notice.level]
    return ((f" {getattr(glyphs, sign)} ", sign_tone), (fmt.printable(notice.text), tone))


def running_here(view: ClusterView) -> int:
    """How many local nodes run."""
    return sum(node.state is ProcessState.RUNNING for node in view.local.values())
