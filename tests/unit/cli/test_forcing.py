"""`recovery force-quorum` and `recovery lift`: what is asked, what is said, what is passed on."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dfs_core.encoding.recovery_messages import LiftForcedHold
from dfs_core.model.ids import NodeId
from dfs_core.server import forcing
from dfs_core.server.forcing import Forced, Plan
from dfs_core.testing.fake_node import FakeNode

Run = Callable[..., Any]

ME, LOST, FOLLOWER = (NodeId(letter * 32) for letter in (b"m", b"l", b"f"))
PLAN = Plan(ME, 1, 1234, (LOST,), (FOLLOWER,), ())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, tuple[str, ...], bool]]:
    """What the command asked for, and whether it was agreed."""
    calls: list[tuple[Path, tuple[str, ...], bool]] = []

    def force(folder: Path, destroyed: tuple[str, ...], *, agree: Callable[[Plan], bool]) -> Forced:
        calls.append((folder, destroyed, agree(PLAN)))
        return Forced(PLAN)

    monkeypatch.setattr(forcing, "force_majority", force)
    return calls


def test_it_says_what_it_means_and_asks(run: Run, asked: list[Any], tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    done = run("recovery", "force-quorum", "--data-dir", str(tmp_path), "--destroyed", "6c6c", "--destroyed", "66")
    assert asked == [(tmp_path, ("6c6c", "66"), True)]
    assert "up to log index 1,234, as generation 1" in done.err
    assert str(LOST)[:12] in done.err
    assert f"join again with empty folders: {str(FOLLOWER)[:12]}" in done.err
    assert "dfs-core recovery lift" in done.err


@pytest.mark.parametrize(("arguments", "agreed"), [([], False), (["--yes"], True)])
def test_without_a_yes_nothing_is_agreed(
    run: Run, asked: list[Any], tmp_path: Path, monkeypatch: Any, arguments: list[str], agreed: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    done = run("recovery", "force-quorum", "--data-dir", str(tmp_path), "--json", *arguments)
    assert [each[2] for each in asked] == [agreed]
    assert json.loads(done.out) == {"generation": 1, "ended_earlier": False}


def test_a_call_that_ends_an_earlier_one_says_so(run: Run, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(forcing, "force_majority", lambda folder, destroyed, *, agree: Forced(None))
    assert "an earlier call" in run("recovery", "force-quorum", "--data-dir", str(tmp_path)).out


def test_lifting_is_asked_of_the_node(run: Run, node: FakeNode) -> None:
    done = run("recovery", "lift", "--control", str(node.control))
    assert len(node.asked(LiftForcedHold)) == 1
    assert "go on" in done.out
