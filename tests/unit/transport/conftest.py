"""What touches sockets runs under both loops; the rest under the plain one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

UNDER_BOTH_LOOPS = {"test_link.py", "test_listener.py", "test_mesh.py", "test_wire.py"}


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    plain = {"asyncio": asyncio.new_event_loop}
    return plain | {"uvloop": uvloop.new_event_loop} if item.path.name in UNDER_BOTH_LOOPS else plain
