"""How wide the panels are at which width of the window and size of text."""

from __future__ import annotations

from dataclasses import dataclass

COMPACT_BELOW_PX = 1180
FULL_FROM_PX = 1400
LIST_LEAST_PX, LIST_USUAL_PX, LIST_MOST_PX = 220, 312, 420
# Larger text needs wider panels, but the photo needs its room too.
_GROWTH, _COMPACT_GROWTH = 0.6, 0.3


@dataclass(frozen=True, slots=True)
class Widths:
    """Widths in logical pixels; in the compact form the photo list cannot be pulled wider."""

    photo_list: int
    evidence: int
    compact: bool
    growth: float = 1.0

    @property
    def list_range(self) -> tuple[int, int]:
        if self.compact:
            return self.photo_list, self.photo_list
        return round(LIST_LEAST_PX * self.growth), round(LIST_MOST_PX * self.growth)


def widths_for(window_width: int, chosen_list_width: int = 0, text: float = 1.0) -> Widths:
    """Widths of both panels in a window of this width.

    Args:
        window_width: logical pixels.
        chosen_list_width: what the person pulled the list to; 0 when never touched.
        text: size of text, 1.0 for the usual one.
    """
    growth = 1 + (max(text, 1.0) - 1) * _GROWTH
    if window_width < COMPACT_BELOW_PX * growth:
        compact_growth = 1 + (max(text, 1.0) - 1) * _COMPACT_GROWTH
        return Widths(round(200 * compact_growth), round(264 * compact_growth), compact=True)
    wanted = chosen_list_width or LIST_USUAL_PX * growth
    photo_list = round(min(max(wanted, LIST_LEAST_PX * growth), LIST_MOST_PX * growth))
    evidence = 344 if window_width >= FULL_FROM_PX * growth else 304
    return Widths(photo_list, round(evidence * growth), compact=False, growth=growth)
