"""What can be done with files: store, retrieve, remove; and what can be done about a transfer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dfs_tui.app.inspecting import Inspecting
from dfs_tui.app.remembering import Remembering
from dfs_tui.bridge import Bridge
from dfs_tui.messages import RetrieveRequested, StoreRequested
from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cluster import Connection
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.values import KeyEntry, Level, Taken

KEYS_NAMED = 6  # in a question; more are counted


class FileActions(Inspecting, Remembering):
    """Each opens a sheet that says what will happen; what was confirmed runs in a worker."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self.downloads = downloads()
        self._asked_places = 0  # so that a retrieve that ends late does not bring an older place back

    def on_mount(self) -> None:
        """Textual calls this beside those of the classes below."""
        if self.remembered.place:
            self.run_worker(self._go_on_to(self.remembered.place), name="place", group="place", exit_on_error=False)

    async def _go_on_to(self, place: str) -> None:
        """Retrieve to where the last run did, if that is still there; only here a disk is waited for."""
        before = self.downloads
        there = await self.bridge.is_folder(place)
        if self.downloads != before:  # somebody chose another place meanwhile
            return
        if there:
            self.downloads = place
        else:
            self.bridge.note(Level.INFO, f"{place} is no folder now; what is retrieved goes to {self.downloads}")

    def _do_store(self) -> None:
        self.open_store(())

    def open_store(self, paths: Sequence[str], folder: str = "") -> None:
        """The store sheet with these paths; `folder` is what its `as` says at first."""
        from dfs_tui.sheets.store import StoreSheet  # sheets are imported when one is opened

        if not self.offers("store"):
            self.say("Nothing can be stored: this dashboard was opened with --read-only.", Level.WARNING)
            return
        if self.bridge.picture(self.glyphs).view.connection is not Connection.LIVE:
            self.say("No node answers, so nothing can be stored now. 1 shows the nodes.", Level.WARNING)
            return
        sheet = StoreSheet(
            paths,
            scan=self.bridge.scan,
            list_folder=self.bridge.list_folder,
            dropped=self.bridge.dropped_paths,
            existing=self.bridge.keys.entries,
            room=self._room,
            same_content=self.bridge.same_content,
            copies_among=self.bridge.copies_among,
            glyphs=self.glyphs,
            folder=folder,
        )
        self.push_screen(sheet, self._after_store)

    def _room(self) -> tuple[int, int]:
        picture = self.bridge.picture(self.glyphs)
        newest = picture.view.freshest
        free = sum(peer.free_bytes for peer in newest.report.peers) if newest is not None else 0
        return picture.copies_wanted, free or -1

    def _after_store(self, wish: StoreRequested | None) -> None:
        if wish is not None:
            self.run_worker(self.bridge.store(wish), name="store", group="transfers", exit_on_error=False)

    def retrieve_to(self, place: str, taken: Taken) -> None:
        """Retrieve to this place: one key at once, several after the sheet has said how much that is."""
        entries = [self.bridge.keys.entries[key] for key in self.selected_keys()]
        if len(entries) == 1 and place:
            self.after_retrieve((RetrieveRequested(entries[0].key, entries[0].size_bytes, place, taken=taken),))
        elif entries:
            self._ask_place(entries, place or self.downloads, taken)

    def _do_retrieve(self) -> None:
        if self.view_name != "keys":
            self.enter("keys")
            self.say("Choose a key, then press r.")
            return
        entries = [self.bridge.keys.entries[key] for key in self.selected_keys()]
        if not entries:
            self.say("There is no key to retrieve.", Level.WARNING)
            return
        self._ask_place(entries, self.downloads)

    def _ask_place(self, entries: Sequence[KeyEntry], place: str, taken: Taken = Taken.NUMBER) -> None:
        from dfs_tui.sheets.retrieve import RetrieveSheet

        sheet = RetrieveSheet(entries, place, self.bridge.list_folder, self.glyphs, taken=taken)
        self.push_screen(sheet, self.after_retrieve)

    def after_retrieve(self, wishes: tuple[RetrieveRequested, ...] | None) -> None:
        """The retrieve sheet was confirmed, or not."""
        if not wishes:
            return
        self._asked_places += 1
        if wishes[0].place.endswith("/"):
            self.downloads = wishes[0].base or wishes[0].place
        for wish in wishes:
            begun = self._retrieve(wish, self._asked_places)
            self.run_worker(begun, name="retrieve", group="transfers", exit_on_error=False)
        self.after_marks()

    async def _retrieve(self, wish: RetrieveRequested, asked: int) -> None:
        """Where it was written to is where the next one goes, in this run and in the next."""
        path = await self.bridge.retrieve(wish)
        if path and asked == self._asked_places:
            self.downloads = folder_of(path, wish.base)
            self.remembered = replace(self.remembered, place=self.downloads)

    def _do_remove(self) -> None:
        keys = self.selected_keys()
        if keys:
            self.ask_remove(keys)
        else:
            self.say("There is no key to delete.", Level.WARNING)

    def _do_verify(self) -> None:
        keys = self.selected_keys()
        if not keys:
            self.say("There is no key to verify.", Level.WARNING)
            return
        self.run_worker(self.bridge.verify(keys), name="verify", group="actions", exit_on_error=False)
        self.after_marks()

    def _do_repair_now(self) -> None:
        self.run_worker(self.bridge.repair_now(), name="repair", group="actions", exit_on_error=False)

    def ask_remove(self, keys: list[str]) -> None:
        """The question before a removal names the keys."""
        shown = [fmt.clip_middle(fmt.printable(key), 66, self.glyphs.ellipsis) for key in keys[:KEYS_NAMED]]
        if len(keys) > KEYS_NAMED:
            shown.append(f"and {fmt.plural(len(keys) - KEYS_NAMED, 'more key')}")
        size_bytes = sum(self.bridge.keys.entries[key].size_bytes for key in keys if key in self.bridge.keys.entries)
        its = "Its older versions stay in its history" if len(keys) == 1 else "Their versions stay in their histories"
        text = [*shown, "", f"{its}; z brings {'it' if len(keys) == 1 else 'them'} back."]
        title = "Delete this key?" if len(keys) == 1 else f"Delete {len(keys)} keys ({fmt.size(size_bytes)})?"
        sheet = ConfirmSheet(title, text, [Choice("d", "remove", "Delete")], self.glyphs, danger=True)
        self.push_screen(sheet, lambda answer: self._after_remove(answer, keys))

    def _after_remove(self, answer: str | None, keys: list[str]) -> None:
        if answer == "remove":
            self.run_worker(self.bridge.remove(keys), name="remove", group="actions", exit_on_error=False)
            self.after_marks()


def folder_of(path: str, base: str) -> str:
    """Where the next file goes after one was written to `path`, below `base` if several were, as one types it."""
    folder = Path(base).expanduser().absolute() if base else Path(path).parent
    return f"{fmt.tilde(str(folder), str(Path.home())).rstrip('/')}/"


def downloads() -> str:
    """Where retrieved files go unless another place is chosen."""
    return "~/Downloads/" if (Path.home() / "Downloads").is_dir() else "~/"
