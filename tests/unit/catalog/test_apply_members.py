"""The cluster, its members and its settings: who may come, who must go, what may be set."""

from __future__ import annotations

import pytest

from dfs_core.catalog.change import MembersChanged, SettingChanged
from dfs_core.encoding.commands import Outcome


def listed(ledger):
    return {member.node.digest: member.state for member in ledger.reader.members()[1]}


def test_the_founder_is_the_first_member(empty, drafts):
    found = drafts.found(copies=2)
    assert empty.changes(found) == (MembersChanged(1, drafts.founder.node),)
    facts = empty.reader.cluster()
    assert (facts.id, facts.founder, facts.founded_at) == (found.cluster, drafts.founder.node, 1)
    assert (facts.copies, facts.chunk_bytes) == (2, 65_536)
    revision, (member,) = empty.reader.members()
    assert (revision, member.node.digest, member.state, member.joined_at) == (1, drafts.founder.node, "joined", 1)
    assert member.addresses == ("127.0.0.1:3000",)


def test_a_log_founds_one_cluster(ledger, drafts):
    assert ledger.apply(drafts.found()).reason == "founded"
    assert len(ledger.reader.members()[1]) == 1


def test_nothing_but_founding_settling_and_ticking_works_before_the_founding(empty, drafts):
    upload = drafts.bytes()
    for command in (
        drafts.commit("key"),
        drafts.refer(upload),
        drafts.abandon(upload),
        drafts.remove("key"),
        drafts.admit(),
        drafts.set_member(drafts.founder.node, zone="a"),
        drafts.set_setting("copies", 2),
    ):
        assert empty.apply(command).reason == "unfounded"
    assert empty.apply(drafts.tick()).reason == ""
    assert empty.apply(drafts.found()).reason == ""


@pytest.mark.parametrize(
    "wrong", [{"copies": 0}, {"copies": 11}, {"chunk_bytes": 1}, {"chunk_bytes": 2**64 - 1}, {"cluster": b"short"}]
)
def test_a_cluster_outside_the_bounds_is_not_founded(empty, drafts, wrong):
    assert empty.apply(drafts.found(**wrong)).reason == "invalid"
    assert empty.reader.cluster() is None


def test_a_cluster_is_founded_by_a_full_node(empty, drafts):
    assert empty.apply(drafts.found(founder=drafts.member(role="vault"))).reason == "invalid"


def test_an_admitted_node_is_a_member_from_that_entry_on(ledger, drafts):
    member = drafts.member(role="vault", zone="attic", addresses=["10.0.0.1:7000", "[::1]:7000"])
    assert ledger.apply(drafts.admit(member)) == Outcome(revision=2)
    revision, members = ledger.reader.members()
    assert revision == 2
    found = next(known for known in members if known.node.digest == member.node)
    assert (found.role, found.zone, found.joined_at) == ("vault", "attic", 2)
    assert found.addresses == ("10.0.0.1:7000", "[::1]:7000")
    assert [known.node for known in members] == sorted(known.node for known in members)


def test_an_invitation_admits_one_node_ever(ledger, drafts):
    secret_hash, first, second = drafts.bytes(32), drafts.member(), drafts.member()
    assert ledger.apply(drafts.admit(first, secret_hash=secret_hash)).reason == ""
    assert ledger.apply(drafts.admit(second, secret_hash=secret_hash)).reason == "spent"
    assert second.node not in listed(ledger)


def test_the_same_node_asking_again_gets_the_same_answer(ledger, drafts):
    secret_hash, member = drafts.bytes(32), drafts.member()
    first = ledger.apply(drafts.admit(member, secret_hash=secret_hash))
    (again,) = ledger.results(drafts.admit(member, secret_hash=secret_hash))
    assert again.outcome == first
    assert again.changes == ()


def test_the_same_node_with_another_certificate_does_not_get_it(ledger, drafts):
    secret_hash, member = drafts.bytes(32), drafts.member()
    ledger.apply(drafts.admit(member, secret_hash=secret_hash))
    other = drafts.member(node=member.node, certificate=b"another")
    assert ledger.apply(drafts.admit(other, secret_hash=secret_hash)).reason == "spent"
    assert ledger.apply(drafts.admit(other)).reason == "member"


def test_a_member_that_redeems_a_second_invitation_spends_it_and_stays_as_it_is(ledger, drafts):
    secret_hash, member = drafts.bytes(32), drafts.member(role="vault")
    ledger.apply(drafts.admit(member))
    promoted = drafts.member(node=member.node, role="full")
    assert ledger.apply(drafts.admit(promoted, secret_hash=secret_hash)) == Outcome(revision=2)
    assert ledger.apply(drafts.admit(drafts.member(), secret_hash=secret_hash)).reason == "spent"
    role = {known.node.digest: known.role for known in ledger.reader.members()[1]}[member.node]
    assert role == "vault", "an invitation never changes what a member may do"


def test_a_removed_node_never_returns(ledger, drafts):
    secret_hash, member = drafts.bytes(32), drafts.member()
    ledger.apply(drafts.admit(member, secret_hash=secret_hash))
    assert ledger.apply(drafts.set_member(member.node, state="removed")).reason == ""
    assert ledger.apply(drafts.set_member(member.node, state="joined")).reason == "removed"
    assert ledger.apply(drafts.set_member(member.node, zone="attic")).reason == "removed"
    assert ledger.apply(drafts.admit(member)).reason == "removed"
    assert ledger.apply(drafts.admit(member, secret_hash=secret_hash)).reason == "removed"
    assert listed(ledger)[member.node] == "removed", "it stays listed, so that its id never returns"


