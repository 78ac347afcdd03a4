"""What emptying a node would do, and how far it is."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view.cells import Cell, text_of
from dfs_tui.view.draining import SAFE, SHARES_MAX, observed, preview_line, preview_lines
from dfs_tui.view.values import DrainReport, LayoutPreview

from ..worlds import N1, N2, N3

FOUND = LayoutPreview(
    moved_chunks=1204,
    moved_bytes=4 << 30,
    usable_before=30 << 30,
    usable_after=20 << 30,
    shares=((N1, 4 << 30, 0), (N2, 1 << 30, 5 << 30), (N3, 7, 7), ("4" * 64, 8, 8)),
)


def said(lines: list[Cell]) -> list[str]:
    return [text_of(line) for line in lines]


def test_everything_the_command_line_says_is_said() -> None:
    assert said(preview_lines(FOUND, {N1: "n1", N2: "\x1bn2"}, seen_bytes_s=float(40 << 20))) == [
        "moves    1 204 copies of chunks, 4.00 GiB",
        "takes    about 1 m 42 s as fast as lately, 40.0 MiB/s",
        "fits     20.0 GiB afterwards, 30.0 GiB now",
        "at risk  nothing: no chunk has too few copies at any moment",
        "\\x1bn2   holds 5.00 GiB afterwards, 1.00 GiB now",
        "n1       holds 0 B afterwards, 4.00 GiB now",
    ]


def test_what_is_dangerous_stands_out() -> None:
    lines = preview_lines(replace(FOUND, at_risk_chunks=3, lost_chunks=1, copies_after=2, exact=False), {})
    tones = {text.partition(" ")[0]: tone for line in lines for (text, _), (_, tone) in [line]}
    assert (tones["at"], tones["lost"], tones["copies"]) == ("warn", "bad", "warn")
    assert "about 1 chunk would have no copy left" in said(lines)[4]


def test_too_few_nodes_for_the_copies_are_named() -> None:
    few = said(preview_lines(replace(FOUND, shares=((N1, 5, 0), (N2, 5, 5), (N3, 5, 5))), {}))
    assert "copies   only 2 of each chunk afterwards, 3 are wanted: too few nodes" in few
    empty = said(preview_lines(replace(FOUND, shares=((N1, 0, 0), (N2, 0, 0))), {}))
    assert not any("too few nodes" in line for line in empty)
    told = said(preview_lines(replace(FOUND, shares=(), storing_after=1), {}))
    assert "copies   only 1 of each chunk afterwards, 3 are wanted: too few nodes" in told


def test_how_long_it_takes_is_said_only_where_it_can_be_known() -> None:
    assert not any("takes" in line for line in said(preview_lines(FOUND, {})))
    limited = said(preview_lines(replace(FOUND, limit_bytes_s=1 << 20), {}, seen_bytes_s=1e12))
    assert "takes    about 1 h 08 m at the limit of 1.00 MiB/s" in limited
    many = replace(FOUND, shares=tuple((f"{number:064x}", 1, 2) for number in range(SHARES_MAX + 3)))
    assert "and 3 more nodes" in said(preview_lines(many, {}))[-1]
    assert said(preview_lines(many, {}, shares_max=0)) == said(preview_lines(many, {}))[:3]


def test_how_far_it_is_comes_from_one_look_after_the_other() -> None:
    drains = observed({}, [DrainReport(N1, 100)], 10.0)
    assert drains[N1].text == "100 chunks left"
    drains = observed(drains, [DrainReport(N1, 60)], 14.0)
    assert drains[N1].text == "60 chunks left, about 6.0 s (10/s)"
    drains = observed(drains, [DrainReport(N1, 120)], 15.0)
    assert drains[N1].text == "120 chunks left", "more came: it begins anew"
    drains = observed(drains, [DrainReport(N1, 0), DrainReport(N2, -1)], 20.0)
    assert (drains[N1].text, drains[N1].safe) == (SAFE, True)
    assert (drains[N2].text, drains[N2].safe) == ("what is left is being counted", False)
    assert observed(drains, [], 21.0) == {}


def test_of_several_nodes_each_has_a_line_with_what_it_moves_and_risks() -> None:
    assert text_of(preview_line("n1", FOUND)) == "n1       moves 1 204 copies, 4.00 GiB; nothing at risk"
    assert "3 chunks at risk meanwhile" in text_of(preview_line("n1", replace(FOUND, at_risk_chunks=3)))
    assert "1 chunk would have no copy left" in text_of(preview_line("n1", replace(FOUND, lost_chunks=1)))
    assert text_of(preview_line("\x1bn1", "nobody answers")) == "\\x1bn1   not known: nobody answers"
