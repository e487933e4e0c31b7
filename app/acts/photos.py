"""Acts on the photos chosen in the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu

from app import review
from app.session_many import Change
from app.texts import tr, tr_count
from app.theme.icons import class_icon, icon
from engine.dataset.project_records import PhotoContent, PhotoState

if TYPE_CHECKING:
    from app.main_window import MainWindow

IN_MENU = ("accept_photos", "reject_photos", "skip_photos", "review_again")
_MOST_CLASSES = 40


def handlers(window: MainWindow) -> dict[str, Callable[[], None]]:
    """What each act of this part does, by id."""
    session, photo_list = window.session, window.photo_list

    def change(words: Callable[[int], str], event: str, act: Change) -> Callable[[], None]:
        def run() -> None:
            ids = photo_list.selected_ids()
            session.change_many(words(len(ids)), event, dict.fromkeys(ids, act))

        return run

    def accept(count: int) -> str:
        return tr_count("Accept {count} photo", "Accept {count} photos", count)

    def reject(count: int) -> str:
        return tr_count("Reject the boxes of {count} photo", "Reject the boxes of {count} photos", count)

    def skip(count: int) -> str:
        return tr_count("Skip {count} photo", "Skip {count} photos", count)

    def again(count: int) -> str:
        return tr_count("Review {count} photo again", "Review {count} photos again", count)

    photo_list.head.show_grid(grid=window.settings.list_grid)
    photo_list.head.grid_chosen.connect(lambda grid: setattr(window.settings, "list_grid", grid))
    photo_list.menu_requested.connect(lambda place: photo_menu(window).popup(place))
    return {
        "select_all": photo_list.select_all,
        "accept_photos": change(accept, "done", _if_open(review.done)),
        "reject_photos": change(reject, "reject", _if_open(review.all_rejected)),
        "skip_photos": change(skip, "skip", review.skipped),
        "review_again": change(again, "reopen", review.reopened),
    }


def photo_menu(window: MainWindow) -> QMenu:
    """The menu of the photos chosen in the list."""
    menu = QMenu(window)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    session = window.session
    ids = window.photo_list.selected_ids()
    title = menu.addAction(tr_count("{count} photo", "{count} photos", len(ids)))
    title.setEnabled(False)
    for name in IN_MENU:
        menu.addAction(window.actions_by_id[name])
    labels = menu.addMenu(tr("They show"))
    labels.setEnabled(not session.read_only)
    given = session.labels.of(ids[0]) if len(ids) == 1 else ()
    for row in session.classes[:_MOST_CLASSES]:
        action = labels.addAction(class_icon(row.colour_index), row.name)
        action.setCheckable(True)
        action.setChecked(row.id in given)
        action.triggered.connect(lambda _=False, class_id=row.id: _label(window, ids, (class_id,)))
    labels.addSeparator()
    labels.addAction(tr("No class")).triggered.connect(lambda: _label(window, ids, ()))
    menu.addSeparator()
    waiting = session.prelabelling.photos_of("chosen", ids)
    look = menu.addAction(icon("wand"), tr("Pre-label these"))
    look.setEnabled(bool(waiting) and not session.read_only)
    look.triggered.connect(lambda: session.prelabelling.start(waiting))
    copy = menu.addAction(tr("Copy path") if len(ids) == 1 else tr("Copy paths"))
    copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(_paths(window, ids)))
    if len(ids) == 1:
        folder = session.photo_path(session.photo(ids[0])).parent
        show = menu.addAction(tr("Show in its folder"))
        show.triggered.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))))
    return menu


def _paths(window: MainWindow, ids: tuple[int, ...]) -> str:
    session = window.session
    return "\n".join(str(session.photo_path(session.photo(photo_id))) for photo_id in ids)


def _label(window: MainWindow, ids: tuple[int, ...], class_ids: tuple[int, ...]) -> None:
    text = tr_count("Label {count} photo", "Label {count} photos", len(ids))
    window.session.labels.give(text, ids, class_ids)


def _if_open(act: Change) -> Change:
    """The act, on photos that wait for an answer only."""

    def changed(content: PhotoContent) -> PhotoContent:
        return act(content) if content.state is PhotoState.PROPOSED else content

    return changed
