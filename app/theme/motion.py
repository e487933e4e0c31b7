"""How long the little movements of the window last: nothing at all where the person asked for no motion."""

from __future__ import annotations

ACCEPTED_MS = 120

_reduced = False


def reduce_motion(reduced: bool) -> None:
    """Makes every movement instant from now on, or lets it last again."""
    global _reduced
    _reduced = reduced


def lasting_ms(usual_ms: int) -> int:
    """Duration of a movement in milliseconds."""
    return 0 if _reduced else usual_ms
