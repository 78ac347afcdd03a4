from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dfs_core.catalog.log import LogStore
from dfs_core.crypto.recovery import RecoverySheet
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.errors import ConfigError, DfsError, InvalidInput, StoreError
from dfs_core.server.founding import init
from dfs_core.server.names import IDENTITY_NAME, SECRETS_NAME
from dfs_core.store.folder import DataFolder


def test_a_founded_folder_has_an_identity_secrets_a_log_and_a_marker(tmp_path: Path) -> None:
    founded = init(tmp_path / "node", listen="127.0.0.1:7420", zone="attic", capacity=1 << 40)
    with DataFolder.open(tmp_path / "node") as folder:
        assert str(folder.marker.node) == founded.node_id
        assert str(folder.marker.cluster) == founded.cluster_id
        assert (folder.marker.role, folder.marker.capacity) == ("full", 1 << 40)
    log = LogStore(tmp_path / "node" / "log.sqlite")
    assert log.load(0).last_index == 1
    log.close()
    assert "127.0.0.1:7420" in (tmp_path / "node" / "node.toml").read_text()


def test_the_recovery_sheet_holds_the_secrets_of_this_cluster(tmp_path: Path) -> None:
    founded = init(tmp_path / "node", capacity=1 << 40)
    sheet = RecoverySheet.parse(founded.recovery_sheet)
    kept = ClusterSecrets.decode((tmp_path / "node" / "secrets" / SECRETS_NAME).read_bytes())
    assert str(sheet.cluster) == founded.cluster_id
    assert sheet.secrets == kept


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    init(tmp_path / "node", capacity=1 << 40)
    for path in (tmp_path / "node" / "identity" / IDENTITY_NAME, tmp_path / "node" / "secrets" / SECRETS_NAME):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_founding_again_overwrites_nothing(tmp_path: Path) -> None:
    init(tmp_path / "node", capacity=1 << 40)
    before = {path: path.read_bytes() for path in (tmp_path / "node").rglob("*") if path.is_file()}
    with pytest.raises(StoreError):
        init(tmp_path / "node", capacity=1 << 40)
    assert {path: path.read_bytes() for path in before} == before


def test_a_folder_with_other_peoples_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"mine")
    with pytest.raises(StoreError):
        init(tmp_path, capacity=1 << 40)
    assert [path.name for path in tmp_path.iterdir() if path.name == "photo.jpg"] == ["photo.jpg"]


@pytest.mark.parametrize("wrong", [{"listen": "nowhere"}, {"zone": "a\nb"}])
def test_bad_settings_make_nothing(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises((ConfigError, InvalidInput)) as caught:
        init(tmp_path / "node", **wrong)  # type: ignore[arg-type]
    assert isinstance(caught.value, DfsError)
    assert not (tmp_path / "node" / "marker").exists()
