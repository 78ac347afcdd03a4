"""What the log of a founded cluster says, and that the folder beside it says the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.log import LogStore
from dfs_core.catalog.query import CatalogReader
from dfs_core.crypto.recovery import RecoverySheet, recovery_authority
from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.errors import InvalidInput
from dfs_core.limits import CHUNK_BYTES_MIN, GIB
from dfs_core.server.founding import Founded, init
from dfs_core.server.names import MEMBERS_NAME
from dfs_core.store.state import NodeState


@pytest.fixture
def founded(tmp_path: Path) -> Founded:
    return init(tmp_path / "node", zone="attic", capacity=GIB, copies=2, chunk_bytes=CHUNK_BYTES_MIN)


@pytest.fixture
def catalog(founded: Founded, tmp_path: Path) -> Iterator[CatalogReader]:
    """What applying the new log yields."""
    log, applier = LogStore(tmp_path / "node" / "log.sqlite"), Applier(tmp_path / "catalog.sqlite")
    results = applier.apply(log.read(1, 2, 1 << 20))
    assert [applied.outcome.reason for applied in results] == ["", ""]
    log.close()
    applier.close()
    reader = CatalogReader(tmp_path / "catalog.sqlite")
    yield reader
    reader.close()


def test_the_founder_is_the_only_voter_before_the_first_entry(founded: Founded, tmp_path: Path) -> None:
    log = LogStore(tmp_path / "node" / "log.sqlite")
    configurations = log.load(applied=0).configurations
    log.close()
    assert [voter.hex() for voter in configurations[-1][1].voters] == [founded.node_id]


def test_the_first_entry_founds_the_cluster_with_the_asked_for_settings(
    founded: Founded, catalog: CatalogReader
) -> None:
    cluster, (member,) = catalog.cluster(), catalog.layout().members
    assert cluster is not None
    assert (cluster.id.hex(), cluster.copies, cluster.chunk_bytes) == (founded.cluster_id, 2, CHUNK_BYTES_MIN)
    assert (str(member.node), member.zone, member.capacity, member.role) == (founded.node_id, "attic", GIB, "full")


def test_settings_that_are_asked_for_are_in_the_first_entry_too(tmp_path: Path) -> None:
    init(tmp_path / "quick", capacity=GIB, settings={"out_ms": 15_000})
    log, applier = LogStore(tmp_path / "quick" / "log.sqlite"), Applier(tmp_path / "quick.sqlite")
    assert [applied.outcome.reason for applied in applier.apply(log.read(1, 2, 1 << 20))] == ["", "", ""]
    log.close()
    applier.close()
    reader = CatalogReader(tmp_path / "quick.sqlite")
    cluster = reader.cluster()
    reader.close()
    assert cluster is not None and cluster.settings["out_ms"] == 15_000


@pytest.mark.parametrize("settings", [{"out_ms": 1}, {"colour": 3}])
def test_a_setting_that_cannot_be_founds_nothing(tmp_path: Path, settings: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        init(tmp_path / "node", capacity=GIB, settings=settings)
    assert not (tmp_path / "node").exists()


def test_the_member_list_it_starts_with_is_the_one_the_log_will_tell(catalog: CatalogReader, tmp_path: Path) -> None:
    state = NodeState(tmp_path / "node" / "state.sqlite")
    kept = msgspec.msgpack.decode(state.get(MEMBERS_NAME) or b"", type=MembersKnown)
    state.close()
    layout = catalog.layout()
    assert (kept.revision, kept.copies) == (layout.revision, layout.copies)
    (record,), (member,) = kept.members, layout.members
    assert (record.node, record.capacity, record.joined_at) == (member.node.digest, member.capacity, member.joined_at)


def test_the_first_secret_epoch_is_told_by_its_hash_and_nobody_has_kept_the_sheet_yet(
    founded: Founded, catalog: CatalogReader
) -> None:
    sheet = RecoverySheet.parse(founded.recovery_sheet)
    (epoch,) = catalog.secret_epochs()
    assert (epoch.number, epoch.hash, epoch.confirmed) == (1, sheet.secrets.hash(1), False)
    assert epoch.authority == recovery_authority(sheet.secrets, 1).certificate
