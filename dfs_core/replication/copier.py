"""cp and mv: a new version with an old one's content. No chunk is read or sent.

A manifest is sealed for its key and version id, so the copy's is sealed anew; the chunks it refers to are the same.
The commit names its source, which applying requires to exist; for a move it must still be current and ends in the same
entry, so nobody ever sees the file under both names or under none.
"""

from __future__ import annotations

from dfs_core.clock import Clock
from dfs_core.encoding.commands import Commit, ManifestPage, Refer
from dfs_core.encoding.control_messages import FileStored
from dfs_core.errors import NotFound, Refused
from dfs_core.model.ids import NodeId, VersionId
from dfs_core.model.manifest import encode_head, encode_page
from dfs_core.replication.reader import FileReader, OpenVersion
from dfs_core.replication.writer import FileWriter


class FileCopier:
    """Makes versions out of versions, through one node."""

    def __init__(self, *, node: NodeId, reader: FileReader, writer: FileWriter, clock: Clock) -> None:
        self._node, self._reader, self._writer, self._clock = node, reader, writer, clock

    async def copy(self, source: OpenVersion, target: str, version_id: VersionId, *, move: bool) -> FileStored:
        """Commit `target` with the content of `source`; with `move`, end `source` in the same step.

        Refused: the source is gone, or (move) no longer current. Otherwise as `FileWriter.store`.
        """
        version, head = source.version, source.head
        epoch = self._writer.epoch
        as_of = await self._as_of(source)
        pages: list[ManifestPage] = []
        for number in range(1, head.pages + 1):
            pages = [await self._page(source, number, target, version_id, epoch)]
            if number < head.pages:
                refer = Refer(self._writer.command_id(), version_id.digest, pages[0], as_of)
                await self._writer.claim(refer, lambda: self._as_of(source))
        outcome = await self._writer.claim(
            Commit(
                id=version_id.digest,
                version_id=version_id.digest,
                key=target,
                size=version.size,
                mtime_ns=version.mtime_ns,
                mode=version.mode,
                content_token=version.content_token,
                head=self._writer.seal_part(encode_head(head), target, version_id, 0, epoch),
                pages=pages,
                page_count=head.pages,
                as_of=as_of,
                stored_by=self._node.digest,
                wall_ms=int(self._clock.wall() * 1000),
                source_key=version.key,
                source_version=version.number,
                moves=move,
            ),
            lambda: self._as_of(source),
        )
        return FileStored(
            key=target,
            version=outcome.version,
            size=head.size,
            hash=head.content_hash.hex(),
            chunks=head.chunks,
            new_chunks=0,
            sent_bytes=0,
            copies=0,
        )

    async def _as_of(self, source: OpenVersion) -> int:
        """A log index at which the source's chunks were there: asked first, and then the source still was.

        It refers to them, so they were not condemned, and copies that count were made before it could.
        """
        as_of = self._writer.chunks.fence.newest
        version = source.version
        try:
            await self._reader.find(version.key, version.number, stale=source.stale)
        except NotFound as error:
            raise Refused("source", f"{version.key!r} has no version {version.number} any more") from error
        return as_of

    async def _page(
        self, source: OpenVersion, number: int, target: str, version_id: VersionId, epoch: int
    ) -> ManifestPage:
        opened, stored = await self._reader.page(source, number)
        return ManifestPage(
            number=number,
            addresses=stored.addresses,
            chunk_bytes=stored.chunk_bytes,
            tail_bytes=stored.tail_bytes,
            sealed=self._writer.seal_part(encode_page(opened), target, version_id, number, epoch),
        )
