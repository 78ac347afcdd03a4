from __future__ import annotations

import pytest

from dfs_core.crypto.identity import Identity
from dfs_core.crypto.invitation import Invitation, redeem_proof
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.commands import Admit, AnyCommand, Outcome, SetMember
from dfs_core.encoding.peer_messages import MembersKnown, Redeem
from dfs_core.errors import InvalidInput, NotAllowed, Refused
from dfs_core.limits import INVITATION_EXPIRES_S_MAX
from dfs_core.model.ids import ClusterId
from dfs_core.replication.admission import Admission

from .conftest import record

CLUSTER = ClusterId(b"c" * 16)
SECRETS = ClusterSecrets({1: b"s" * 32}, 1)


class World:
    """One inviter with its open invitations, and a log that answers as it is told."""

    def __init__(self) -> None:
        self.identity = Identity.generate()
        self.open: dict[bytes, tuple[str, float]] = {}
        self.commands: list[AnyCommand] = []
        self.outcome = Outcome()
        self.members = MembersKnown(4, 3, [record(1)])
        self.acted_on: list[AnyCommand] = []
        self.drawn = self.ticks = 0
        self.admission = Admission(
            identity=self.identity,
            cluster=CLUSTER,
            secrets=lambda: SECRETS,
            log=self,
            known=lambda: self.members,
            issued=self,
            addresses=lambda: ("10.0.0.1:7420",),
            token=self.token,
            reload=self.reload,
        )

    def token(self, size: int) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(size, "big")

    async def reload(self) -> None:
        self.acted_on = list(self.commands)

    def tick(self) -> None:
        self.ticks += 1

    def issue_invitation(self, secret_hash: bytes, role: str, expires_s: float) -> None:
        self.open[secret_hash] = (role, expires_s)

    def invitation_role(self, secret_hash: bytes) -> str | None:
        found = self.open.get(secret_hash)
        return found[0] if found else None

    async def propose(self, command: AnyCommand) -> Outcome:
        self.commands.append(command)
        return self.outcome

    def invite(self, role: str = "full") -> Invitation:
        return Invitation.parse(self.admission.invite(role, 60.0))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def joiner() -> Identity:
    return Identity.generate()


def request(invitation: Invitation, joiner: Identity, **other: object) -> Redeem:
    fields: dict[str, object] = {
        "secret": invitation.secret,
        "certificate": joiner.certificate,
        "proof": redeem_proof(
            joiner, secret_hash=invitation.secret_hash, inviter=invitation.inviter, role=invitation.role
        ),
        "zone": "attic",
        "capacity": 1 << 30,
        "addresses": ["10.0.0.2:7420"],
    }
    return Redeem(**(fields | other))  # type: ignore[arg-type]


def test_a_line_names_the_inviter_its_addresses_and_the_role(world: World) -> None:
    invitation = world.invite("vault")
    assert invitation.inviter == world.identity.node_id
    assert invitation.addresses == ("10.0.0.1:7420",)
    assert invitation.role == "vault"


def test_the_inviter_keeps_the_hash_of_the_secret_and_not_the_secret(world: World) -> None:
    invitation = world.invite()
    assert world.open == {invitation.secret_hash: ("full", 60.0)}


def test_the_invitations_are_told_the_time_in_the_loop(world: World) -> None:
    world.admission.tick()
    assert world.ticks == 1


def test_every_invitation_has_a_secret_of_its_own(world: World) -> None:
    assert world.invite().secret != world.invite().secret


@pytest.mark.parametrize("expires_s", [0.0, -1.0, 0.5, INVITATION_EXPIRES_S_MAX + 1, float("nan"), float("inf")])
def test_an_invitation_lasts_a_sensible_time(world: World, expires_s: float) -> None:
    with pytest.raises(InvalidInput):
        world.admission.invite("full", expires_s)
    assert world.open == {}


def test_a_role_that_does_not_exist_is_not_invited(world: World) -> None:
    with pytest.raises(InvalidInput):
        world.admission.invite("king", 60.0)
    assert world.open == {}


def test_who_redeems_becomes_the_member_it_says_it_is(world: World, joiner: Identity) -> None:
    invitation = world.invite()
    member, spent = world.admission.check(request(invitation, joiner))
    assert spent == invitation.secret_hash
    assert (member.node, member.certificate) == (joiner.node_id.digest, joiner.certificate)
    assert (member.role, member.zone, member.capacity, member.state) == ("full", "attic", 1 << 30, "joined")
    assert member.addresses == ["10.0.0.2:7420"]


