"""Every kind of error has an exit code, every exit code a meaning."""

from __future__ import annotations

import pytest

from dfs_core.cli.exit_codes import EXIT_CODES, MEANINGS, OK, PART, exit_code_of, exit_code_of_all
from dfs_core.errors import DfsError, FileUnusable, InvalidInput, KeyNotFound, NoMajority, StoreFull


def kinds(base: type[DfsError] = DfsError) -> set[type[DfsError]]:
    """All error types of the core."""
    found = {base}
    for child in base.__subclasses__():
        found |= kinds(child)
    return {kind for kind in found if kind.__module__ == "dfs_core.errors"}


def test_every_error_code_has_an_exit_code_and_no_other_has() -> None:
    assert set(EXIT_CODES) == {kind.code for kind in kinds()}


def test_every_exit_code_has_a_meaning_and_none_but_done_is_zero() -> None:
    assert set(EXIT_CODES.values()) <= set(MEANINGS)
    assert OK not in EXIT_CODES.values()
    assert all(0 <= code < 256 for code in MEANINGS)


def test_a_subclass_ends_like_its_kind() -> None:
    for kind in kinds():
        for child in kind.__subclasses__():
            if kind is not DfsError and child.__module__ == "dfs_core.errors" and child.code == kind.code:
                assert EXIT_CODES[child.code] == EXIT_CODES[kind.code]


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([], OK),
        ([KeyNotFound("a")], 3),
        ([KeyNotFound("a"), KeyNotFound("b")], 3),
        ([KeyNotFound("a"), InvalidInput("b")], PART),
        ([FileUnusable("a", "gone")], 5),
    ],
)
def test_several_failures_of_one_kind_end_like_one_of_several_kinds_like_none(
    errors: list[DfsError], code: int
) -> None:
    assert exit_code_of_all(errors) == code


def test_single_errors() -> None:
    assert exit_code_of(NoMajority([])) == 7
    assert exit_code_of(StoreFull("full")) == 11
