"""Health in a few lines, and what is said when there is nothing to show."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from dfs_tui.view import events, status
from dfs_tui.view import filter as filters
from dfs_tui.view.cells import Cell, text_of
from dfs_tui.view.cluster import ClusterView, Connection, reduce
from dfs_tui.view.event_log import EventLog
from dfs_tui.view.events import Noted
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.picture import Picture, Sample
from dfs_tui.view.values import KeyEntry, Level, ProcessState

from ..worlds import IDS, WALL_S, healthy, index_of, local, picture_of, report, view_of


def entry(key: str, copies: int) -> KeyEntry:
    return KeyEntry(key, 1, 10, WALL_S, copies)


def said(lines: list[Cell]) -> str:
    return "\n".join(text_of(line) for line in lines)


def lost(reason: str = "connection reset") -> ClusterView:
    view = healthy()
    for name in IDS:
        view = reduce(view, events.LinkLost(name, reason, 12.0), 8.0)
    return view


def stopped() -> ClusterView:
    view = reduce(healthy(), events.LocalNodesListed(tuple(local(n, ProcessState.STOPPED) for n in IDS)), 1.0)
    for name in IDS:
        view = reduce(view, events.LinkDropped(name), 1.0)
    return view


def test_copies_are_a_histogram() -> None:
    keys = index_of(entry("a", 3), entry("b", 3), entry("c", 4), entry("d", 1), entry("e", -1))
    lines = said(status.status_lines(picture_of(healthy(), keys), 44))
    assert "3 copies  ########------ 3" in lines
    assert "2 copies  -              0" in lines
    assert "1 copy    ###----------- 1" in lines
    assert "lost      -              0" in lines
    assert "unknown   -              1" in lines


def test_reasons_stand_first_and_are_wrapped() -> None:
    reason = "1 of 3 nodes cannot be reached: n3, and this is a long story about it"
    view = reduce(healthy(), events.NodeReported("n1", report("n1", health="DEGRADED", reasons=(reason,))), 1.0)
    lines = status.status_lines(picture_of(view), 40)
    assert text_of(lines[0]).startswith("1 of 3 nodes")
    assert all(cell_len(text_of(line)) <= 44 for line in lines)


def test_throughput_is_drawn_from_the_samples() -> None:
    picture = picture_of(healthy(), samples=(Sample(0, 0), Sample(2 << 20, 1 << 20)))
    lines = said(status.status_lines(picture, 44))
    assert "2.00 MiB/s" in lines
    assert "1.00 MiB/s" in lines


def test_nothing_is_claimed_before_a_node_has_reported() -> None:
    assert said(status.status_lines(picture_of(ClusterView()), 44)) == "Figures are shown as soon as a node answers."


def test_every_empty_state_of_the_nodes_says_what_goes_on() -> None:
    assert "Opening" in said(status.nodes_empty(ClusterView(), 0.0))
    assert "Starting three nodes" in said(
        status.nodes_empty(view_of(events.SourceOpened("l", can_run_nodes=True)), 0.0)
    )
    attached = view_of(events.SourceOpened("s", can_run_nodes=False))
    assert "Connecting" in said(status.nodes_empty(attached, 0.0))
    refused = reduce(attached, events.LinkLost("node", "no node is running at /s", 9.0), 8.0)
    assert "no node is running at /s" in said(status.nodes_empty(refused, 8.0))
    failed = view_of(events.SourceFailed("n1: port 3000 is in use"))
    assert "port 3000 is in use" in said(status.nodes_empty(failed, 0.0))


def filtered() -> Picture:
    keys = index_of(entry("a", 3))
    keys.show(filters.parse("xyz [red]"), WALL_S)
    return picture_of(healthy(), keys)


@pytest.mark.parametrize(
    ("picture", "text"),
    [
        (picture_of(ClusterView()), "as soon as a node answers"),
        (picture_of(healthy(), index_of(loading=True)), "Loading keys"),
        (picture_of(healthy()), "Drop a file"),
        (filtered(), "No key matches xyz [red]."),
        (picture_of(lost()), "No node answers"),
        (picture_of(stopped()), "S starts"),
    ],
)
def test_every_empty_state_of_the_keys_says_what_to_do(picture: Picture, text: str) -> None:
    assert text in said(status.keys_empty(picture))


def test_transfers_and_log_say_what_to_do_when_empty() -> None:
    assert "s stores" in said(status.transfers_empty(picture_of(healthy(), index_of(entry("a", 3)))))
    assert "Drop a file" in said(status.transfers_empty(picture_of(healthy())))
    assert "as soon as a node answers" in said(status.transfers_empty(picture_of(ClusterView())))
    assert "Nothing has happened" in said(status.log_empty(picture_of(healthy())))
    log = EventLog()
    log.add([Noted(Level.INFO, "a")], WALL_S)
    assert "esc clears" in said(status.log_empty(picture_of(healthy(), log=log)))


def test_the_banner_counts_down_to_the_next_try() -> None:
    assert text_of(status.banner(picture_of(lost(), now=9.0))).startswith(
        "! No answer, trying again in 3 s (ctrl+r: now):"
    )
    assert text_of(status.banner(picture_of(lost(), now=12.5))).startswith("! No answer, trying again now:")
    assert "connection reset" in text_of(status.banner(picture_of(lost(), now=9.0)))


def test_the_banner_of_who_is_not_let_in_says_whom_to_ask_before_why() -> None:
    opened = events.SourceOpened("nas", can_run_nodes=False, attached="nas:1")
    view = view_of(opened, events.LinkLost("nas", "it was removed", 12.0, denied=True))
    told = text_of(status.banner(picture_of(view, now=9.0)))
    assert told == (
        "X Not let in: ask for 'dfs-core invite --role operator'; trying again in 3 s (r: now): it was removed"
    )
    given_up = view_of(opened, events.LinkLost("nas", "it was removed", -1.0))
    assert text_of(status.banner(picture_of(given_up, now=9.0))).startswith("! No answer, given up (r: try again):")


def test_there_is_no_banner_while_all_is_well() -> None:
    assert status.banner(picture_of(healthy())) == ()
    assert status.banner(picture_of(ClusterView())) == ()


def test_the_banner_names_the_next_step_when_all_nodes_are_stopped() -> None:
    assert "S starts" in text_of(status.banner(picture_of(stopped())))


def test_running_nodes_are_counted() -> None:
    assert (status.running_here(healthy()), status.running_here(stopped())) == (3, 0)


def test_wrapped_text_keeps_to_its_width_and_loses_no_word() -> None:
    lines = status.wrap("some words that are to be wrapped \x1b[31m here", 12)
    assert all(len(line) <= 12 for line in lines)
    assert " ".join(lines) == "some words that are to be wrapped \\x1b[31m here"


@pytest.mark.parametrize(("level", "sign"), [(Level.INFO, ASCII.done), (Level.WARNING, "!"), (Level.ERROR, ASCII.down)])
def test_a_notice_begins_with_a_sign_of_how_grave_it_is(level: Level, sign: str) -> None:
    assert text_of(status.notice_line(Noted(level, "n1\x1b[31m"), ASCII)).startswith(f" {sign} n1")
    assert "\x1b" not in text_of(status.notice_line(Noted(level, "n1\x1b[31m"), ASCII))


def test_who_does_not_answer_is_named_while_others_do() -> None:
    assert status.partial(picture_of(healthy())) == ()
    silent = reduce(healthy(), events.LinkLost("n2", "no word for 5 s", 9.0), 8.0)
    down = events.NodeReported("n1", report("n1", n2="down"))
    line = text_of(status.partial(picture_of(reduce(silent, down, 8.0))))
    assert "1 of 3 nodes does not answer: n2." in line
    assert status.partial(picture_of(lost())) == (), "nobody answers: that is said elsewhere"


def test_what_can_be_done_when_there_is_nothing_to_say() -> None:
    live, opening = Connection.LIVE, Connection.OPENING
    assert status.idle_text(live, storing=True, read_only=False).endswith(", or press s.")
    assert "press s" not in status.idle_text(live, storing=False, read_only=False)
    assert "as soon as" in status.idle_text(opening, storing=True, read_only=False)
    assert "--read-only" in status.idle_text(live, storing=True, read_only=True)
