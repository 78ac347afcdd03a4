"""Ports: as the story has them, else the next free one."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from dfs_core.errors import ConfigError
from dfs_core.local import ports
from dfs_core.local.ports import choose_port, is_free, wished_port


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((ports.HOST, 0)) as bound:
        yield bound


def test_the_first_three_are_those_of_the_story_and_more_follow_the_last() -> None:
    assert [wished_port(index, None) for index in range(5)] == [3000, 7000, 5000, 5001, 5002]


def test_with_a_base_port_they_count_up_from_it() -> None:
    assert [wished_port(index, 9100) for index in range(4)] == [9100, 9101, 9102, 9103]


def test_a_port_with_a_listener_is_not_free(listener: socket.socket) -> None:
    assert not is_free(listener.getsockname()[1])


def test_a_taken_port_gives_way_to_the_next_free_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda port: port not in (3000, 3001))
    assert choose_port(3000, ()) == 3002
    assert choose_port(3000, {3002, 3003}) == 3004
    assert choose_port(5000, ()) == 5000


def test_no_free_port_at_all_is_an_error_that_names_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda port: False)
    with pytest.raises(ConfigError, match="--base-port"):
        choose_port(65_530, ())
