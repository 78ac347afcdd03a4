"""What can be done with the past of a key: see its versions, compare two, restore one, undo a removal, do it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfs_tui.app.files import FileActions
from dfs_tui.messages import RetrieveRequested
from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.view import format as fmt
from dfs_tui.view.compare import comparison_lines
from dfs_tui.view.peers import node_names
from dfs_tui.view.values import KeyEntry, Level, Version

if TYPE_CHECKING:
    from dfs_tui.sheets.versions import VersionWish


class VersionActions(FileActions):
    """The key under the cursor, held by its name from the question to the deed."""

    def _do_history(self) -> None:
        key = self.keys_pane.table.cursor_id
        if key in self.bridge.keys.entries:
            self.show_history(key)
        else:
            self.say("There is no key to look at.", Level.WARNING)

    def show_history(self, key: str) -> None:
        """Ask for the versions of `key` and show them; also of one that is removed."""
        self.run_worker(self._history(key), name="history", group="actions", exit_on_error=False)

    async def _history(self, key: str) -> None:
        versions = await self.bridge.history(key)
        if isinstance(versions, str):
            self.say(f"No history: {versions}", Level.ERROR)
            return
        from dfs_tui.sheets.versions import VersionsSheet  # sheets are imported when one is opened

        sheet = VersionsSheet(key, versions, node_names(self.bridge.view), self.glyphs)
        self.push_screen(sheet, lambda wish: self._after_versions(key, wish))

    def _after_versions(self, key: str, wish: VersionWish | None) -> None:
        if wish is None:
            return
        match wish.what:
            case "compare":
                assert wish.other is not None
                old, new = sorted((wish.version, wish.other), key=lambda version: version.version)
                self.run_worker(self._compare(key, old, new), name="compare", group="actions", exit_on_error=False)
            case "restore":
                self._ask_restore(key, wish.version)
            case "retrieve":
                self._retrieve_version(key, wish.version)

    async def _compare(self, key: str, old: Version, new: Version) -> None:
        found = await self.bridge.compare(key, old, new)
        if isinstance(found, str):
            self.say(f"Not compared: {found}", Level.ERROR)
            return
        from dfs_tui.sheets.text import TextSheet

        title = f"{key}: {old.version} and {new.version}"
        sheet = TextSheet(title, comparison_lines(found, self.glyphs.into), self.glyphs)
        self.push_screen(sheet, lambda _: self.show_history(key))

    def _ask_restore(self, key: str, version: Version) -> None:
        text = [
            f"{fmt.clip_middle(fmt.printable(key), 66, self.glyphs.ellipsis)}",
            "",
            f"Version {version.version} of {fmt.when(version.stored_s)} ({fmt.size(version.size_bytes)}) becomes the "
            "current one, as a new version. What it replaces stays in the history.",
        ]
        sheet = ConfirmSheet("Restore this version?", text, [Choice("R", "restore", "Restore it")], self.glyphs)
        self.push_screen(sheet, lambda answer: self._after_restore(answer, key, version.version))

    def _after_restore(self, answer: str | None, key: str, version: int) -> None:
        if answer == "restore":
            self.restore_key(key, version)

    def restore_key(self, key: str, version: int) -> None:
        """Restore without a further question; 0 undoes a removal."""
        self.run_worker(self.bridge.restore(key, version), name="restore", group="actions", exit_on_error=False)

    def _retrieve_version(self, key: str, version: Version) -> None:
        stem, dot, suffix = key.rpartition("/")[2].rpartition(".")
        name = f"{stem}.{version.version}.{suffix}" if dot and stem else f"{suffix}.{version.version}"
        from dfs_tui.sheets.retrieve import RetrieveSheet

        entry = KeyEntry(key, version.version, version.size_bytes, version.stored_s)
        sheet = RetrieveSheet([entry], self.downloads, self.bridge.list_folder, self.glyphs, name=name)
        self.push_screen(sheet, self._after_version_place)

    def _after_version_place(self, wishes: tuple[RetrieveRequested, ...] | None) -> None:
        self.after_retrieve(wishes)

    def _do_undo(self) -> None:
        if not self.bridge.next_undo():
            self.say("Nothing was removed here that could be brought back; h shows a key's history.", Level.WARNING)
            return
        self.run_worker(self.bridge.undo(), name="undo", group="actions", exit_on_error=False)

    def _do_redo(self) -> None:
        step = self.bridge.next_redo()
        if step is None:
            self.say("Nothing was undone.", Level.WARNING)
        elif step.stored:
            self.run_worker(self.bridge.redo(), name="redo", group="actions", exit_on_error=False)
        else:
            self.ask_remove(list(step.keys))
