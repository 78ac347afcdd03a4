"""Invitations: one line that survives being pasted, and a proof that fits one invitation only."""

from __future__ import annotations

import base64
import re
import shlex

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.crypto.identity import Identity
from dfs_core.crypto.invitation import Invitation, redeem_proof, secret_hash, verify_redeem_proof
from dfs_core.errors import InvalidInput
from dfs_core.limits import ADDRESSES_MAX
from dfs_core.model.ids import NodeId
from dfs_core.model.member import ROLES, Role

ANNA, BERT = Identity.from_seed(b"a" * 32), Identity.from_seed(b"b" * 32)
INVITATION = Invitation(("192.168.1.4:3000", "nas.local:7000"), ANNA.node_id, "full", b"0123456789abcdef")
LINE = INVITATION.to_line()


def line_of(body: bytes) -> str:
    check = blake3(body).digest(length=4)
    return "dfs1-" + base64.b32encode(body + check).decode().rstrip("=").lower()


BODY = bytes([1, 0]) + ANNA.node_id.digest + b"0123456789abcdef" + b"\x01\x03a:1"


@given(
    st.lists(st.integers(1, 65535).map("10.0.0.1:{}".format), min_size=1, max_size=ADDRESSES_MAX, unique=True),
    st.binary(min_size=32, max_size=32),
    st.sampled_from(ROLES),
    st.binary(min_size=16, max_size=16),
)
def test_an_invitation_survives_its_line(addresses: list[str], inviter: bytes, role: Role, secret: bytes) -> None:
    made = Invitation(tuple(addresses), NodeId(inviter), role, secret)
    assert Invitation.parse(made.to_line()) == made


def test_the_line_needs_no_quoting_in_a_shell_and_is_one_word() -> None:
    assert re.fullmatch(r"dfs1-[a-z2-7]+", LINE)
    assert shlex.quote(LINE) == LINE


def test_capitals_and_space_around_it_are_forgiven() -> None:
    assert Invitation.parse(f"  {LINE.upper()}\n") == INVITATION


def test_a_line_made_by_hand_from_the_format_is_read() -> None:
    assert Invitation.parse(line_of(BODY)) == Invitation(("a:1",), ANNA.node_id, "full", b"0123456789abcdef")


def test_every_single_typing_mistake_is_noticed() -> None:
    for place in range(len(LINE)):
        for letter in "a7-0 ":
            typed = LINE[:place] + letter + LINE[place + 1 :]
            if typed == LINE or typed.strip() == LINE:
                continue
            with pytest.raises(InvalidInput, match="invitation"):
                Invitation.parse(typed)


def test_a_line_cut_short_or_drawn_out_is_refused() -> None:
    for size in range(len(LINE)):
        with pytest.raises(InvalidInput, match="invitation"):
            Invitation.parse(LINE[:size])
    for more in ("a", "aa", "=", "aaaaaaaa", LINE):
        with pytest.raises(InvalidInput, match="invitation"):
            Invitation.parse(LINE + more)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "starts with 'dfs1-'"),
        ("hello", "starts with 'dfs1-'"),
        ("dfs1-", "typing mistake or is cut short"),
        ("dfs1-0189", "a character no invitation has"),
        ("dfs1-ä", "a character no invitation has"),
        ("dfs1-" + "a" * 5000, "too long"),
        (line_of(b"\x02" + BODY[1:]), "written by a newer dfs"),
        (line_of(b"\x01\x09" + BODY[2:]), "unknown role"),
        (line_of(BODY + b"\0"), "bytes too many"),
        (line_of(BODY[:-1]), "cut short"),
        (line_of(BODY[:-4] + b"\x03a 1"), "not an address"),
        (line_of(BODY[:-4] + b"\x03\xff:1"), "plain ASCII"),
        (line_of(BODY[:20]), "typing mistake or is cut short"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        Invitation.parse(line)


@given(st.text(max_size=200))
def test_arbitrary_text_is_refused(text: str) -> None:
    for line in (text, "dfs1-" + text):
        with pytest.raises(InvalidInput):
            Invitation.parse(line)


@given(st.binary(max_size=120))
def test_arbitrary_bytes_with_a_good_check_value_are_read_strictly(body: bytes) -> None:
    try:
        made = Invitation.parse(line_of(b"\x01" + body))
    except InvalidInput:
        return
    assert made.to_line() == line_of(b"\x01" + body)


def test_an_invitation_without_an_address_is_shorter_and_survives_its_line() -> None:
    short = Invitation((), ANNA.node_id, "full", bytes(16))
    assert Invitation.parse(short.to_line()) == short
    assert len(short.to_line()) < len(LINE)


def test_an_invitation_must_carry_a_secret() -> None:
    with pytest.raises(InvalidInput, match="16 bytes"):
        Invitation(("a:1",), ANNA.node_id, "full", bytes(15))
    with pytest.raises(InvalidInput, match="a role is"):
        Invitation(("a:1",), ANNA.node_id, "king", bytes(16))  # type: ignore[arg-type]


def test_no_repr_shows_the_secret() -> None:
    for shown in (repr(INVITATION), str(INVITATION), f"{INVITATION}", repr([INVITATION])):
        assert "0123456789" not in shown
        assert INVITATION.secret.hex()[:8] not in shown
        assert LINE not in shown


def test_the_log_learns_a_hash_and_not_the_secret() -> None:
    assert INVITATION.secret_hash == secret_hash(b"0123456789abcdef")
    assert INVITATION.secret_hash != secret_hash(b"0123456789abcdeF")
    assert len(INVITATION.secret_hash) == 32


def test_a_proof_names_the_joiner() -> None:
    proof = redeem_proof(BERT, secret_hash=INVITATION.secret_hash, inviter=ANNA.node_id, role="full")
    node = verify_redeem_proof(
        proof, certificate=BERT.certificate, secret_hash=INVITATION.secret_hash, inviter=ANNA.node_id, role="full"
    )
    assert node == BERT.node_id


def test_a_proof_fits_its_invitation_inviter_certificate_and_role_only() -> None:
    proof = redeem_proof(BERT, secret_hash=INVITATION.secret_hash, inviter=ANNA.node_id, role="vault")
    good = {
        "proof": proof,
        "certificate": BERT.certificate,
        "secret_hash": INVITATION.secret_hash,
        "inviter": ANNA.node_id,
        "role": "vault",
    }
    for change in (
        {"proof": proof[:-1] + bytes([proof[-1] ^ 1])},
        {"proof": b""},
        {"certificate": ANNA.certificate},
        {"certificate": BERT.certificate[:-1]},
        {"secret_hash": secret_hash(bytes(16))},
        {"inviter": BERT.node_id},
        {"role": "full"},
    ):
        with pytest.raises(InvalidInput):
            verify_redeem_proof(**{**good, **change})  # type: ignore[arg-type]


def test_a_signature_made_for_something_else_is_no_proof() -> None:
    fields = (INVITATION.secret_hash, ANNA.node_id.digest, BERT.certificate, b"full")
    transcript = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    for purpose, accepted in (("dfs v1 redeem an invitation", True), ("dfs v1 address record", False)):
        proof = BERT.sign(purpose, transcript)
        if accepted:
            assert check(proof) == BERT.node_id
            continue
        with pytest.raises(InvalidInput):
            check(proof)


def check(proof: bytes) -> NodeId:
    return verify_redeem_proof(
        proof, certificate=BERT.certificate, secret_hash=INVITATION.secret_hash, inviter=ANNA.node_id, role="full"
    )
