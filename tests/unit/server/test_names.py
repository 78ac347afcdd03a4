from __future__ import annotations

from dfs_core.server import names


def test_no_two_documents_of_a_folder_share_a_name() -> None:
    found = [value for name, value in vars(names).items() if name.endswith("_NAME")]
    assert len(found) == len(set(found)) == 4
    assert all("/" not in name for name in found)
