"""Which keys files get, and what is wrong with them."""

from __future__ import annotations

import pytest

from dfs_tui.view.plan import (
    AT_ONCE_BYTES,
    KEY_BYTES_MAX,
    Conflict,
    Found,
    Scan,
    Skipped,
    at_once,
    free_name,
    key_problem,
    plan,
    suggestion,
)

BEACH = Found("/pics/beach.raw", "beach.raw", 100)
FOLDER = (Found("/pics/2024/a.raw", "2024/a.raw", 10), Found("/pics/2024/sub/b.raw", "2024/sub/b.raw", 20))


def keys(scan: Scan, typed: str) -> list[str]:
    return [file.key for file in plan(scan, typed, ()).files]


SINGLE = Scan(("/pics/beach.raw",), (BEACH,))
MANY = Scan(("/pics/2024",), FOLDER)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("", "beach.raw"),
        ("holiday.raw", "holiday.raw"),
        ("photos/", "photos/beach.raw"),
        (" /photos/x.raw ", "photos/x.raw"),
    ],
)
def test_a_single_file_can_be_named_or_put_into_a_folder(typed: str, key: str) -> None:
    assert keys(SINGLE, typed) == [key]


@pytest.mark.parametrize(
    ("typed", "first"), [("", "2024/a.raw"), ("photos", "photos/2024/a.raw"), ("photos/", "photos/2024/a.raw")]
)
def test_a_folder_keeps_its_shape_below_what_was_typed(typed: str, first: str) -> None:
    assert keys(MANY, typed)[0] == first
    assert keys(MANY, typed)[1] == first.replace("a.raw", "sub/b.raw")


def test_a_single_file_suggests_its_own_name_and_several_suggest_nothing() -> None:
    assert suggestion(SINGLE) == "beach.raw"
    assert suggestion(MANY) == ""
    assert suggestion(Scan((), ())) == ""


def test_the_plan_counts_what_it_will_do() -> None:
    made = plan(Scan(MANY.roots, FOLDER, (Skipped("/pics/2024/lock", "not readable"),)), "p", {"p/2024/a.raw"})
    assert (made.size_bytes, made.existing, made.name, made.problem) == (30, 1, "p/2024/", "")
    assert [left.why for left in made.skipped] == ["not readable"]


def test_files_without_a_common_folder_are_counted() -> None:
    two = Scan(("/a", "/b"), (Found("/a", "a", 1), Found("/b", "b", 1)))
    assert plan(two, "", ()).name == "2 files"


THERE = {"2024/a.raw", "2024/sub/b.raw"}


def test_what_has_the_same_content_is_passed_over_and_the_rest_stored() -> None:
    made = plan(MANY, "", THERE, same=lambda file: file.key == "2024/a.raw")
    assert [file.key for file in made.files] == ["2024/sub/b.raw"]
    assert [file.key for file in made.passed] == ["2024/a.raw"]
    assert (made.existing, made.versions, made.size_bytes, made.to_compare) == (2, 1, 20, ())
    assert plan(MANY, "", THERE, same=lambda _: True).problem == "all of it is stored already, with the same content"


def test_what_was_not_compared_yet_is_stored_and_said() -> None:
    made = plan(MANY, "", THERE)
    assert (len(made.files), len(made.to_compare), made.versions) == (2, 2, 0)


def test_a_new_version_is_made_of_everything_when_that_was_chosen() -> None:
    made = plan(MANY, "", THERE, conflict=Conflict.VERSION, same=lambda _: True)
    assert (len(made.files), made.versions, made.passed, made.to_compare) == (2, 2, (), ())


def test_what_is_renamed_gets_a_key_that_is_free_and_that_nothing_else_in_the_drop_gets() -> None:
    files = tuple(Found(f"/d/{name}", f"d.x/{name}", 1) for name in ("a.txt", "a-2.txt", "plain"))
    there = {"d.x/a.txt", "d.x/a-3.txt", "d.x/plain", "d.x/plain-2"}
    made = plan(Scan(("/d",), files), "", there, conflict=Conflict.RENAME)
    assert [file.key for file in made.files] == ["d.x/a-4.txt", "d.x/a-2.txt", "d.x/plain-3"]
    assert [file.key for file in made.renamed] == ["d.x/a-4.txt", "d.x/plain-3"]
    assert (made.versions, made.first_existing) == (0, "d.x/a.txt")


def test_what_was_taken_out_is_not_stored_and_one_that_is_left_keeps_its_folder() -> None:
    made = plan(MANY, "p", (), left_out={"/pics/2024/a.raw"})
    assert [file.key for file in made.files] == ["p/2024/sub/b.raw"]
    assert plan(MANY, "", (), left_out={file.path for file in FOLDER}).problem.startswith("all files were taken out")


def test_what_is_tried_again_counts_nothing_twice() -> None:
    made = plan(MANY, "", THERE, same=lambda file: file.key == "2024/a.raw")
    assert made.only(made.files).passed == ()


def test_only_one_small_new_file_with_room_for_it_is_stored_without_a_look() -> None:
    made = at_once(SINGLE, (), 3, 300)
    assert made is not None
    assert [file.key for file in made.files] == ["beach.raw"]
    assert at_once(SINGLE, (), 3, -1) == made, "no room is not known of"
    large = Found("/pics/beach.raw", "beach.raw", AT_ONCE_BYTES)
    odd = Found("/pics/\udcff", "\udcff", 1)
    for scan, existing, free_bytes in (
        (MANY, (), 1000),
        (SINGLE, ("beach.raw",), 1000),
        (SINGLE, (), 299),
        (Scan(SINGLE.roots, (large,)), (), 1 << 40),
        (Scan(SINGLE.roots, (odd,)), (), 1 << 40),
        (Scan(SINGLE.roots, (BEACH,), (Skipped("/pics/x", "a fifo"),)), (), 1000),
        (Scan((), ()), (), 1000),
    ):
        assert at_once(scan, existing, 3, free_bytes) is None


def test_two_files_for_one_key_are_refused() -> None:
    two = Scan(("/x/a", "/y/a"), (Found("/x/a", "a", 1), Found("/y/a", "a", 1)))
    assert "two files" in plan(two, "", ()).problem


def test_nothing_to_store_is_a_problem_that_is_said() -> None:
    assert plan(Scan(("/empty",), ()), "", ()).problem == "there is nothing to store"


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("a/b", ""),
        ("a//b", "parts"),
        ("a/../b", "parts"),
        (".", "parts"),
        ("a\0b", "NUL"),
        ("x" * (KEY_BYTES_MAX + 1), "at most"),
        ("\ud800", "UTF-8"),
        ("-leading dash and spaces\nand lines", ""),
    ],
)
def test_a_key_that_the_node_would_refuse_is_said_beforehand(key: str, problem: str) -> None:
    assert (problem in key_problem(key)) and bool(key_problem(key)) == bool(problem)


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("a.raw", set(), "a.raw"),
        ("a.raw", {"a.raw"}, "a-2.raw"),
        ("a.raw", {"a.raw", "a-2.raw"}, "a-3.raw"),
        ("README", {"README"}, "README-2"),
        (".profile", {".profile"}, ".profile-2"),
        ("a.tar.gz", {"a.tar.gz"}, "a.tar-2.gz"),
    ],
)
def test_a_taken_name_gets_a_number(wanted: str, taken: set[str], name: str) -> None:
    assert free_name(wanted, taken) == name
