"""A process to do something to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

SLEEPER = [sys.executable, "-c", "import time; print(flush=True); time.sleep(600)"]


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """Runs already, and sleeps."""
    with subprocess.Popen(SLEEPER, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        yield running
        running.kill()
