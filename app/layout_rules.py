"""How wide the panels are at which width of the window."""

from __future__ import annotations

from dataclasses import dataclass

COMPACT_BELOW_PX = 1180
FULL_FROM_PX = 1400
LIST_LEAST_PX, LIST_USUAL_PX, LIST_MOST_PX = 220, 312, 420


@dataclass(frozen=True, slots=True)
class Widths:
    """Widths in logical pixels; in the compact form the photo list cannot be pulled wider."""

    photo_list: int
    evidence: int
    compact: bool

    @property
    def list_range(self) -> tuple[int, int]:
        return (self.photo_list, self.photo_list) if self.compact else (LIST_LEAST_PX, LIST_MOST_PX)


def widths_for(window_width: int, chosen_list_width: int = 0) -> Widths:
    """Widths of both panels in a window of this width.

    Args:
        window_width: logical pixels.
        chosen_list_width: what the person pulled the list to; 0 when never touched.
    """
    if window_width < COMPACT_BELOW_PX:
        return Widths(200, 264, compact=True)
    wanted = chosen_list_width or LIST_USUAL_PX
    photo_list = min(max(wanted, LIST_LEAST_PX), LIST_MOST_PX)
    return Widths(photo_list, 344 if window_width >= FULL_FROM_PX else 304, compact=False)
