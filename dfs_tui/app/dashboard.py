"""DfsApp: all that the dashboard can do, in one app."""

from __future__ import annotations

from dfs_tui.app.at_once import AtOnce
from dfs_tui.app.delivery import Deliveries
from dfs_tui.app.docking import Docking
from dfs_tui.app.fading import Fading
from dfs_tui.app.guiding import Guiding
from dfs_tui.app.healing import HealingActions
from dfs_tui.app.holding import Holding
from dfs_tui.app.hurrying import Hurrying
from dfs_tui.app.logs import LogActions
from dfs_tui.app.moving import Moving
from dfs_tui.app.reconnecting import Reconnecting
from dfs_tui.app.showing import Showing
from dfs_tui.app.transfers import TransferActions


class DfsApp(
    Deliveries,
    AtOnce,
    LogActions,
    Moving,
    TransferActions,
    Showing,
    HealingActions,
    Guiding,
    Docking,
    Fading,
    Holding,
    Hurrying,
    Reconnecting,
):
    """The dashboard of one source."""
