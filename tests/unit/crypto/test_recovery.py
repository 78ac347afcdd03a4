from __future__ import annotations

import base64

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.crypto.recovery import PREFIX, RecoverySheet, recovery_authority
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.errors import InvalidInput, SealBroken
from dfs_core.model.ids import ClusterId

CLUSTER = ClusterId(bytes(range(16)))
SECRETS = ClusterSecrets({1: b"\x11" * 32, 2: b"\x22" * 32}, 2)
SHEET = RecoverySheet(CLUSTER, SECRETS)


def test_what_was_written_down_restores_cluster_and_every_secret_epoch() -> None:
    restored = RecoverySheet.parse(SHEET.code())
    assert restored.cluster == CLUSTER
    assert (restored.secrets.epochs, restored.secrets.current) == (SECRETS.epochs, 2)


def test_the_printed_sheet_can_be_typed_in_as_it_stands() -> None:
    assert RecoverySheet.parse(SHEET.text()) == SHEET


def test_spaces_line_ends_and_capitals_are_forgiven() -> None:
    letters = SHEET.code().upper()
    typed = "\r\n\t ".join(letters[at : at + 3] for at in range(0, len(letters), 3))
    assert RecoverySheet.parse(f"\n {typed} \n") == SHEET


def test_the_sheet_is_in_groups_of_five_on_short_lines() -> None:
    first, prefix, *lines = SHEET.text().splitlines()
    assert str(CLUSTER) in first
    assert prefix.strip() == PREFIX
    groups = [group for line in lines for group in line.split()]
    assert "".join(groups) == SHEET.code()[len(PREFIX) :]
    assert all(len(group) == 5 for group in groups[:-1])
    assert max(map(len, SHEET.text().splitlines())) <= 80


def test_every_single_wrong_letter_is_noticed() -> None:
    code = SHEET.code()
    for at in range(len(PREFIX), len(code)):
        wrong = "a" if code[at] != "a" else "b"
        try:
            read = RecoverySheet.parse(code[:at] + wrong + code[at + 1 :])
        except InvalidInput:
            continue
        assert read == SHEET, f"letter {at} changed the secret and nobody noticed"


@pytest.mark.parametrize(
    "text", ["", "hello", "dfs1-abcd", PREFIX, PREFIX + "a", PREFIX + "aaaaaaaa", PREFIX + "é" * 16]
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        RecoverySheet.parse(text)


def test_a_code_that_is_cut_short_or_goes_on_is_refused() -> None:
    code = SHEET.code()
    for damaged in (code[:-1], code[: len(code) // 2], code + "a", code + code[len(PREFIX) :]):
        with pytest.raises(InvalidInput, match=r"typing mistake|no code has"):
            RecoverySheet.parse(damaged)


def test_a_code_of_a_newer_version_says_what_to_do() -> None:
    body = b"\x02" + CLUSTER.digest + SECRETS.encode()
    data = body + blake3(body).digest(length=4)
    code = PREFIX + base64.b32encode(data).decode().rstrip("=").lower()
    with pytest.raises(InvalidInput, match="upgrade"):
        RecoverySheet.parse(code)


@given(st.text(max_size=60))
def test_reading_is_total(text: str) -> None:
    with pytest.raises(InvalidInput):
        RecoverySheet.parse(PREFIX + text)


def test_no_repr_and_no_error_shows_the_secret() -> None:
    code = SHEET.code()
    shown = repr(SHEET) + str(SHEET)
    assert code not in shown
    assert SECRETS.epochs[1].hex() not in shown
    assert repr(SECRETS.epochs[1]) not in shown
    with pytest.raises(InvalidInput) as caught:
        RecoverySheet.parse(code[:-2])
    assert code[len(PREFIX) : len(PREFIX) + 12] not in str(caught.value)


def test_each_epoch_has_an_authority_of_its_own_that_only_its_secret_gives() -> None:
    one, two = recovery_authority(SECRETS, 1), recovery_authority(SECRETS, 2)
    assert one.node_id != two.node_id
    assert recovery_authority(RecoverySheet.parse(SHEET.code()).secrets, 2).node_id == two.node_id
    removed = ClusterSecrets({1: SECRETS.epochs[1]}, 1)
    with pytest.raises(SealBroken, match="epoch 2"):
        recovery_authority(removed, 2)


def test_what_the_qr_code_says_is_the_sheet() -> None:
    assert RecoverySheet.parse(SHEET.picture_text()) == SHEET
    assert set(SHEET.picture_text()) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"), "the densest letters of a QR code"
