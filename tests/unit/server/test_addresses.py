from __future__ import annotations

import socket

import pytest

from dfs_core.crypto.identity import AddressRecord, Identity
from dfs_core.errors import InvalidInput
from dfs_core.model.ids import NodeId
from dfs_core.server import addresses
from dfs_core.server.addresses import RECORDS_SHARED_MAX, SEQUENCES_A_BOOT, AddressBook, check_listen, own_addresses


@pytest.fixture
def routed(monkeypatch: pytest.MonkeyPatch) -> dict[socket.AddressFamily, str]:
    """From which address this machine would speak to the world, by family; a test may change it."""
    found: dict[socket.AddressFamily, str] = {socket.AF_INET: "192.168.1.5", socket.AF_INET6: ""}
    monkeypatch.setattr(addresses, "_routed", lambda target, family: found[family])
    return found


def test_what_the_operator_says_is_what_is_told() -> None:
    assert own_addresses("0.0.0.0:7420", 7420, ["nas.home:7000", "203.0.113.9:7420"]) == (
        "nas.home:7000",
        "203.0.113.9:7420",
    )


@pytest.mark.parametrize(
    ("listen", "told"),
    [
        ("127.0.0.1:0", "127.0.0.1:4711"),
        ("[::1]:7420", "[::1]:4711"),
        ("node.example.org:7420", "node.example.org:4711"),
    ],
)
def test_who_listens_on_one_address_tells_that_one_with_the_port_it_got(listen: str, told: str) -> None:
    assert own_addresses(listen, 4711, []) == (told,)


@pytest.mark.parametrize("listen", ["0.0.0.0:7420", "[::]:7420"])
def test_who_listens_everywhere_tells_its_routed_addresses(
    listen: str, routed: dict[socket.AddressFamily, str]
) -> None:
    assert own_addresses(listen, 7420, []) == ("192.168.1.5:7420",)
    routed[socket.AF_INET6] = "fd00::5"
    assert own_addresses(listen, 7420, []) == ("192.168.1.5:7420", "[fd00::5]:7420")


def test_a_machine_without_network_tells_its_loopback(routed: dict[socket.AddressFamily, str]) -> None:
    routed[socket.AF_INET] = ""
    assert own_addresses("0.0.0.0:7420", 7420, []) == ("127.0.0.1:7420",)


@pytest.mark.parametrize(
    ("text", "host", "port"), [("0.0.0.0:0", "0.0.0.0", 0), ("[::]:0", "::", 0), ("nas:7420", "nas", 7420)]
)
def test_a_listen_address_may_leave_the_port_to_the_system(text: str, host: str, port: int) -> None:
    assert check_listen(text) == (host, port)


@pytest.mark.parametrize("text", ["", "nas", ":0", "7420", "nas:-1", "::1:0"])
def test_what_is_no_listen_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_listen(text)


class Book:
    """An address book and what it found."""

    def __init__(self, *kept: bytes) -> None:
        self.found: list[tuple[NodeId, tuple[str, ...]]] = []
        self.book = AddressBook(kept, lambda node, addresses: self.found.append((node, addresses)))


@pytest.fixture
def other() -> Identity:
    return Identity.generate()


def signed(identity: Identity, sequence: int, *addresses: str) -> bytes:
    return AddressRecord.signed(identity, addresses or ("10.0.0.2:7420",), sequence).encode()


def test_a_newer_record_replaces_an_older_one_and_never_the_other_way_round(other: Identity) -> None:
    book = Book()
    assert book.book.hear(signed(other, 5, "10.0.0.2:1")) is not None
    assert book.book.hear(signed(other, 4, "10.0.0.2:2")) is None
    assert book.book.hear(signed(other, 5, "10.0.0.2:3")) is None
    assert book.book.addresses(other.node_id) == ("10.0.0.2:1",)
    assert book.book.hear(signed(other, 6, "10.0.0.2:4")) is not None
    assert book.found == [(other.node_id, ("10.0.0.2:1",)), (other.node_id, ("10.0.0.2:4",))]


def test_a_record_that_its_node_did_not_sign_is_not_believed(other: Identity) -> None:
    book, genuine = Book(), signed(other, 5)
    for at in range(len(genuine)):
        forged = bytearray(genuine)
        forged[at] ^= 1
        assert book.book.hear(bytes(forged)) is None
    for damaged in (b"", b"nonsense", genuine[:-1], genuine + b"\0"):
        assert book.book.hear(damaged) is None
    assert book.found == []
    assert book.book.addresses(other.node_id) == ()


def test_what_was_kept_is_known_again_and_what_was_damaged_is_not(other: Identity) -> None:
    book = Book(signed(other, 5), b"damaged")
    assert book.found == [(other.node_id, ("10.0.0.2:7420",))]


def test_an_own_record_of_a_later_boot_outranks_every_one_before(other: Identity) -> None:
    me = Identity.generate()
    first, second = Book(), Book()
    first.book.sign_own(me, ("10.0.0.1:1",), boot=1)
    second.book.sign_own(me, ("10.0.0.1:2",), boot=2)
    reader = Book()
    assert reader.book.hear(second.book.own) is not None
    assert reader.book.hear(first.book.own) is None
    assert reader.book.addresses(me.node_id) == ("10.0.0.1:2",)
    assert AddressRecord.decode(second.book.own).sequence - AddressRecord.decode(first.book.own).sequence == (
        SEQUENCES_A_BOOT
    )


def test_a_peer_is_told_the_own_record_first_and_everybody_elses_once(other: Identity) -> None:
    me, book = Identity.generate(), Book()
    assert book.book.own == b""
    assert book.book.to_share() == []
    book.book.hear(signed(other, 5))
    book.book.sign_own(me, ("10.0.0.1:1",), boot=1)
    assert book.book.to_share() == [book.book.own, signed(other, 5)]


def test_an_own_record_that_comes_back_from_a_peer_is_not_told_twice(other: Identity) -> None:
    me, book = Identity.generate(), Book()
    book.book.sign_own(me, ("10.0.0.1:1",), boot=7)
    assert book.book.hear(signed(me, 6 * SEQUENCES_A_BOOT, "10.0.0.1:9")) is None
    assert book.book.hear(book.book.own) is None
    assert book.book.to_share() == [book.book.own]
    assert book.found == []


def test_no_more_is_told_than_fits_a_message() -> None:
    book = Book()
    for _ in range(RECORDS_SHARED_MAX + 3):
        book.book.hear(signed(Identity.generate(), 1))
    assert len(book.book.to_share()) == RECORDS_SHARED_MAX
