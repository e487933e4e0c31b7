"""The strip at the foot of the window: the running job, whether all is saved, the device and the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.durations import duration
from app.keymap import keymap
from app.texts import tr
from app.theme.fonts import font
from app.theme.palette import notifier, theme
from app.widgets import Button, ElideLabel, IconLabel, keep_height, set_role

if TYPE_CHECKING:
    from app.session import Session
    from app.session_types import JobStatus

HEIGHT_PX = 32
_BAR_PX = 2


class JobStrip(QWidget):
    """Says what runs, how far it is and how long it takes; its room is there whether a job runs or not.

    Signals: `model_requested` when the model's name is clicked; `act_requested` with the id of the act that shows more
    of the job, when its title or its words are.
    """

    model_requested = Signal()
    act_requested = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._job: JobStatus | None = None
        self._followed = ""
        self._saved = True
        self._compact = False
        keep_height(self, HEIGHT_PX)
        self._title = IconLabel("wand", role="t1")
        self.show_more = Button("ghost")
        self.show_more.clicked.connect(self._ask_more)
        self._words = ElideLabel(mode=Qt.TextElideMode.ElideRight)
        self.pause = Button("ghost", icon="pause")
        self.pause.clicked.connect(session.pause_job)
        self.cancel = Button("ghost", icon="close")
        self.cancel.setToolTip(tr("Stop this job"))
        self.cancel.setAccessibleName(tr("Stop this job"))
        self.cancel.clicked.connect(session.cancel_job)
        self.saved = IconLabel("saved")
        self.device = IconLabel("chip")
        self.model = Button("ghost", icon="model")
        self.model.setToolTip(tr("Choose another model file"))
        self.model.clicked.connect(self.model_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, _BAR_PX, 8, 0)
        row.setSpacing(8)
        for part in (self._title, self.show_more, self._words, self.pause, self.cancel):
            row.addWidget(part)
        row.addStretch(1)
        for part in (self.saved, self.device):
            row.addWidget(part)
            row.addSpacing(8)
        row.addWidget(self.model)
        session.job_changed.connect(self.show_job)
        session.saved_changed.connect(self.show_saved)
        for signal in (session.project_opened, session.project_closed, session.model_changed):
            signal.connect(self.refresh)
        session.page_changed.connect(lambda _: self.refresh())
        notifier.changed.connect(self._dress)
        self._dress()
        self.show_job(None)
        self.show_saved(saved=True)

    def set_compact(self, *, compact: bool) -> None:
        """Shorter words for windows below 1180 px."""
        self._compact = compact
        self._words.setMinimumWidth(0)
        self.refresh()

    def refresh(self) -> None:
        """Shows device and model as they are now."""
        sentence = self._session.device_sentence
        self.device.setText(sentence.split(",")[0] if self._compact else sentence)
        self.device.setToolTip(sentence)
        self.model.setText(self._session.model_name)
        self.model.setVisible(bool(self._session.model_name) and not self._compact)
        self.model.setAccessibleName(tr("Model {name}", name=self._session.model_name))
        self.saved.setVisible(self._session.project is not None)
        self.show_saved(self._saved)
        self.show_job(self._job)

    def show_saved(self, saved: bool) -> None:
        """Says whether every decision is on the disk."""
        self._saved = saved
        if self._session.read_only:
            self.saved.set_icon("eye", "t2")
            self.saved.setText(tr("Only looking") if self._compact else tr("Only looking, nothing is changed"))
        elif saved:
            self.saved.set_icon("saved", "ok")
            self.saved.setText(tr("Saved") if self._compact else tr("Every decision saved"))
        else:
            self.saved.set_icon("warning", "bad")
            self.saved.setText(tr("Not saved"))

    def show_job(self, job: JobStatus | None) -> None:
        """Shows how far a job is; None when nothing runs."""
        self._job = job
        shows_more = job is not None and bool(job.act)
        self.show_more.setVisible(shows_more)
        self._words.setCursor(Qt.CursorShape.PointingHandCursor if shows_more else Qt.CursorShape.ArrowCursor)
        for part in (self.pause, self.cancel):
            part.setVisible(job is not None)
        if job is None:
            self._title.setText("")
            self._title.hide()
            self._words.setMinimumWidth(0)
            is_open = self._session.project is not None
            self._words.setText(
                "" if is_open else tr("Ready. Drop a folder, or press {key}.", key=keymap.cap("open_folder"))
            )
        else:
            self._title.setVisible(not shows_more)
            self._title.set_icon(job.icon, "acc")
            self._title.setText(job.title)
            if shows_more:
                self.show_more.set_icon(job.icon)
                self.show_more.setText(job.title)
                if job.act != self._followed:
                    self._followed = job.act
                    self.show_more.follow_act(job.act, tr("Show more of this job"))
            self._words.setText(job_words(job, compact=self._compact))
            # Shorter words later in the job do not move the buttons.
            self._words.setMinimumWidth(max(self._words.minimumWidth(), self._words.sizeHint().width()))
            self.pause.set_icon("play" if job.paused else "pause")
            words = tr("Go on with this job") if job.paused else tr("Pause this job")
            self.pause.setToolTip(words)
            self.pause.setAccessibleName(words)
        self.setAccessibleName(f"{self._title.text()} {self._words.text()}".strip())
        self.update()

    def _ask_more(self) -> None:
        if self._job is not None and self._job.act:
            self.act_requested.emit(self._job.act)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._words.geometry().contains(event.position().toPoint()):
            self._ask_more()
        super().mouseReleaseEvent(event)

    def words(self) -> str:
        """What stands at the left."""
        return self.accessibleName()

    def share(self) -> float:
        """How much of the running job is done, in [0, 1]; 0 without a job."""
        return 0.0 if self._job is None or self._job.total <= 0 else min(self._job.done / self._job.total, 1.0)

    def _dress(self) -> None:
        self._words.setFont(font("second", 500, tabular=True))
        set_role(self._words, "t2")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("win"))
        painter.fillRect(0, 0, self.width(), 1 if self._job is None else _BAR_PX, theme().colour("line"))
        painter.fillRect(0, 0, round(self.width() * self.share()), _BAR_PX, theme().colour("acc"))


def job_words(job: JobStatus, *, compact: bool = False) -> str:
    """How far a job is, how fast it goes and how long it takes, such as "640 of 1,204 · 3.8 photos/s · about 2 min"."""
    parts = []
    if job.doing:
        parts.append(job.doing)
    elif job.total > 0:
        done, total = f"{job.done:,}", f"{job.total:,}"
        parts.append(f"{done} / {total}" if compact else tr("{done} of {total}", done=done, total=total))
    if job.paused:
        parts.append(tr("paused"))
    else:
        if job.rate and not compact:
            parts.append(tr("{rate:.1f} photos/s", rate=job.rate))
        if job.left_s and (job.doing or job.done < job.total):
            left = duration(job.left_s)
            parts.append(left if compact else tr("about {time} left", time=left))
    return "  ·  ".join(parts)
