"""The secrets of a node: files only ever added, the log's word on which is in force."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dfs_core.catalog.facts import SecretEpochFacts
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.errors import Refused, StoreError
from dfs_core.server.keyring import Keyring
from dfs_core.server.names import SECRETS_NAME
from dfs_core.store.folder import DataFolder, FolderInUse

ONE, TWO, OTHER = b"\x01" * 32, b"\x02" * 32, b"\x03" * 32


def decided(number: int, secret: bytes, *, confirmed: bool = False) -> SecretEpochFacts:
    facts = ClusterSecrets({number: secret}, number)
    return SecretEpochFacts(number, facts.hash(number), b"certificate %d" % number, confirmed, number)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder.create(tmp_path / "node")
    folder.write_secret("secrets", SECRETS_NAME, ClusterSecrets({1: ONE}, 1).encode())
    return folder


def test_before_the_log_says_anything_the_founding_secret_is_in_force(folder: DataFolder) -> None:
    keyring = Keyring(folder)
    assert (keyring.current, keyring.secrets.current, keyring.lacking) == (1, 1, None)
    assert keyring.authority == (0, b"")
    assert not keyring.confirmed


def test_a_secret_that_is_held_early_seals_nothing_before_the_log_names_it(folder: DataFolder) -> None:
    keyring = Keyring(folder)
    keyring.follow([decided(1, ONE)])
    keyring.hold(2, TWO)
    assert keyring.for_sealing().current == 1
    assert keyring.follow([decided(1, ONE, confirmed=True), decided(2, TWO)])
    assert keyring.for_sealing().current == 2
    assert dict(keyring.secrets.epochs) == {1: ONE, 2: TWO}
    assert keyring.authority == (2, b"certificate 2")
    assert not keyring.confirmed, "the new sheet is due"


def test_of_two_proposals_the_one_that_the_log_named_is_used(folder: DataFolder) -> None:
    keyring = Keyring(folder)
    keyring.hold(2, OTHER)
    keyring.hold(2, TWO)
    keyring.follow([decided(1, ONE), decided(2, TWO)])
    assert keyring.secrets.epochs[2] == TWO
    again = Keyring(folder)
    again.follow([decided(1, ONE), decided(2, TWO)])
    assert again.secrets.epochs[2] == TWO


def test_who_lacks_the_secret_in_force_reads_on_and_does_not_seal(folder: DataFolder) -> None:
    keyring = Keyring(folder)
    keyring.follow([decided(1, ONE), decided(2, TWO)])
    assert keyring.lacking == decided(2, TWO)
    assert keyring.current == 2
    assert dict(keyring.secrets.epochs) == {1: ONE}
    with pytest.raises(Refused, match="epoch 2"):
        keyring.for_sealing()
    keyring.hold(2, TWO)
    assert keyring.follow([decided(1, ONE), decided(2, TWO)])
    assert keyring.lacking is None
    assert keyring.for_sealing().current == 2


def test_a_joiner_that_was_welcomed_with_later_epochs_seals_under_them_at_once(tmp_path: Path) -> None:
    folder = DataFolder.create(tmp_path / "joiner")
    folder.write_secret("secrets", SECRETS_NAME, ClusterSecrets({1: ONE, 2: TWO}, 2).encode())
    keyring = Keyring(folder)
    keyring.follow([decided(1, ONE)])
    assert keyring.for_sealing().current == 2


def test_nothing_is_ever_overwritten_and_all_files_are_their_owners_only(folder: DataFolder) -> None:
    before = folder.read_secret("secrets", SECRETS_NAME)
    keyring = Keyring(folder)
    for secret in (OTHER, TWO, TWO):
        keyring.hold(2, secret)
    assert folder.read_secret("secrets", SECRETS_NAME) == before
    files = sorted((folder.path / "secrets").iterdir())
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_secrets_of_another_cluster_are_no_use(folder: DataFolder) -> None:
    with pytest.raises(StoreError, match="recovery sheet"):
        Keyring(folder).follow([decided(1, OTHER)])


def test_the_secrets_of_a_running_node_can_be_read_and_not_written(folder: DataFolder) -> None:
    in_use = Keyring(FolderInUse(folder.path))
    assert dict(in_use.secrets.epochs) == {1: ONE}
    with pytest.raises(StoreError, match="in use"):
        in_use.hold(2, TWO)


def test_the_same_word_of_the_log_changes_nothing(folder: DataFolder) -> None:
    keyring = Keyring(folder)
    assert keyring.follow([decided(1, ONE)])
    assert not keyring.follow([decided(1, ONE)])
    assert keyring.follow([decided(1, ONE, confirmed=True)])
    assert keyring.confirmed
