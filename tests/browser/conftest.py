"""These tests need a Chromium. Where there is none they are not collected; .ci/run installs one where it can."""

from __future__ import annotations

from .chromium import binary

collect_ignore_glob = [] if binary() else ["test_*.py"]
