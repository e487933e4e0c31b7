"""What Moltbox relies on in PySide6, so that an update that breaks it is noticed here."""

from __future__ import annotations

import sys

import PySide6
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget


def test_version_is_within_the_range_of_the_package() -> None:
    """6.12.0 loses a reference to None with each call that returns nothing; see pyproject.toml."""
    assert (6, 8) <= tuple(int(part) for part in PySide6.__version__.split(".")[:2]) < (6, 12)


def test_calls_do_not_use_up_references_to_none(qapp: QApplication) -> None:
    label = QLabel()
    label.setText("warm")
    before = sys.getrefcount(None)
    for number in range(500):
        label.setText(str(number))
    # From Python 3.12 on None is immortal and the count never moves.
    assert abs(sys.getrefcount(None) - before) < 50


def test_tabular_figures_have_one_width(qapp: QApplication) -> None:
    """Digits that change must not make text jump: the feature can be set and is kept."""
    chosen = QFont(qapp.font())
    chosen.setFeature(QFont.Tag("tnum"), 1)
    assert chosen.featureValue(QFont.Tag("tnum")) == 1


def test_widget_scoped_letter_leaves_text_fields_alone(qtbot) -> None:
    holder, field = QWidget(), QLineEdit()
    qtbot.addWidget(holder)
    QVBoxLayout(holder).addWidget(field)
    pressed: list[str] = []
    action = holder.addAction("y")
    action.setShortcut("Y")
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.triggered.connect(lambda: pressed.append("y"))
    with qtbot.waitActive(holder):
        holder.show()
        holder.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClick(field, Qt.Key.Key_Y)
    assert (field.text(), pressed) == ("y", [])
