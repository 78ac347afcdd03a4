"""placement.json: who holds a chunk, the same on every machine and in every release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from dfs_core.model.ids import NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member
from dfs_core.model.placement import log2_table, ranked
from dfs_core.model.shares import achievable_shares, draw_weights

VECTORS = json.loads(Path(__file__).with_name("placement.json").read_text())


@pytest.mark.parametrize("case", VECTORS["layouts"], ids=lambda case: case["name"])
def test_nodes_hold_chunks_in_the_recorded_order(case: dict[str, Any]) -> None:
    nodes = [NodeId.parse(each["node"]) for each in case["nodes"]]
    facts = zip(nodes, case["nodes"], strict=True)
    members = [Member(node, b"", "full", each["zone"], each["capacity"], "joined", (), 1) for node, each in facts]
    layout = Layout(1, tuple(members), 3)
    for chunk in case["chunks"]:
        order = ranked(bytes.fromhex(chunk["address"]), layout)
        assert [nodes.index(node) for node in order] == chunk["order"]


def test_the_logarithms_are_the_recorded_integers() -> None:
    table = log2_table()
    assert {place: table[int(place)] for place in VECTORS["log2_values"]} == VECTORS["log2_values"]
    assert blake3(b"".join(value.to_bytes(8, "big") for value in table)).hexdigest() == VECTORS["log2_table"]


@pytest.mark.parametrize("case", VECTORS["weights"], ids=lambda case: str(case["capacities"]))
def test_the_weights_are_the_recorded_bits(case: dict[str, Any]) -> None:
    weights = draw_weights(achievable_shares(case["capacities"], case["copies"]), case["copies"])
    assert [None if weight is None else weight.hex() for weight in weights] == case["weights"]
