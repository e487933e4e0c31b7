"""The preferences: every choice counts at once and is kept; there is nothing to confirm."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app import comfort
from app.acts.deciding import use_moves_on
from app.canvas.colour_maps import COLOUR_MAPS, ColourMapName
from app.dialogs.sheet import Sheet
from app.language import LANGUAGES, Language, language_of, spoken
from app.texts import tr, tr_marked
from app.theme.fonts import TEXT_PERCENTS
from app.theme.palette import Contrast, Scheme
from app.widgets import Button, Divider, SegmentControl, TickBox, Words
from engine.dataset.voc_mirror import MirrorPlace

if TYPE_CHECKING:
    from app.main_window import MainWindow

_SIZE = QSize(760, 640)


class PreferencesSheet(Sheet):
    """Choices about looks, language and deciding, one line each."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Preferences"), _SIZE, window)
        self._window = window
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(24, 8, 24, 24)
        self._column.setSpacing(0)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        for ground in (content, scroll.viewport()):
            ground.setAutoFillBackground(False)
        self.body.addWidget(scroll)
        self._add_looks()
        self._add_deciding()
        self._add_language()
        self._add_keys()
        self._column.addStretch(1)

    def _add_looks(self) -> None:
        window, settings = self._window, self._window.settings
        self._head(tr("Looks"))
        self._choice(
            tr("Theme"),
            "",
            [("system", tr("As the desktop")), ("dark", tr("Dark")), ("light", tr("Light"))],
            settings.scheme,
            lambda name: comfort.use_scheme(window, cast(Scheme, name)),
        )
        self._choice(
            tr("Contrast"),
            tr("High draws outlines instead of soft fills."),
            [("system", tr("As the desktop")), ("usual", tr("Usual")), ("high", tr("High"))],
            settings.contrast,
            lambda name: comfort.use_contrast(window, cast(Contrast, name)),
        )
        self._choice(
            tr("Size of text"),
            tr("In per cent of the desktop's own size."),
            [(str(percent), str(percent)) for percent in TEXT_PERCENTS],
            str(settings.text_percent),
            lambda name: comfort.use_text_percent(window, int(name)),
        )
        self._choice(
            tr("Map colours"),
            tr("Viridis keeps its order for every kind of colour sight."),
            [(name, tr_marked(name.capitalize())) for name in COLOUR_MAPS],
            settings.colour_map,
            lambda name: comfort.use_map_colours(window, cast(ColourMapName, name)),
        )
        self._switch(
            tr("Reduce motion"),
            tr("Nothing fades or slides; the next photo follows at once."),
            settings.reduced_motion,
            lambda on: comfort.use_reduced_motion(window, on),
        )

    def _add_deciding(self) -> None:
        window = self._window
        self._head(tr("Deciding"))
        self._switch(
            tr("Go on after the last answer"),
            tr("The next photo to review follows when a photo has its last answer."),
            window.settings.moves_on,
            lambda on: use_moves_on(window, on),
        )
        self._choice(
            tr("Keep VOC files in step"),
            tr(
                "One Pascal VOC file for each reviewed photo, written as you decide and removed when you take the "
                "review back. Files of other tools are never replaced."
            ),
            [("off", tr("Off")), ("beside", tr("Beside the photos")), ("folder", tr("In “Annotations”"))],
            window.settings.voc_mirror,
            lambda name: window.voc_files.use(cast(MirrorPlace, name)),
        )

    def _add_language(self) -> None:
        self._head(tr("Language"))
        names = [("system", tr("As the desktop")), *LANGUAGES.items()]
        self._choice(tr("Language of the window"), "", names, self._window.settings.language, self._use_language)
        self.later = Words(tr("The window speaks it from the next start."), "second", "warn")
        self._column.addWidget(self.later)
        self.later.setVisible(language_of(self._window.settings.language) != spoken())

    def _add_keys(self) -> None:
        self._head(tr("Keys"))
        change = Button("second", text=tr("Change keys"), icon="keyboard", height=28)
        change.clicked.connect(self._change_keys)
        self._line(tr("Keys of all acts"), tr("Every act can have other keys."), change)

    def _use_language(self, name: str) -> None:
        self._window.settings.language = cast(Language, name)
        self.later.setVisible(language_of(cast(Language, name)) != spoken())

    def _change_keys(self) -> None:
        window = self._window
        self.close_sheet()
        window.change_keys()

    def _head(self, text: str) -> None:
        if self._column.count():
            self._column.addSpacing(12)
        words = Words(text, "panel")
        words.setContentsMargins(0, 8, 0, 4)
        self._column.addWidget(words)

    def _choice(
        self, text: str, hint: str, options: list[tuple[str, str]], current: str, use: Callable[[str], None]
    ) -> None:
        control = SegmentControl(options)
        control.setAccessibleName(text)
        control.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        control.set_current(current)
        control.chosen.connect(use)
        self._line(text, hint, control)

    def _switch(self, text: str, hint: str, on: bool, use: Callable[[bool], None]) -> None:
        box = TickBox(tr("On"))
        box.setAccessibleName(text)
        box.setChecked(on)
        box.toggled.connect(use)
        self._line(text, hint, box)

    def _line(self, text: str, hint: str, control: QWidget) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Words(text, "body", weight=500))
        if hint:
            words.addWidget(Words(hint, "second", "t2", wrap=True))
        row = QHBoxLayout()
        row.setContentsMargins(0, 9, 0, 9)
        row.setSpacing(16)
        row.addLayout(words, 1)
        row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        self._column.addLayout(row)
        self._column.addWidget(Divider())
