"""What holds for every test."""

from __future__ import annotations

import gc
import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says as much about the machine as about the program; a hung test is named by its timeout.
settings.register_profile("dfs", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dfs")


def pytest_configure(config: pytest.Config) -> None:
    """Programs that tests start find their modules compiled, as an installed program does, whatever is set here."""
    cache = getattr(config, "cache", None)  # there is none under -p no:cacheprovider
    if cache is not None and os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = str(cache.mkdir("bytecode"))
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job hands that on to all it starts
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """All tests and what they import stay to the end; looking for garbage among them took a third of some tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
