"""Base ports of tests' clusters."""

from __future__ import annotations

from itertools import islice

from dfs_core.testing.base_ports import BLOCK, PORTS, SHARES, base_ports, draw_base_port

OF_A_SHARE = len(PORTS) // BLOCK // SHARES


def test_no_two_workers_and_no_two_clusters_of_one_share_a_port() -> None:
    drawn = [base for number in range(SHARES) for base in islice(base_ports(f"gw{number}"), OF_A_SHARE)]
    ports = {base + offset for base in drawn for offset in range(BLOCK)}
    assert len(ports) == SHARES * OF_A_SHARE * BLOCK
    assert ports <= set(PORTS)


def test_a_run_without_workers_has_a_share_too_and_it_comes_again_after_its_last() -> None:
    assert draw_base_port() in PORTS
    bases = base_ports("")
    share = [next(bases) for _ in range(OF_A_SHARE)]
    assert len(set(share)) == OF_A_SHARE
    assert share[0] in set(islice(bases, 2))
