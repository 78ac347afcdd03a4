"""What the fake node says of its background work: workers and links that can be steered, a scrub that ends at once."""

from __future__ import annotations

import msgspec

from dfs_core.encoding.health_messages import (
    GetHealth,
    HealthFound,
    HealthItem,
    HealthReport,
    ItemsListed,
    ListItems,
)
from dfs_core.encoding.link_messages import AllowPeer, BanPeer, DisconnectPeer
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.upkeep_messages import (
    GetScrub,
    KeyVerified,
    RepairStarted,
    ScrubStatus,
    StartRepair,
    StartScrub,
    VerifyKey,
)
from dfs_core.encoding.worker_messages import GetWorkers, SetWorker, WorkersListed, WorkerStatus
from dfs_core.errors import NotFound


class FakeUpkeep:
    """Its answers are values that a test may change."""

    def __init__(self, node: str) -> None:
        self._node = node
        self.workers = {"resync": WorkerStatus("resync", "idle", False, 0.0, 0, -1.0, 0, 0, 0.0, 0.0)}
        self.scrub = ScrubStatus(5, 10, 1, 0, 60.0, 2_592_000.0, False, False, 1, 9, 2)
        self.health = HealthFound(HealthReport(state="HEALTHY"), "HEALTHY", [], 0.5)
        self.short: list[HealthItem] = []
        self.silent: list[str] = []
        self.verified: dict[str, KeyVerified] = {}
        self.banned: dict[str, float] = {}  # node, and for how long

    def answer(self, request: Message) -> Message | None:
        """None: it is not about background work."""
        match request:
            case GetHealth():
                return self.health
            case ListItems():
                rest = [item for item in self.short if (item.key, item.version) > (request.key, request.version)]
                last = rest[0] if len(rest) > 1 else None  # a page has one item, and the next goes on behind it
                return ItemsListed(rest[:1], last.key if last else "", last.version if last else 0, 3)
            case GetWorkers():
                return WorkersListed(list(self.workers.values()))
            case SetWorker():
                return self._steer(request)
            case GetScrub():
                return self.scrub
            case StartScrub():
                begun, self.scrub = self.scrub, msgspec.structs.replace(self.scrub, tours=self.scrub.tours + 1)
                return begun
            case StartRepair():
                return RepairStarted([self._node], self.silent, list(self.workers.values()))
            case VerifyKey():
                return self.verified.get(request.key) or KeyVerified(request.key, 1, 1, 3, 0, 0, 0, 0)
            case DisconnectPeer():
                return Done()
            case BanPeer():
                self.banned[request.node] = request.for_s
                return Done()
            case AllowPeer():
                if self.banned.pop(request.node, None) is None:
                    raise NotFound(f"{request.node[:12]} is not banned on this node")
                return Done()
        return None

    def _steer(self, request: SetWorker) -> WorkerStatus:
        worker = self.workers.get(request.name)
        if worker is None:
            raise NotFound(f"there is no worker {request.name!r}")
        if request.action == "pace":
            worker = msgspec.structs.replace(worker, pace=request.pace)
        else:
            paused = request.action == "pause"
            worker = msgspec.structs.replace(worker, paused=paused, state="paused" if paused else "idle")
        self.workers[request.name] = worker
        return worker
