from __future__ import annotations

import msgspec

from dfs_core.catalog.settings import SETTINGS
from dfs_core.encoding.peer_messages import NodeReport
from dfs_core.server.agreed import Agreed


def report(node: int, role: str, applied: int, repair_bytes_s: int) -> NodeReport:
    return NodeReport(
        bytes([node]) * 32, 1, "0", 1.0, role, "ready", applied, b"", 1, 0, 0, 1, 1,
        repair_bytes_s=repair_bytes_s, scrub_ms=1000 * node,
    )  # fmt: skip


def test_who_knows_nothing_keeps_to_the_defaults() -> None:
    agreed = Agreed(list)
    assert (agreed.repair_bytes_s, agreed.scrub_ms) == (0, SETTINGS["scrub_ms"].default)


def test_a_vault_believes_the_full_node_that_has_read_furthest() -> None:
    reports = [report(1, "full", 5, 100), report(2, "full", 9, 200), report(3, "vault", 99, 300)]
    agreed = Agreed(lambda: reports)
    assert (agreed.repair_bytes_s, agreed.scrub_ms) == (200, 2000)
    reports[0] = msgspec.structs.replace(reports[0], applied=10)
    assert agreed.repair_bytes_s == 100


def test_a_full_node_believes_its_own_catalog() -> None:
    agreed = Agreed(lambda: [report(2, "full", 9, 200)])
    agreed.read({"repair_bytes_s": 7})
    assert (agreed.repair_bytes_s, agreed.scrub_ms) == (7, SETTINGS["scrub_ms"].default)
