"""Questions at the terminal."""

from __future__ import annotations

import io
import sys

import pytest

from dfs_core.cli.asking import answer, confirmed, go_on
from dfs_core.errors import InvalidInput


@pytest.mark.parametrize(("typed", "goes_on"), [("yes\n", True), (" YES \n", True), ("y\n", False), ("", False)])
def test_only_the_whole_word_goes_on(
    typed: str, goes_on: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert go_on([], yes=False) is goes_on
    assert capsys.readouterr() == ("", "Go on? Type 'yes': ")


def test_who_said_yes_beforehand_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert go_on([], yes=True)


def test_an_answer_is_lower_case_and_without_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("  Y \n"))
    assert answer("Well? ") == "y"


def test_where_nobody_can_be_asked_the_answer_is_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(InvalidInput, match="--yes"):
        confirmed("Really?")
