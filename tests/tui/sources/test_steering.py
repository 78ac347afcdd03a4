"""What is asked of one node goes to it; what a node makes of it is tested in test_live.py."""

from __future__ import annotations

from typing import Any

from dfs_tui.sources.steering import Steering


class Told(Steering):
    """Writes down whom it asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def _client(self, link: str = "") -> Any:
        self.asked.append(link)
        return self

    async def _ask(self, call: Any) -> Any:
        return await call


async def test_each_call_goes_through_the_link_that_was_named() -> None:
    class Client(Told):
        async def set_worker(self, *words: Any) -> None:  # type: ignore[override]
            self.asked.append(f"{words}")

    told = Client()
    await Steering.set_worker(told, "n2", "scrub", "pause")
    assert told.asked == ["n2", "('scrub', 'pause', 0.0)"]
