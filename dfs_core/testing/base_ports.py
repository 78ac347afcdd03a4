"""Ports for the clusters of tests, which no other test of this run takes while a node is down.

They lie below those that systems hand out for outgoing connections (32,768 on Linux), so that a node that was stopped
finds its port free again. Each worker of pytest-xdist draws from a share of its own, and nothing twice: a cluster keeps
its ports for as long as its test lasts, also those of nodes that do not run. Other runs are met by chance only.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

PORTS = range(20_000, 31_000)
BLOCK = 20  # ports from a base on that are the cluster's
SHARES = 8  # workers that never meet


def base_ports(worker: str) -> Iterator[int]:
    """Base ports in an order drawn anew, each once and then again, for a worker called "gw0", "gw1" and so on."""
    number = int(worker.removeprefix("gw")) if worker.removeprefix("gw").isdigit() else 0
    blocks = range(PORTS.start, PORTS.stop - BLOCK + 1, BLOCK)
    drawn = list(blocks[number % SHARES :: SHARES])
    random.SystemRandom().shuffle(drawn)
    while True:
        yield from drawn


_HERE = base_ports(os.environ.get("PYTEST_XDIST_WORKER", ""))


def draw_base_port() -> int:
    """A base port that this process has not drawn before (unless it has drawn all of them)."""
    return next(_HERE)
