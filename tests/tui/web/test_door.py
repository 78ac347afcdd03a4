"""Who comes in, and who does not."""

from __future__ import annotations

import pytest

from dfs_tui.web.door import PASSWORD_LENGTH_MIN, WRONG_MAX, Door, Entry, Where, parse_where

HERE = Where("127.0.0.1", 7480)
PASSWORD = "correct horse battery"


def token_of(door: Door) -> str:
    return door.link.partition("token=")[2]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", HERE),
        ("8080", Where("127.0.0.1", 8080)),
        (":8080", Where("127.0.0.1", 8080)),
        ("localhost", Where("localhost", 7480)),
        ("0.0.0.0:80", Where("0.0.0.0", 80)),
        ("nas.lan:9000", Where("nas.lan", 9000)),
        ("[::1]:9000", Where("::1", 9000)),
        ("::1", Where("::1", 7480)),
    ],
)
def test_either_half_of_an_address_may_be_left_out(text: str, where: Where) -> None:
    assert parse_where(text, 7480) == where


@pytest.mark.parametrize("text", ["localhost:http", "127.0.0.1:99999", "[::1]:x"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a port"):
        parse_where(text, 7480)


def test_a_link_works_once() -> None:
    door = Door(HERE)
    token = token_of(door)
    assert door.enter(token, None) is Entry.ADMITTED
    assert door.enter(token, None) is Entry.REFUSED


def test_a_new_link_voids_the_one_before() -> None:
    door = Door(HERE)
    before = token_of(door)
    door.new_token()
    assert door.enter(before, None) is Entry.REFUSED
    assert door.enter(token_of(door), None) is Entry.ADMITTED


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_a_guess_does_not_come_in_and_spends_nothing(token: str) -> None:
    door = Door(HERE)
    assert door.enter(token, None) is Entry.REFUSED
    assert door.enter(token_of(door), None) is Entry.ADMITTED


def test_an_empty_token_is_never_right_not_even_when_all_are_spent() -> None:
    door = Door(HERE)
    door.enter(token_of(door), None)
    assert door.enter("", None) is Entry.REFUSED


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "nas.lan"])
@pytest.mark.parametrize("password", ["", "x" * (PASSWORD_LENGTH_MIN - 1)])
def test_an_address_that_others_can_reach_needs_a_password(host: str, password: str) -> None:
    with pytest.raises(ValueError, match="a password of at least"):
        Door(Where(host, 7480), password)


def test_there_the_link_alone_and_the_password_alone_are_not_enough() -> None:
    door = Door(Where("0.0.0.0", 7480), PASSWORD)
    token = token_of(door)
    assert door.enter(token, None) is Entry.PASSWORD_WANTED
    assert door.enter("guess", PASSWORD) is Entry.REFUSED
    assert door.enter(token, "wrong") is Entry.PASSWORD_WRONG
    assert door.enter(token, PASSWORD) is Entry.ADMITTED


def test_guessing_passwords_spends_the_link() -> None:
    door = Door(Where("0.0.0.0", 7480), PASSWORD)
    token = token_of(door)
    answers = [door.enter(token, f"guess {number}") for number in range(WRONG_MAX)]
    assert answers[-1] is Entry.REFUSED
    assert door.enter(token, PASSWORD) is Entry.REFUSED


def test_only_cookies_that_were_given_out_are_known() -> None:
    door = Door(HERE)
    cookie = door.new_cookie()
    assert door.knows(cookie)
    assert not door.knows(cookie + "x")
    assert not door.knows("")
    assert not door.knows(None)
    assert not Door(HERE).knows(cookie)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:7480", True),
        ("localhost:7480", True),
        ("[::1]:7480", True),
        ("evil.example:7480", False),
        ("127.0.0.1.evil.example:7480", False),
        ("localhost.evil.example:7480", False),
        ("127.0.0.1:7481", False),
        ("127.0.0.1", False),
        ("", False),
        (None, False),
        ("[::1", False),
    ],
)
def test_a_name_that_was_pointed_here_is_not_ours(host: str | None, known: bool) -> None:
    assert Door(HERE).is_addressed(host) == known


def test_served_everywhere_any_literal_address_is_ours_and_no_other_name() -> None:
    door = Door(Where("0.0.0.0", 7480), PASSWORD)
    assert door.is_addressed("192.168.1.5:7480")
    assert not door.is_addressed("evil.example:7480")
    assert door.link.startswith("http://127.0.0.1:7480/"), "0.0.0.0 is no address to open"
    assert Door(Where("nas.lan", 7480), PASSWORD).is_addressed("nas.lan:7480")


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("http://127.0.0.1:7480", True),
        ("https://127.0.0.1:7480", True),
        ("http://localhost:7480", False),
        ("http://127.0.0.1:9999", False),
        ("http://evil.example", False),
        ("null", False),
        ("", False),
        (None, False),
        ("file://127.0.0.1:7480", False),
    ],
)
def test_a_page_is_our_own_only_from_the_very_same_place(origin: str | None, own: bool) -> None:
    assert Door(HERE).is_own_page(origin, "127.0.0.1:7480") == own


def test_nothing_secret_is_shown_when_a_door_is_printed() -> None:
    door = Door(Where("0.0.0.0", 7480), PASSWORD)
    said = repr(door)
    assert PASSWORD not in said
    assert token_of(door) not in said
    assert door.place not in said
