"""Numbers as people read them, and names that cannot act on a terminal."""

from __future__ import annotations

import subprocess
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dfs_tui.view import format as fmt


@pytest.mark.parametrize(
    ("count", "said", "short"),
    [
        (-1, "?", "?"),
        (0, "0 B", "0B"),
        (1023, "1023 B", "1023B"),
        (1024, "1.00 KiB", "1.0K"),
        (1536, "1.50 KiB", "1.5K"),
        (10 * 1024, "10.0 KiB", "10.0K"),
        (999 * 1024, "999 KiB", "999K"),
        (1000 * 1024, "0.98 MiB", "1.0M"),
        (5 << 30, "5.00 GiB", "5.0G"),
        (123 << 40, "123 TiB", "123T"),
    ],
)
def test_a_size_has_three_digits_and_a_unit(count: int, said: str, short: str) -> None:
    assert (fmt.size(count), fmt.size_short(count)) == (said, short)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-1, "?"), (0.04, "0.0 s"), (9.9, "9.9 s"), (14.2, "14 s"), (102, "1 m 42 s"), (11100, "3 h 05 m"), (2e5, "2 d")],
)
def test_a_duration_has_two_units_at_most(seconds: float, said: str) -> None:
    assert fmt.duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(-3, "0 s"), (59, "59 s"), (60, "1 m"), (7300, "2 h"), (3 * 86400, "3 d"), (4e7, "1 y")]
)
def test_an_age_has_one_unit(seconds: float, said: str) -> None:
    assert fmt.age(seconds) == said


def test_a_running_transfer_never_says_a_hundred_percent() -> None:
    assert fmt.percent(1000, 1000) == "99%"
    assert fmt.percent(1000, 1000, ended=True) == "100%"
    assert fmt.percent(0, 0) == "99%"
    assert fmt.percent(5, -1) == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("photos/2024/beach.raw", "photos/2024/beach.raw"),
        ("grüße/日本.txt", "grüße/日本.txt"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("two\nlines\tand tab", "two\\nlines\\tand tab"),
        ("abc\u202etxt.exe", "abc\\u202etxt.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("c1 \x9b31m", "c1 \\x9b31m"),
        ("[bold red]not markup[/]", "[bold red]not markup[/]"),
        ("\u0301accent first", "◌\u0301accent first"),
        ("e" + "\u0301" * 40, "e" + "\u0301" * 3),
        ("heart \u2764\ufe0f", "heart \u2764"),
        ("lone \ud800 surrogate", "lone \\ud800 surrogate"),
    ],
)
def test_a_name_is_shown_without_what_a_terminal_would_act_upon(name: str, shown: str) -> None:
    assert fmt.printable(name) == shown


@given(st.text())
def test_whatever_a_name_holds_nothing_in_it_controls_the_terminal(name: str) -> None:
    shown = fmt.printable(name)
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")]
    assert fmt.printable(shown) == shown


@given(st.text(), st.integers(0, 60))
def test_clipped_text_never_takes_more_cells_than_it_was_given(text: str, width: int) -> None:
    name = fmt.printable(text)
    assert cell_len(fmt.clip(name, width)) <= width
    assert cell_len(fmt.clip_middle(name, width)) <= width


@given(st.text(), st.integers(0, 60), st.sampled_from(["left", "right"]))
def test_padded_text_takes_exactly_its_cells(text: str, width: int, align: str) -> None:
    assert cell_len(fmt.pad(fmt.printable(text), width, align)) == width


def test_a_name_of_four_kilobytes_keeps_its_end() -> None:
    shown = fmt.clip_middle("a" * 4090 + "/x.raw", 30)
    assert cell_len(shown) == 30
    assert shown.endswith("/x.raw")


@pytest.mark.parametrize(
    ("path", "home", "said"),
    [
        ("/home/me/a", "/home/me", "~/a"),
        ("/home/me", "/home/me/", "~"),
        ("/home/men/a", "/home/me", "/home/men/a"),
        ("/a", "/", "/a"),
        ("/a", "", "/a"),
    ],
)
def test_the_home_folder_is_a_tilde(path: str, home: str, said: str) -> None:
    assert fmt.tilde(path, home) == said


@pytest.mark.parametrize("path", ["~/a b", "~/it's", "~/", "/d/~/$HOME", "~other", "plain"])
def test_a_shell_reads_a_path_as_it_was_meant(path: str) -> None:
    read = subprocess.run(
        ["/bin/sh", "-c", f"printf %s {fmt.in_a_shell(path)}"], env={"HOME": "/h"}, capture_output=True
    )
    assert read.stdout.decode() == path.replace("~/", "/h/", 1 if path.startswith("~/") else 0)


def test_names_are_all_said_however_many() -> None:
    assert fmt.named(["a"]) == "a"
    assert fmt.named(["a", "b", "c", "d"]) == "a, b, c and d"
    assert fmt.named([]) == ""


def test_counts_and_plurals_read_well() -> None:
    assert fmt.count(1204) == "1 204"
    assert fmt.plural(1, "copy", "copies") == "1 copy"
    assert fmt.plural(2000, "file") == "2 000 files"
    assert fmt.rate(0) == "0 B/s"
    assert fmt.short_id("ab" * 32) == "abababab"
