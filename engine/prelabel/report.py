"""What a run over a folder did, counted and told in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from engine.prelabel.results import PhotoResult
from engine.words import counted

_SHOWN_FAILURES = 10


@dataclass(slots=True)
class ProposeReport:
    """Counts of a run; failures and photos without a box by name.

    threshold_source: on what the threshold was chosen, as the model file says; "" where the person gave it.
    unknown_classes: labels that the model does not know, with the number of photos placed by its own evidence.
    left_out: photos whose labels were all excluded by the class limit, or that had no label in the table.
    done_before: photos of an earlier run that this one went on with; they are counted in the others too.
    """

    model: str
    device: str
    threshold: float
    threshold_source: str = ""
    photos: int = 0
    boxes: int = 0
    without_box: list[str] = field(default_factory=list)
    left_out: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    unknown_classes: dict[str, int] = field(default_factory=dict)
    done_before: int = 0
    elapsed_s: float = 0.0
    stopped: bool = False
    files: list[str] = field(default_factory=list)

    def add(self, result: PhotoResult) -> None:
        """Counts one photo."""
        if result.error is not None:
            self.failed[result.relative] = result.error
            return
        self.photos += 1
        if not result.found:
            self.left_out += 1
            return
        found = sum(len(each.boxes) for each in result.found)
        self.boxes += found
        if found == 0:
            self.without_box.append(result.relative)
        for each in result.found:
            if not each.known:
                self.unknown_classes[each.class_name] = self.unknown_classes.get(each.class_name, 0) + 1

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        """The report as lines for a terminal."""
        done_now = self.photos + len(self.failed) - self.done_before
        rate = f", {done_now / self.elapsed_s:.1f} photos/s" if self.elapsed_s > 0 and done_now > 0 else ""
        lines = [
            f"{'Stopped after ' if self.stopped else ''}{counted(self.photos, 'photo')}, {counted(self.boxes, 'box')} "
            f"at threshold {self.threshold:.2f} ({self.model}, {self.device}, {self.elapsed_s:.1f} s{rate})."
        ]
        if self.done_before:
            lines.append(f"Of these, {counted(self.done_before, 'photo')} had been done before.")
        if self.threshold_source:
            lines.append(f"Calibration: {self.threshold_source}.")
        if self.without_box:
            lines.append(f"Without a box: {counted(len(self.without_box), 'photo')} ({_some(self.without_box)}).")
        if self.left_out:
            lines.append(f"Left out, no label among the classes asked for: {counted(self.left_out, 'photo')}.")
        for name, photos in sorted(self.unknown_classes.items()):
            lines.append(
                f"Class {name!r} is not known to the model: "
                f"{counted(photos, 'photo')} placed by what its photos resemble."
            )
        if self.failed:
            lines.append(f"Failed: {counted(len(self.failed), 'photo')}, the others are not affected.")
            lines.extend(f"  {name}: {why}" for name, why in list(self.failed.items())[:_SHOWN_FAILURES])
            if len(self.failed) > _SHOWN_FAILURES:
                lines.append(f"  and {len(self.failed) - _SHOWN_FAILURES} more")
        lines.extend(f"Written: {name}" for name in self.files)
        return "\n".join(lines)


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown}, …"
