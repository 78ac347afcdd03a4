"""`python -m bench`: every measurement in turn, each in a process of its own; printed, and kept in bench/results/."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

MEASUREMENTS = ("startup", "throughput", "catalog", "dashboard", "placement", "chatter")
RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Run the named measurements, or all. The exit code is the first that was not 0."""
    wanted = sys.argv[1:] or MEASUREMENTS
    unknown = [name for name in wanted if name not in MEASUREMENTS]
    if unknown:
        print(f"no such measurement: {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}", file=sys.stderr)
        return 2
    RESULTS.mkdir(exist_ok=True)
    worst = 0
    for name in wanted:
        print(f"== {name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"bench.{name}"], stdout=subprocess.PIPE, text=True, check=False)
        print(done.stdout, flush=True)
        (RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}.txt").write_text(done.stdout)
        worst = worst or done.returncode
    return worst


if __name__ == "__main__":
    sys.exit(main())
