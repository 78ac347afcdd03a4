"""While a cluster that was attached does not answer: try at once, look for it elsewhere, or leave it alone.

These have keys of their own then, whatever view is on screen; all that can be looked at still can be.
"""

from __future__ import annotations

from dfs_tui.app.clusters import Clusters
from dfs_tui.app.lists import ListActions
from dfs_tui.keys import RECONNECTING, UNCONNECTED, over
from dfs_tui.view.cluster import Connection


class Reconnecting(Clusters, ListActions):
    """A local cluster is not attached: its nodes are started instead."""

    @property
    def keys_view(self) -> str:
        """Whose keys hold now."""
        view, below = self.bridge.view, super().keys_view
        if view.connection is Connection.FAILED and not view.opened:
            return over(UNCONNECTED, below)
        if view.connection is not Connection.LOST or not view.attached:
            return below
        link = view.next_try()
        return over(RECONNECTING if link is None or link.retry_at >= 0 else UNCONNECTED, below)

    def _do_try_now(self) -> None:
        if self.bridge.view.opened:
            self.bridge.source.refresh()
            self.say("Trying now ...")
        elif self.shown_cluster in self.clusters:  # its source has ended: there was nothing to look at
            work = self._switch(self.shown_cluster)
            self.run_worker(work, name="switch", group="switch", exclusive=True, exit_on_error=False)

    def _do_stop_trying(self) -> None:
        """As everywhere, what is laid over a list goes first."""
        if self.back_out():
            return
        self.bridge.source.stop_trying()
        self.say("Trying no more: r tries again, e edits the address.")

    def _do_edit_place(self) -> None:
        from dfs_tui.sheets.address import AddressSheet

        link = self.bridge.view.next_try()
        why = link.reason if link is not None else self.bridge.view.failure
        place = self.bridge.view.attached or self.shown_cluster
        sheet = AddressSheet(place, why, self.bridge.list_folder, self.glyphs)
        self.push_screen(sheet, self._after_place)

    def _after_place(self, place: str | None) -> None:
        if place is None:
            return
        if place in (self.bridge.view.attached, self.shown_cluster):
            self._do_try_now()
            return
        work = self.attach(place, instead_of=self.shown_cluster)
        self.run_worker(work, name="attach", group="switch", exclusive=True, exit_on_error=False)
