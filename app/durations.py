"""Lengths of time in words, the same wherever a person reads them."""

from __future__ import annotations

from app.texts import tr


def duration(seconds: float) -> str:
    """A length of time in words: "8 s", "2 min 30 s", "1 h 05 min"; steps of 10 s above a minute."""
    whole = max(1, round(seconds))
    if whole < 60:
        return tr("{seconds} s", seconds=whole)
    in_tens = round(whole / 10) * 10
    if in_tens < 3600:
        minutes, rest = divmod(in_tens, 60)
        if not rest:
            return tr("{minutes} min", minutes=minutes)
        return tr("{minutes} min {seconds} s", minutes=minutes, seconds=rest)
    hours, minutes = divmod(round(whole / 60), 60)
    return tr("{hours} h {minutes:02d} min", hours=hours, minutes=minutes)
