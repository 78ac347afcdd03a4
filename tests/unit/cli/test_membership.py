"""invite and remove against a fake node."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dfs_core.encoding.control_messages import Invite, RemoveMember
from dfs_core.testing.fake_node import NODE_ID, FakeNode

Run = Callable[..., Any]


def test_an_invitation_is_alone_on_standard_output(at: Run, node: FakeNode) -> None:
    ended = at("invite", "--role", "vault", "--expires", "30m")
    assert ended.out == "dfs-invitation\n"
    assert "30 min" in ended.err
    assert node.asked(Invite) == [Invite("vault", 1800.0)]
    assert json.loads(at("invite", "--json").out) == {"line": "dfs-invitation", "role": "full", "expires_s": 3600.0}


def test_as_many_invitations_are_made_as_are_asked_for(at: Run, node: FakeNode) -> None:
    ended = at("invite", "--count", "2")
    assert ended.out == "dfs-invitation\n" * 2
    assert "each for one full node" in ended.err
    assert node.asked(Invite) == [Invite("full", 3600.0)] * 2
    assert at("invite", "--count", "0").code == 2


def test_remove_takes_the_beginning_of_an_id_that_is_clear(at: Run, node: FakeNode) -> None:
    assert at("remove", NODE_ID[:6].upper(), "--force", "--yes").code == 0
    assert node.asked(RemoveMember) == [RemoveMember(NODE_ID, True)]


def test_remove_says_what_it_does_and_asks(at: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    node.layouts.preview = msgspec.structs.replace(node.layouts.preview, moved_chunks=7)
    for answer, asked in (("n\n", []), ("y\n", [RemoveMember(NODE_ID, False)])):
        given = io.StringIO(answer)
        monkeypatch.setattr(given, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", given)
        ended = at("remove", NODE_ID[:6])
        assert ended.code == 0
        assert "7 copies of chunks" in ended.out
        assert f"Take {NODE_ID[:12]} off the cluster for ever?" in ended.err
        assert ("nothing was changed" in ended.out) == (not asked)
        assert node.asked(RemoveMember) == asked


def test_a_script_that_does_not_say_yes_removes_nobody(at: Run, node: FakeNode) -> None:
    ended = at("remove", NODE_ID[:6])
    assert ended.code == 2
    assert "--yes" in ended.err
    assert node.asked(RemoveMember) == []


def test_remove_leaves_to_the_node_who_is_not_among_the_peers(at: Run, node: FakeNode) -> None:
    assert at("remove", "ffff", "--yes").code == 0
    assert node.asked(RemoveMember) == [RemoveMember("ffff", False)]


def test_remove_refuses_an_unclear_id(at: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    (here,) = node.peers()
    other = msgspec.structs.replace(here, node=NODE_ID[:8] + "0" * 56)
    monkeypatch.setattr(node, "peers", lambda: [here, other])
    ended = at("remove", NODE_ID[:8], "--yes")
    assert ended.code == 2
    assert "2 nodes begin" in ended.err
    assert node.asked(RemoveMember) == []
