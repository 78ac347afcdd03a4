"""Where time comes from. The pure core takes `now` as an argument; the shell holds one of these.

`now` is monotonic and starts anywhere: only differences mean something. `wall` is for people (log lines, a version's
"stored at") and orders nothing. Tests and the simulation hand in their own.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Monotonic seconds."""
        ...

    def wall(self) -> float:
        """Seconds since 1970 by the machine's clock; may jump, so it decides nothing."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after at least `seconds` of `now`. May be cancelled."""
        ...


class SystemClock:
    """The running loop's own time, so that a virtual-time loop needs no other clock."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
