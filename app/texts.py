"""Every text that a person reads in the window: English in the source, another language from a catalogue.

The literals given to `tr` and `tr_count` are what the catalogues are made from, so neither takes a computed text.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

CONTEXT = "moltbox"
"""The one context of all texts in the catalogues."""


def tr(text: str, /, **values: object) -> str:
    """The text in the chosen language, with `values` put in as `str.format` does it."""
    shown = QCoreApplication.translate(CONTEXT, text)
    return shown.format(**values) if values else shown


def tr_count(one: str, many: str, count: int, /, **values: object) -> str:
    """The text for one thing or for several; `{count}` in it is the number, written as "1,204"."""
    return tr(one if count == 1 else many, count=f"{count:,}", **values)
