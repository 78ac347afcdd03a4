"""Draws what is seen. The toolkit draws all of every widget, also of containers that others cover wholly."""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class Painter(Compositor):
    """A screen's compositor that asks a widget only for lines that are to be painted, and for none if none is seen."""

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        whole = self.size.region
        band = whole if crop is None else Region(0, crop.y, whole.width, crop.height).intersection(whole)
        covered = [0] * whole.height  # cells of each line, as bits; widgets come from the front to the back
        for widget, (place, clip) in self.visible_widgets.items():
            seen = clip.intersection(band)
            shown = place.intersection(seen)
            if not shown:
                continue
            cells = ((1 << shown.width) - 1) << shown.x
            if all(covered[y] & cells == cells for y in shown.line_range):
                continue
            for y in shown.line_range:
                covered[y] |= cells
            yield place, seen, widget.render_lines(shown.translate(-place.offset))