def test_an_operator_offers_no_room(world: World, joiner: Identity) -> None:
    member, _ = world.admission.check(request(world.invite("operator"), joiner))
    assert (member.role, member.capacity) == ("operator", 0)


def test_an_unknown_secret_and_an_expired_one_get_the_same_answer(world: World, joiner: Identity) -> None:
    expired, stranger = world.invite(), World().invite()
    world.open.clear()
    texts = set()
    for invitation in (expired, stranger):
        with pytest.raises(NotAllowed) as caught:
            world.admission.check(request(invitation, joiner))
        texts.add(str(caught.value))
    assert len(texts) == 1


def test_a_proof_made_for_something_else_does_not_hold(world: World, joiner: Identity) -> None:
    invitation, thief = world.invite("vault"), Identity.generate()
    others = {
        "another key": redeem_proof(
            thief, secret_hash=invitation.secret_hash, inviter=invitation.inviter, role=invitation.role
        ),
        "another role": redeem_proof(
            joiner, secret_hash=invitation.secret_hash, inviter=invitation.inviter, role="full"
        ),
        "another inviter": redeem_proof(
            joiner, secret_hash=invitation.secret_hash, inviter=thief.node_id, role=invitation.role
        ),
        "another secret": redeem_proof(joiner, secret_hash=b"x" * 32, inviter=invitation.inviter, role=invitation.role),
        "nothing": b"",
    }
    for what, proof in others.items():
        with pytest.raises(NotAllowed):
            world.admission.check(request(invitation, joiner, proof=proof))
            pytest.fail(f"a proof of {what} was accepted")


def test_a_copied_request_cannot_be_turned_into_ones_own(world: World, joiner: Identity) -> None:
    thief = Identity.generate()
    with pytest.raises(NotAllowed):
        world.admission.check(request(world.invite(), joiner, certificate=thief.certificate))


@pytest.mark.parametrize("wrong", [{"zone": "\n"}, {"capacity": -1}, {"addresses": ["nowhere"]}])
def test_a_senseless_joiner_is_told_so(world: World, joiner: Identity, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        world.admission.check(request(world.invite(), joiner, **wrong))


async def test_the_log_admits_and_spends_the_hash(world: World, joiner: Identity) -> None:
    member, spent = world.admission.check(request(world.invite(), joiner))
    await world.admission.admit(member, spent)
    (command,) = world.commands
    assert isinstance(command, Admit)
    assert (command.secret_hash, command.member) == (spent, member)
    assert command.invited_by == world.identity.node_id.digest
    assert world.acted_on == [command], "the new member may come as soon as it has its answer"


async def test_what_the_log_refuses_is_not_allowed(world: World, joiner: Identity) -> None:
    member, spent = world.admission.check(request(world.invite(), joiner))
    world.outcome = Outcome("spent", "this invitation was used by another key")
    with pytest.raises(NotAllowed, match="another key"):
        await world.admission.admit(member, spent)


@pytest.mark.parametrize("role", ["full", "vault", "operator"])
def test_only_a_full_node_is_handed_the_secrets(world: World, joiner: Identity, role: str) -> None:
    member, _ = world.admission.check(request(world.invite(role), joiner))
    welcome = world.admission.welcome(member)
    assert (welcome.cluster, welcome.role) == (CLUSTER.digest, role)
    assert (welcome.revision, welcome.copies, welcome.members) == (4, 3, world.members.members)
    if role == "full":
        assert ClusterSecrets.decode(welcome.secrets).epochs == SECRETS.epochs
    else:
        assert welcome.secrets == b""


async def test_a_member_is_removed_by_the_log(world: World, joiner: Identity) -> None:
    await world.admission.remove(joiner.node_id)
    (command,) = world.commands
    assert isinstance(command, SetMember)
    assert (command.node, command.state) == (joiner.node_id.digest, "removed")
    assert world.acted_on == [command]
    world.outcome = Outcome("unknown", "no such member")
    with pytest.raises(Refused) as caught:
        await world.admission.remove(joiner.node_id)
    assert caught.value.reason == "unknown"
