"""What can be typed behind the colon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_tui.keys import BY_ID
from dfs_tui.view.commands import (
    COMPLETIONS_MAX,
    DEEDS,
    VERBS,
    Command,
    Known,
    Misunderstood,
    Offer,
    common,
    offers,
    split,
    understood,
)
from dfs_tui.view.values import Taken

KNOWN = Known(
    keys=("a b.txt", "photos/1.raw", "photos/2.raw"),
    nodes=("n1", "n2"),
    themes=("nord",),
    sorts=("key", "size"),
    workers=("resync", "scrub"),
    places=("10.0.0.1:3000", "demo"),
    clusters=("local", "nas.lan:3000"),
)


@pytest.mark.parametrize(
    ("typed", "verb", "words"),
    [
        (":store '/a b' /c", "store", ("/a b", "/c")),
        ("q", "quit", ()),
        ("node kill n3", "node", ("kill", "n3")),
        ("node add", "node", ("add",)),
        ("retr photos/1.raw", "retrieve", ("photos/1.raw",)),
        ("rm it's", "rm", ("it's",)),
        ("get x", "retrieve", ("x",)),
        ("workers pause scrub n1", "workers", ("pause", "scrub", "n1")),
        ("scrub", "scrub", ()),
        ("peers ban n1 n2", "peers", ("ban", "n1", "n2")),
        ("connect nas.lan:7420", "attach", ("nas.lan:7420",)),
        ("up 5", "up", ("5",)),
        ("transfers failed", "transfers", ("failed",)),
        ("repair rate 80M", "repair", ("rate", "80M")),
    ],
)
def test_a_line_is_read_as(typed: str, verb: str, words: tuple[str, ...]) -> None:
    command = understood(typed)
    assert (command.verb.name, command.words) == (verb, words)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type a command"),
        (":", "Type a command"),
        ("fly", "no command 'fly'"),
        ("workers halt scrub", "not to 'halt'"),
        ("peers ban n1", "has two ends"),
        ("peers shun n1 n2", "disconnect, ban, allow"),
        ("s", "did you mean store or sort or scrub"),
        ("node", "node DEED [NODE ...]"),
        ("node bake n1", "not to 'bake'"),
        ("node add tea --port", "What comes behind '--port'?"),
        ("node add --join dfs1-abc", "secret"),
        ("quit now", "takes nothing"),
        ("sort", "sort COLUMN"),
        ("attach", "attach PLACE"),
        ("store a.txt as", "What comes behind 'as'"),
        ("retrieve a.txt to", "What comes behind 'to'"),
        ("retrieve a.txt --if-exists", "one of number, skip, replace"),
        ("retrieve a.txt --if-exists ask", "one of number, skip, replace"),
    ],
)
def test_what_is_no_command_says_what_was_expected(typed: str, said: str) -> None:
    with pytest.raises(Misunderstood, match=said.replace("[", r"\[").replace("]", r"\]")):
        understood(typed)


def test_every_deed_is_an_action_of_the_key_table() -> None:
    assert set(DEEDS.values()) <= set(BY_ID)


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("st", ["store"]),
        ("node k", ["node kill"]),
        ("node kill ", ["node kill n1", "node kill n2"]),
        ("node add ", ["node add --port", "node add --folder", "node add --capacity"]),
        ("node add tea --p", ["node add tea --port"]),
        ("node add tea --folder d", []),
        ("theme ", ["theme nord"]),
        ("sort s", ["sort size"]),
        ("drop i", ["drop instant"]),
        ("retrieve ph", ["retrieve photos/1.raw", "retrieve photos/2.raw"]),
        ("retrieve 2.raw", ["retrieve photos/2.raw"]),
        ("retrieve a", ["retrieve 'a b.txt'", "retrieve photos/1.raw", "retrieve photos/2.raw"]),
        ("fly ", []),
        ("keys ph", []),
        ("attach 1", ["attach 10.0.0.1:3000"]),
        ("transfers f", ["transfers failed"]),
        ("repair r", ["repair rate 80M", "repair rate 0"]),
        ("keys /a @n", ["keys /a @nas.lan:3000"]),
        ("nodes @", ["nodes @local", "nodes @nas.lan:3000"]),
        ("keys me@", []),
    ],
)
def test_a_line_is_completed_to(typed: str, lines: list[str]) -> None:
    assert [offer.line for offer in offers(typed, KNOWN)] == lines


def test_nothing_typed_yet_lists_every_command_and_many_keys_are_bounded() -> None:
    assert [offer.line for offer in offers("", KNOWN)] == [verb.name for verb in VERBS]
    many = Known(keys=tuple(f"k{number}" for number in range(5000)))
    assert len(offers("rm k", many)) == COMPLETIONS_MAX


def test_tab_fills_in_what_all_have_in_common() -> None:
    assert common([Offer("retrieve photos/1.raw"), Offer("retrieve photos/2.raw")]) == "retrieve photos/"
    assert common([Offer("quit")]) == "quit"
    assert common([]) == ""


def test_a_view_is_an_address_with_the_cluster_at_its_end() -> None:
    command = understood(":keys /photos 2024 @nas")
    assert (command.filter, command.cluster, command.line) == ("photos 2024", "nas", "keys /photos 2024 @nas")
    assert understood("peers @nas").cluster == "nas"
    assert understood("keys me@home").filter == "me@home"
    with pytest.raises(Misunderstood, match="takes nothing"):
        understood("help @nas")


@pytest.mark.parametrize(
    ("typed", "words", "filtered"),
    [
        ("  :KEYS photos !raw ", (), "photos !raw"),
        ("nodes /down", (), "down"),
        ("nodes state:down", (), "state:down"),
        ("transfers failed", ("failed",), ""),
        ("transfers failed /a b", ("failed",), "a b"),
        ("transfers /failed", (), "failed"),
        ("peers /n1 n3", (), "n1 n3"),
        ("peers ban n1 n3", ("ban", "n1", "n3"), ""),
        ("repair /scrub", (), "scrub"),
        ("repair rate 80M", ("rate", "80M"), ""),
        ("cluster /n1", (), "n1"),
        ("keys /photos/2024", (), "photos/2024"),
        ("activity", (), ""),
    ],
)
def test_what_stands_behind_a_slash_is_the_filter_of_a_view(typed: str, words: tuple[str, ...], filtered: str) -> None:
    command = understood(typed)
    assert (command.words, command.filter) == (words, filtered)
    assert understood(command.line) == command, "what is kept of it means the same"


def test_a_line_is_parted_by_the_word_before_its_last() -> None:
    assert understood("store 'a b' c as photos/").parted("as") == (("a b", "c"), "photos/")
    assert understood("store a as b c").parted("as") == (("a", "as", "b", "c"), "")
    assert understood("store").parted("as") == ((), "")


@given(st.text(max_size=60))
def test_no_line_breaks_it(text: str) -> None:
    offers(text, KNOWN)
    split(text)
    try:
        assert isinstance(understood(text), Command)
    except Misunderstood as error:
        assert str(error)


def test_a_completed_key_is_read_back_whatever_it_is_called() -> None:
    for key in ("a b.txt", "it's", '"', "$(x)", "-x"):
        (offer,) = offers("rm ", Known(keys=(key,)))
        assert understood(offer.line).words == (key,)


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("workers p", ["workers pause", "workers pace"]),
        ("workers pause s", ["workers pause scrub", "workers pause resync"]),
        ("workers pause scrub n", ["workers pause scrub n1", "workers pause scrub n2"]),
        ("workers pace scrub 4 n2", ["workers pace scrub 4 n2"]),
        ("workers pace scrub 4", []),
        ("peers b", ["peers ban"]),
        ("peers ban n1 n", ["peers ban n1 n1", "peers ban n1 n2"]),
    ],
)
def test_a_line_about_workers_is_completed_word_by_word(typed: str, lines: list[str]) -> None:
    assert [offer.line for offer in offers(typed, KNOWN)] == lines


@pytest.mark.parametrize(
    ("line", "words", "taken"),
    [
        ("retrieve a to /x", ("a", "to", "/x"), Taken.NUMBER),
        ("retrieve a to /x --if-exists replace", ("a", "to", "/x"), Taken.OVERWRITE),
        ("retrieve --if-exists skip a", ("a",), Taken.SKIP),
    ],
)
def test_what_is_done_about_a_file_that_is_there_is_said_as_on_the_command_line(
    line: str, words: tuple[str, ...], taken: Taken
) -> None:
    command, found = understood(line).without_taken()
    assert (command.words, found) == (words, taken)
