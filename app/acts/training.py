"""Acts on trainings: begin one, look at it, take its model over or go back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.session_types import Message
from app.texts import tr
from app.threads import let_go
from app.training.python import install_command, trouble_words
from app.training.python_search import PythonFound, PythonSearch

if TYPE_CHECKING:
    from app.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], None]]:
    """What each act of this part does, by id."""
    session, desk = window.session, window.session.training

    def train() -> None:
        from app.dialogs.train import TrainSheet

        if desk.is_running:
            show()
        elif window.sheet is None:
            window.open_sheet(TrainSheet(window))

    def show() -> None:
        if desk.is_there:
            open_training_page(window)
        elif not session.read_only:
            train()

    def go_back() -> None:
        desk.models.go_back()

    def name_former() -> None:
        name = desk.models.former_name
        words = tr("Back to the model {model}", model=name) if name else tr("Back to the model before")
        window.actions_by_id["former_model"].setText(words)
        window.refresh_actions()

    desk.started.connect(show)
    for signal in (session.project_opened, session.project_closed, session.model_changed, desk.models.changed):
        signal.connect(name_former)
    return {"train": train, "training": show, "former_model": go_back}


def open_training_page(window: MainWindow) -> None:
    """Shows the training of the open folder and keeps the page up to date."""
    from app.pages.training import TrainingPage

    desk = window.session.training
    page = TrainingPage()

    def refresh() -> None:
        if desk.setup is None:
            page.close_page()
            return
        # The page itself says what a message would lead to.
        window.centre.messages.remove_offering("training")
        page.set_setup(desk.setup)
        page.set_state(desk.state)
        page.set_comparison(desk.comparison)
        page.set_paused(desk.is_paused)
        page.set_rebox_count(desk.open_photo_count())

    def resume() -> None:
        project = window.session.project
        if project is not None and not desk.is_running:
            search = PythonSearch(window.settings.trainer_python, project.root)
            search.ended.connect(go_on_with)
            let_go(search)
            search.start()

    def go_on_with(found: PythonFound) -> None:
        if window.session.project is None:
            return
        if found.fit is not None:
            desk.resume(found.fit.path)
            return
        nearest = found.nearest
        words = tr("Type in a terminal: {command}", command=install_command(nearest, Path.home()).replace("\n", " && "))
        sentence = f"{trouble_words(nearest)} {words}" if nearest is not None else words
        window.session.message.emit(Message("warn", tr("No Python on this computer can train"), sentence))

    page.finish_asked.connect(desk.finish)
    page.pause_asked.connect(desk.pause)
    page.resume_asked.connect(resume)
    page.keep_asked.connect(desk.keep_old)
    page.adopt_asked.connect(desk.adopt)
    page.photo_asked.connect(window.session.go_to)
    page.closed.connect(lambda: desk.changed.disconnect(refresh))
    desk.changed.connect(refresh)
    window.open_page(page)
    refresh()
