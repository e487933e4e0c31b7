"""What a training's page says about progress and outcome."""

from __future__ import annotations

import math
import re

from app.texts import tr
from app.training.compared import Comparison
from app.training.state import Moment, TrainingState
from app.training.troubles import plain_words

_UNLIKELY = 0.05
# How a training's time is shared among what it does, about; only the bar is drawn from it.
_SHARES = {
    "quick": (("looking", 0.5), ("maps", 0.05), ("training", 0.25), ("clusters", 0.1), ("calibrating", 0.08)),
    "paper": (("training", 0.85), ("clusters", 0.08), ("calibrating", 0.05)),
}


def fraction(state: TrainingState) -> float:
    """How far a training is, in [0, 1]: the parts done, and the share of the one it is at."""
    done = 0.0
    for name, share in _SHARES["quick" if state.preset == "quick" else "paper"]:
        if name == state.phase:
            part = state.step / state.steps if name == "training" and state.steps else 0.0
            if not part and state.total:
                part = state.done / state.total
            return min(done + share * min(part, 1.0), 1.0)
        done += share
    return done if state.phase == "writing" else 0.0


def phase_words(state: TrainingState) -> str:
    """What a training does now, with how far it is in that."""
    done, total = f"{state.done:,}", f"{state.total:,}"
    if state.phase == "looking":
        return tr("looking at photo {done} of {total}", done=done, total=total)
    if state.phase == "training" or (state.step and not state.phase):
        epochs = max(math.ceil(state.epochs), 1)
        return tr("epoch {epoch} of {epochs}", epoch=min(int(state.epoch) + 1, epochs), epochs=epochs)
    words = {
        "maps": tr("working out maps to learn from"),
        "clusters": tr("learning to tell parts of a photo apart"),
        "calibrating": tr("choosing the threshold"),
        "writing": tr("writing the model"),
    }
    return words.get(state.phase, tr("getting ready"))


_NETWORKS = (
    (r"(?:tf_)?efficientnet_lite(\d)", "EfficientNet-Lite{0}"),
    (r"vit_(\w+?)_patch(\d+)_dinov2", "DINOv2 ViT-{0}/{1}"),
    (r"deit3?_(\w+?)_(?:distilled_)?patch(\d+)", "DeiT-{0}/{1}"),
    (r"vit_(\w+?)_patch(\d+)", "ViT-{0}/{1}"),
)
_SIZES = {"tiny": "Ti", "small": "S", "base": "B", "large": "L", "huge": "H", "giant": "G"}


def network_name(technical: str) -> str:
    """A network by the name that papers give it, such as "EfficientNet-Lite0"; one that has none as it is."""
    for pattern, name in _NETWORKS:
        found = re.match(pattern, technical)
        if found is not None:
            return name.format(*(_SIZES.get(part, part) for part in found.groups()))
    return technical


def moment_words(moment: Moment) -> str:
    """A line of the log without its time."""
    scored = moment.scored
    if scored is None:
        return plain_words(moment.text)
    epoch, loss = f"{scored.epoch:.3g}", f"{scored.loss:.2f}"
    if scored.boxes_right is not None:
        share = f"{scored.boxes_right * 100:.0f}"
        return tr("epoch {epoch}  loss {loss}  boxes {share} %", epoch=epoch, loss=loss, share=share)
    share = f"{scored.accuracy * 100:.0f}"
    return tr("epoch {epoch}  loss {loss}  classes {share} %", epoch=epoch, loss=loss, share=share)


def warning_words(state: TrainingState) -> str:
    """The last thing that a training has warned of; "" for none. Thin classes are told of beside their photos."""
    told = [warning for warning in state.warnings if not warning.startswith("Classes with fewer than")]
    return plain_words(told[-1]) if told else ""


def verdict(found: Comparison) -> tuple[str, str]:
    """Icon and colour role of a comparison."""
    if found.new_right == found.old_right:
        return "minus", "t2"
    return ("chevron-up", "ok") if found.new_right > found.old_right else ("chevron-down", "bad")


def chance_words(chance: float) -> str:
    """How far a difference can be trusted, with the probability that chance alone makes one as large."""
    shown = f"{chance:.2f}" if chance >= 0.01 else "0.01"
    if chance >= _UNLIKELY:
        return tr("May well be chance (p = {chance}).", chance=shown)
    if chance < 0.01:
        return tr("Unlikely to be chance (p < {chance}).", chance=shown)
    return tr("Unlikely to be chance (p = {chance}).", chance=shown)
