"""One link in full."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view.cells import text_of
from dfs_tui.view.glyphs import ASCII, UNICODE
from dfs_tui.view.link_detail import link_detail
from dfs_tui.view.peers import PeerLink

THERE = PeerLink("n1>x", "n1", "n2", "up", "10.0.0.2:3000", 0.42, 2048, 4096, 0.3, "", stale=False)
BACK = replace(THERE, id="n2>y", seen_by="n2", name="n1")


def said(link: PeerLink, *others: PeerLink, width: int = 200) -> str:
    return "\n".join(text_of(line) for line in link_detail(link, others, ASCII, width))


def test_both_ends_are_told_of() -> None:
    text = said(THERE, THERE, BACK)
    assert "n1          sees n2 as up" in text
    assert "n2          sees n1 as up" in text
    assert "0.4 ms" in text
    assert "2.00 KiB sent, 4.00 KiB received" in text


def test_one_way_reachability_is_named_from_either_end() -> None:
    deaf = replace(BACK, liveness="down", error="timed out after 3 s")
    assert "n2 does not hear n1: look for a firewall" in said(THERE, deaf)
    assert "n1 hears n2, but not the other way round" in said(deaf, THERE)
    assert "timed out after 3 s" in said(deaf, THERE)


def test_a_link_that_is_down_says_what_to_do() -> None:
    assert "its own log says why" in said(replace(THERE, liveness="down"))
    assert "silent for a moment" in said(replace(THERE, liveness="suspect"))
    assert "does not report any more" in said(replace(THERE, stale=True))


def test_names_are_made_safe() -> None:
    assert "\x1b" not in said(replace(THERE, name="\x1b[31m", error="\x1b]0;x\x07", liveness="down"), width=30)


def test_how_the_round_trips_went_is_drawn_with_the_least_and_the_most() -> None:
    drawn = next(
        text_of(line) for line in link_detail(THERE, (), UNICODE, 60, [1.0, 2.0, 4.0]) if "round" in text_of(line)
    )
    assert drawn == "round trip  0.4 ms  ▃▅█  1.0 to 4.0 ms"
    assert "to" not in said(THERE).partition("round trip")[2].partition("\n")[0]
    for width in (30, 41, 60):
        lines = link_detail(THERE, (), UNICODE, width, [1.0] * 200)
        assert all(len(text_of(line)) <= width for line in lines if "round" in text_of(line) and width > 38)