def test_removing_twice_is_removing_once(ledger, drafts):
    member = drafts.member()
    ledger.apply(drafts.admit(member))
    ledger.apply(drafts.set_member(member.node, state="removed"))
    (again,) = ledger.results(drafts.set_member(member.node, state="removed"))
    assert (again.outcome.reason, again.changes) == ("", ())


def test_the_last_full_node_cannot_be_removed(ledger, drafts):
    ledger.apply(drafts.admit(drafts.member(role="vault")))
    assert ledger.apply(drafts.set_member(drafts.founder.node, state="removed")).reason == "last_full"
    ledger.apply(drafts.admit(drafts.member(role="full")))
    assert ledger.apply(drafts.set_member(drafts.founder.node, state="removed")).reason == ""


def test_an_invitation_of_a_removed_member_admits_nobody(ledger, drafts):
    inviter = drafts.member()
    ledger.apply(drafts.admit(inviter))
    ledger.apply(drafts.set_member(inviter.node, state="removed"))
    assert ledger.apply(drafts.admit(invited_by=inviter.node)).reason == "inviter"
    assert ledger.apply(drafts.admit(invited_by=drafts.bytes(32))).reason == "inviter"


def test_a_change_to_a_member_leaves_the_rest_as_it_is(ledger, drafts):
    node = drafts.founder.node
    assert ledger.changes(drafts.set_member(node, zone="attic")) == (MembersChanged(2, node),)
    ledger.apply(drafts.set_member(node, capacity=5))
    ledger.apply(drafts.set_member(node, state="draining"))
    revision, (member,) = ledger.reader.members()
    assert (revision, member.zone, member.capacity, member.state) == (4, "attic", 5, "draining")


def test_a_change_to_what_is_already_so_is_no_change(ledger, drafts):
    (applied,) = ledger.results(drafts.set_member(drafts.founder.node, state="joined"))
    assert (applied.outcome.reason, applied.changes) == ("", ())
    assert ledger.reader.members()[0] == 1


def test_a_zone_can_be_taken_away(ledger, drafts):
    node = drafts.founder.node
    ledger.apply(drafts.set_member(node, zone="attic"))
    ledger.apply(drafts.set_member(node, unzoned=True))
    assert ledger.reader.members()[1][0].zone == ""


def test_a_change_that_expects_another_state_is_refused_and_changes_nothing(ledger, drafts):
    node = drafts.founder.node
    assert ledger.apply(drafts.set_member(node, state="out", expects="joined")).reason == ""
    refused = ledger.apply(drafts.set_member(node, zone="attic", state="out", expects="joined"))
    assert (refused.reason, "out by now" in refused.text) == ("state", True)
    assert ledger.reader.members()[1][0].zone == ""
    assert ledger.apply(drafts.set_member(node, state="joined", expects="out")).reason == ""
    assert ledger.apply(drafts.set_member(node, expects="gone")).reason == "invalid"


def test_an_unknown_node_cannot_be_changed(ledger, drafts):
    assert ledger.apply(drafts.set_member(drafts.bytes(32), state="out")).reason == "unknown_node"


@pytest.mark.parametrize("wrong", [{"capacity": -1}, {"capacity": 2**64 - 1}, {"state": "gone"}, {"zone": "a\nb"}])
def test_a_member_cannot_become_what_no_member_is(ledger, drafts, wrong):
    assert ledger.apply(drafts.set_member(drafts.founder.node, **wrong)).reason == "invalid"


@pytest.mark.parametrize(
    "wrong",
    [
        {"node": b"short"},
        {"certificate": b""},
        {"certificate": bytes(10_000)},
        {"role": "king"},
        {"capacity": -1},
        {"zone": "z" * 100},
        {"addresses": ["nowhere"]},
        {"addresses": ["a:1", "a:1"]},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_member_that_cannot_be_is_not_admitted(ledger, drafts, wrong):
    assert ledger.apply(drafts.admit(drafts.member(**wrong))).reason == "invalid"
    assert ledger.apply(drafts.admit(secret_hash=b"")).reason == "invalid"
    assert len(ledger.reader.members()[1]) == 1


def test_a_setting_holds_from_its_entry_on(ledger, drafts):
    assert ledger.changes(drafts.set_setting("grace_ms", 5)) == (SettingChanged("grace_ms", 5),)
    assert ledger.changes(drafts.set_setting("grace_ms", 5)) == ()
    ledger.apply(drafts.set_setting("grace_ms", 0))
    assert ledger.reader.cluster().settings["grace_ms"] == 0
    assert ledger.reader.cluster().settings["history_versions"] == 10, "what was never set has its default"


def test_the_wanted_copies_are_part_of_the_layout(ledger, drafts):
    changes = ledger.changes(drafts.set_setting("copies", 2))
    assert changes == (SettingChanged("copies", 2), MembersChanged(2, b""))
    layout = ledger.reader.layout()
    assert (layout.revision, layout.copies) == (2, 2)


@pytest.mark.parametrize(
    ("name", "value"), [("copies", 0), ("copies", 2**64 - 1), ("colour", 3), ("history_versions", 0)]
)
def test_a_setting_outside_its_bounds_is_refused(ledger, drafts, name, value):
    assert ledger.apply(drafts.set_setting(name, value)).reason == "setting"
