"""Small records that the session hands to panels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """Something a person should know, shown in place until dismissed; `act` names an action that helps."""

    kind: Literal["warn", "bad", "ok", "info"]
    title: str
    text: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A running job; `rate` in photos a second, `left_s` in seconds or None while unknown.

    `doing` says how far it is where a count of photos does not; `act` names the action that shows more of it, "" for
    none; `icon` is its title's.
    """

    title: str
    done: int
    total: int
    rate: float
    left_s: float | None
    paused: bool = False
    doing: str = ""
    act: str = ""
    icon: str = "wand"


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A class offered for the current photo: its name, probability, key and colour.

    `key` is the digit that gives the box this class, "" where all are taken by classes of the project.
    `known` is False for a label that the model does not know: it has no probability, `score` is 0, and `stands_for`
    names the model's classes whose maps place it, the weightiest first.
    """

    class_id: int | None
    name: str
    score: float
    key: str
    colour_index: int
    known: bool = True
    stands_for: tuple[str, ...] = ()
