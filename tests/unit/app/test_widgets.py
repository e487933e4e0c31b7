"""The painted controls: they act by mouse and keyboard, are named, elide and show the focus."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from app.theme.palette import apply_theme, theme
from app.widgets import Button, Chip, ElideLabel, KeyCap, MessageBar, ProgressLine, SegmentControl, ThinSlider, Words


@pytest.fixture(autouse=True)
def dark(qapp) -> None:
    apply_theme(qapp, "dark")


def shown(qtbot, widget: QWidget) -> QWidget:
    qtbot.addWidget(widget)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()
    return widget


def colours_of(widget: QWidget) -> set[str]:
    image: QImage = widget.grab().toImage()
    return {QColor(image.pixel(x, y)).name() for y in range(image.height()) for x in range(image.width())}


@pytest.mark.parametrize("kind", ["primary", "second", "ghost", "quiet", "danger"])
def test_button_acts_by_mouse_and_space(qtbot, kind) -> None:
    button = Button(kind, text="Accept", icon="check", key="Y")
    shown(qtbot, button)
    pressed: list[int] = []
    button.clicked.connect(lambda: pressed.append(1))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert len(pressed) == 2
    button.setEnabled(False)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(pressed) == 2


def test_button_grows_with_its_words_and_is_large_enough_to_hit(qtbot) -> None:
    short, long, bare = Button(text="Go"), Button(text="Go on with this job"), Button("ghost", icon="close")
    assert long.sizeHint().width() > short.sizeHint().width()
    assert min(bare.sizeHint().width(), bare.sizeHint().height()) >= 24


def test_focus_by_keyboard_is_seen(qtbot) -> None:
    holder = QWidget()
    button = Button("second", text="Change", parent=holder)
    shown(qtbot, holder)
    holder.setFocus()
    assert theme().acc.lower() not in colours_of(button)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(button.hasFocus)
    assert theme().acc.lower() in colours_of(button)


def test_main_button_is_filled(qtbot) -> None:
    button = Button("primary", text="Export")
    shown(qtbot, button)
    assert theme().fill.lower() in colours_of(button)


def test_segments_choose_one_and_tell_only_what_a_person_does(qtbot) -> None:
    control = SegmentControl([("off", "Off"), ("224", "224"), ("fused", "Fused")])
    shown(qtbot, control)
    told: list[str] = []
    control.chosen.connect(told.append)
    assert control.current() == "off"
    control.set_current("fused")
    assert (control.current(), told) == ("fused", [])
    qtbot.mouseClick(control.segment("224"), Qt.MouseButton.LeftButton)
    assert (control.current(), told) == ("224", ["224"])


def test_segments_keep_the_choice_when_the_options_change(qtbot) -> None:
    control = SegmentControl([("off", "Off"), ("224", "224")])
    qtbot.addWidget(control)
    control.set_current("224")
    replaced = [control.segment(name) for name in control.names()]
    shown(qtbot, control)
    control.set_options([("off", "Off"), ("224", "224"), ("288", "288")])
    assert control.current() == "224"
    assert not any(segment.isVisible() for segment in replaced)
    control.set_options([("off", "Off"), ("288", "288")])
    assert control.current() == "off"
    assert control.names() == ("off", "288")


def test_chip_shows_that_it_is_chosen(qtbot) -> None:
    chip = Chip("861", icon="state-review")
    chip.setCheckable(True)
    shown(qtbot, chip)
    assert theme().soft.lower() not in colours_of(chip)
    chip.setChecked(True)
    assert theme().soft.lower() in colours_of(chip)


def test_long_name_is_elided_and_told_in_full(qtbot) -> None:
    label = ElideLabel("a very long name of a photo that does not fit.jpg")
    label.resize(80, 20)
    shown(qtbot, label)
    label.resize(80, 20)
    label.grab()
    assert label.toolTip() == label.text()
    label.resize(800, 20)
    label.grab()
    assert label.toolTip() == ""


@pytest.mark.parametrize(("share", "filled"), [(0.0, 0), (0.5, 50), (1.0, 100), (7.0, 100)])
def test_progress_fills_its_share(qtbot, share: float, filled: int) -> None:
    line = ProgressLine(4)
    qtbot.addWidget(line)
    line.resize(100, 4)
    line.set_share(share)
    image = line.grab().toImage()
    accent = sum(QColor(image.pixel(x, 2)).name() == theme().acc.lower() for x in range(100))
    assert accent == pytest.approx(filled, abs=3)


def test_slider_goes_where_it_is_clicked(qtbot) -> None:
    slider = ThinSlider()
    slider.setRange(0, 100)
    shown(qtbot, slider)
    slider.resize(112, 24)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(56, 12))
    assert slider.value() == pytest.approx(50, abs=1)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(111, 12))
    assert slider.value() == 100


def test_message_offers_one_act_and_can_be_dismissed(qtbot) -> None:
    bar = MessageBar("bad", "The model cannot be used", "Field grid says 14×14.", act="Choose a model file")
    shown(qtbot, bar)
    assert bar.words() == "The model cannot be used Field grid says 14×14."
    act, close = (button for button in bar.findChildren(Button))
    with qtbot.waitSignal(bar.acted):
        qtbot.mouseClick(act, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(bar.dismissed):
        qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert close.accessibleName() == "Dismiss this message"


def test_text_follows_the_theme(qtbot, qapp) -> None:
    words = Words("Recent", "panel")
    qtbot.addWidget(words)
    before = words.palette().windowText().color().name()
    apply_theme(qapp, "light")
    assert (before, words.palette().windowText().color().name()) == ("#ecedef", "#1a1c20")


def test_key_cap_is_at_least_square(qtbot) -> None:
    for text in ("Y", "Ctrl+Shift+Z"):
        cap = KeyCap(text)
        qtbot.addWidget(cap)
        assert cap.sizeHint().width() >= cap.sizeHint().height() == 18
