"""What a planned training means, in words: what it learns from, what it is scored on, and what stands in its way."""

from __future__ import annotations

from app.texts import thousands, tr, tr_count
from engine.dataset.training_labels import TrainingPlan

THIN_CLASS = 100
LEAST_PHOTOS = 4
"""Photos of a class below which there is nothing to learn from and to hold out."""

_SHOWN_CLASSES = 3
_SHOWN_PHOTOS = 3


def learning_words(plan: TrainingPlan) -> str:
    """How many photos and classes there are to learn from."""
    photos = sum(not photo.held_out for photo in plan.photos)
    count = tr_count("{count} photo", "{count} photos", photos)
    of_classes = tr_count("{count} class", "{count} classes", len(plan.counts))
    return tr("Learns from {photos} in {classes}.", photos=count, classes=of_classes)


def label_words(plan: TrainingPlan) -> str:
    """Where the labels come from, such as "folder names, 41 set by hand"."""
    by_hand = plan.by_hand
    if by_hand == len(plan.photos):
        return tr("all set by hand")
    if not by_hand:
        return tr("folder names")
    return tr("folder names, {count} set by hand", count=by_hand)


def boxes_words(plan: TrainingPlan) -> str:
    """What the boxes that a person decided on are used for."""
    calibrating = tr_count("{count} photo", "{count} photos", len(plan.calibrating))
    if plan.held_out:
        return tr(
            "Your boxes: {scored} held out to score old and new, {calibrating} to fit the threshold.",
            scored=tr_count("{count} photo", "{count} photos", len(plan.held_out)),
            calibrating=calibrating,
        )
    if plan.boxed:
        return tr(
            "Your boxes: {calibrating} to fit the threshold. None can be held out: a class needs {count} photos to "
            "spare one, so old and new are not compared.",
            calibrating=calibrating,
            count=LEAST_PHOTOS,
        )
    return tr("With boxes on some photos, old and new could be compared. Review a few first.")


def fault_words(plan: TrainingPlan) -> str:
    """Why there is nothing to train, in a sentence; "" where there is."""
    counts = plan.counts
    if not counts:
        return tr("No photo has a label: put photos of a class into a folder, or say what they show (Shift+L).")
    if len(counts) == 1:
        return tr("There is one class only ({name}): a model learns by telling classes apart.", name=next(iter(counts)))
    few = sorted(name for name, count in counts.items() if count < LEAST_PHOTOS)
    if not few:
        return ""
    shown = ", ".join(f"{name} ({counts[name]})" for name in few[:_SHOWN_CLASSES])
    hidden = len(few) - _SHOWN_CLASSES
    if hidden > 0:
        more = tr_count("{count} class more", "{count} classes more", hidden)
        shown = f"{shown}, {more}"
    return tr("Too few photos of {names}: {count} or more are needed.", names=shown, count=LEAST_PHOTOS)


def warning_words(plan: TrainingPlan) -> str:
    """Which classes have few photos; "" for none."""
    counts = plan.counts
    thin = sorted((name for name, count in counts.items() if count < THIN_CLASS), key=lambda name: counts[name])
    if not thin:
        return ""
    if len(thin) > 1:
        return tr(
            "{count} classes have fewer than {least} photos; more works better.", count=len(thin), least=THIN_CLASS
        )
    return tr(
        "{name} has {count} photos; {least} or more works better.",
        name=thin[0],
        count=counts[thin[0]],
        least=THIN_CLASS,
    )


def unreadable_words(names: tuple[str, ...]) -> str:
    """Which photos are left out because they cannot be read; "" for none."""
    if not names:
        return ""
    shown = ", ".join(names[:_SHOWN_PHOTOS])
    hidden = len(names) - _SHOWN_PHOTOS
    if hidden > 0:
        shown = tr("{names} and {count} more", names=shown, count=thousands(hidden))
    return tr_count(
        "{count} photo cannot be read and is left out: {names}",
        "{count} photos cannot be read and are left out: {names}",
        len(names),
        names=shown,
    )
