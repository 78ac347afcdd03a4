"""When the interpreter looks for garbage: seldom, and never among what stays.

By its own rule it now and then looks through everything there is, in the middle of whatever is being done. With a
hundred thousand keys that takes 50 to 90 ms, which is three key presses. So what has come to stay, modules and keys, is
put aside (`gc.freeze`): it is still given back when nobody refers to it any more, only not searched for cycles.
"""

from __future__ import annotations

import gc

YOUNG = 10_000  # objects made before the young ones are looked through
PUT_ASIDE = 20_000  # changes of keys before they are put aside as well


class Keeper:
    """`begin` when all is imported, `keep` now and then with the number of key changes so far."""

    def __init__(self) -> None:
        self._kept = 0

    def begin(self) -> None:
        """From now on."""
        gc.freeze()
        gc.set_threshold(YOUNG, 20, 20)
        gc.enable()

    def keep(self, changes: int) -> None:
        """Put aside what became many. The young are looked through before, so that their garbage is not kept."""
        if changes - self._kept >= PUT_ASIDE:
            self._kept = changes
            gc.collect(1)
            gc.freeze()
