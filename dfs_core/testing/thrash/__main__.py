"""python -m dfs_core.testing.thrash [SECONDS [SEED…]]: thrash real nodes; exit code 1 when something does not hold."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
import traceback
from pathlib import Path

from dfs_core.testing.thrash.nodes import may_read_proc
from dfs_core.testing.thrash.storm import Thrash


def main() -> int:
    """Run the thrashes that the command line names."""
    if not may_read_proc():
        print("the thrasher asks Linux's /proc who opened a connection; it does not run here", file=sys.stderr)
        return 2
    storm_s = float(sys.argv[1]) if len(sys.argv) > 1 else 300.0
    failed = []
    for seed in [int(text) for text in sys.argv[2:]] or [1]:
        began = time.monotonic()

        def say(text: str, began: float = began) -> None:
            print(f"  {time.monotonic() - began:6.1f} s  {text}", flush=True)

        with tempfile.TemporaryDirectory(prefix="dfs-thrash-") as folder:
            try:
                figures = asyncio.run(Thrash(Path(folder), seed, say).run(storm_s))
            except (AssertionError, ExceptionGroup):
                failed.append(seed)
                traceback.print_exc()
            else:
                print(f"seed {seed}: {figures}", flush=True)
    print(f"failed: {failed}" if failed else "nothing was lost")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
