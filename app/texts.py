"""Every text that a person reads in the window: English in the source, another language from a catalogue.

The literals given to `tr` and `tr_count` are what the catalogues are made from, so neither takes a computed text.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

CONTEXT = "moltbox"
"""The one context of all texts in the catalogues."""

_separator = ","


def tr(text: str, /, **values: object) -> str:
    """The text in the chosen language, with `values` put in as `str.format` does it."""
    shown = QCoreApplication.translate(CONTEXT, text)
    return shown.format(**values) if values else shown


def tr_count(one: str, many: str, count: int, /, **values: object) -> str:
    """The text for one thing or for several; `{count}` in it is the number, written as "1,204"."""
    return tr(one if count == 1 else many, count=thousands(count), **values)


def mark(text: str) -> str:
    """Names a text of a table for the catalogues, and gives it back as it is; `tr_marked` shows it."""
    return text


def tr_marked(text: str) -> str:
    """A text that the catalogues know from `mark` or from the table of acts, in the chosen language."""
    return QCoreApplication.translate(CONTEXT, text) if text else ""


def thousands(count: int) -> str:
    """A whole number as the chosen language groups its digits: "1,204"."""
    return f"{count:,}".replace(",", _separator)


def group_digits_by(separator: str) -> None:
    """Takes what stands between thousands in the chosen language."""
    global _separator
    _separator = separator
