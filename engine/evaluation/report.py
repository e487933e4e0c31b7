"""The report of an evaluation as lines for a terminal, from its JSON values. Shares are told in per cent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.words import counted

_LABEL, _CELL = 46, 24
_SHOWN_FAILURES = 5
_SHOWN_LABELS = 3
_KINDS = {
    "right": "right",
    "part": "only a part of the object",
    "more": "more than the object",
    "several": "several objects in one box",
    "elsewhere": "elsewhere",
    "nothing": "no box",
}


def as_text(report: Mapping[str, Any]) -> str:
    """The report in words and tables."""
    lines = [*_head(report), ""]
    if report["gt_known"] is not None:
        lines += [*_main_table(report), "", *_maps(report), "", *_sizes_and_errors(report), "", *_effort(report), ""]
    lines += [*_other_measures(report), *_tail(report)]
    return "\n".join(lines)


def _head(report: Mapping[str, Any]) -> Iterator[str]:
    model, data = report["model"], report["data"]
    yield f"{model['name']} on {data['name']} ({data['layout']}): {counted(data['scored'], 'photo')} scored."
    if data["classes_on_photos"] > data["scored"]:
        yield f"A photo counts once for each class that it shows: {data['classes_on_photos']:,} in all."
    own = "the model's own" if model["threshold"] == model["own_threshold"] else "given for this run"
    yield f"Threshold {model['threshold']:.2f}, {own}."
    used = counted(model["boxes_used"], "box")
    yield f"What the model's threshold was chosen on ({used} used): {model['calibrated_on']}."
    if model["note"]:
        yield model["note"]


def _main_table(report: Mapping[str, Any]) -> Iterator[str]:
    yield _row("share of photos that are right, in %", "at IoU 0.5", "at IoU 0.7")
    yield _figures("GT-known, as proposed", report["gt_known"])
    yield _figures("GT-known, threshold cross-fitted", report["cross_fitted"])
    yield _figures("some threshold is right (the slider)", report["some_threshold"])
    baselines = report["baselines"]
    yield _figures("centred box, side cross-fitted", baselines["centred_box"])
    yield _figures("whole photo", baselines["whole_photo"])
    for name, key in (
        ("Top-1 localization", "top_1"),
        ("Top-5 localization", "top_5"),
        ("classification, most probable class", "accuracy_top_1"),
        ("classification, five most probable", "accuracy_top_5"),
    ):
        told = _share(report[key]) if report[key] is not None else "not applicable"
        yield _row(name, told)


def _maps(report: Mapping[str, Any]) -> Iterator[str]:
    yield _row("map by map, threshold cross-fitted", "at IoU 0.5", "at IoU 0.7", "proposal's gain at 0.5")
    for entry in report["maps"]:
        gain = entry["gain_of_proposal"]
        told = "" if gain is None else _gain(gain["0.5"])
        yield _figures(entry["name"], entry["cross_fitted"], told)


def _sizes_and_errors(report: Mapping[str, Any]) -> Iterator[str]:
    yield _row("by object size (share of the photo)", "right at IoU 0.5", "photos")
    for entry in report["by_size"]:
        yield _row(entry["size"], _share(entry["gt_known"]) if entry["gt_known"] else "none", f"{entry['photos']:,}")
    yield ""
    yield _row("what the proposed box is", "% of photos")
    for kind, words in _KINDS.items():
        yield _row(words, f"{100 * report['errors'].get(kind, 0.0):.1f}")
        if kind == "right" and report["right_box_wrong_class"] is not None:
            yield _row("  but the most probable class is another", f"{100 * report['right_box_wrong_class']:.1f}")


def _effort(report: Mapping[str, Any]) -> Iterator[str]:
    effort = report["effort"]
    hours = effort["hours_per_1000"]
    yield _row(f"a person's work (right: IoU {effort['right_at_iou']:g})", "% of photos")
    for words, key in (
        ("right as it stands: one key", "as_it_stands"),
        ("right at another threshold: the slider", "slider"),
        ("right on another map", "other_map"),
        ("to be drawn by hand", "redrawn"),
    ):
        yield _row(words, f"{100 * effort[key]:.1f}")
    yield _row("hours for 1,000 photos of one object", "with proposals", "without")
    yield _row("boxes drawn corner to corner", f"{hours['with_proposals']:.1f}", f"{hours['all_drawn']:.1f}")
    clicked = f"{hours['with_proposals_and_clicking']:.1f}", f"{hours['all_clicked']:.1f}"
    yield _row("boxes set by four extreme points", *clicked)


def _other_measures(report: Mapping[str, Any]) -> Iterator[str]:
    if report["max_box_acc"] is not None:
        v2 = report["max_box_acc_v2"]
        by_level = ", ".join(f"{100 * v2[level]:.1f} at {level}" for level in ("0.3", "0.5", "0.7"))
        yield f"MaxBoxAcc {100 * report['max_box_acc']:.1f}, MaxBoxAccV2 {100 * v2['mean']:.1f} ({by_level}),"
        yield "  at thresholds chosen on the scored photos themselves: an upper bound by intent."
    if report["px_ap"] is not None:
        yield f"PxAP {100 * report['px_ap']:.1f}"
    parity = report["parity"]
    if parity is not None and parity["mode"] == "tscam":
        figures = ", ".join(
            f"{name} {100 * parity[key]:.1f}"
            for name, key in (("GT-known", "gt_known"), ("Top-1", "top_1"), ("Top-5", "top_5"))
            if parity[key] is not None
        )
        yield f"As TS-CAM's own evaluation counts: {figures}."
    elif parity is not None:
        v1, v2 = 100 * parity["max_box_acc"], 100 * parity["max_box_acc_v2"]["mean"]
        yield f"As wsolevaluation counts: MaxBoxAcc {v1:.1f}, MaxBoxAccV2 {v2:.1f}."
    for what, why in _reasons(report["not_applicable"]):
        yield f"Not applicable: {what}; {why}"


def _reasons(not_applicable: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    names = {
        "gt_known": "boxes",
        "top_1": "Top-1",
        "top_5": "Top-5",
        "accuracy_top_1": "classification",
        "accuracy_top_5": "classification",
        "right_box_wrong_class": "classification",
        "px_ap": "PxAP",
    }
    by_reason: dict[str, dict[str, None]] = {}
    for key, why in not_applicable.items():
        by_reason.setdefault(why, {})[names[key]] = None
    for why, what in by_reason.items():
        yield ", ".join(what), why


def _tail(report: Mapping[str, Any]) -> Iterator[str]:
    unknown = report["unknown_labels"]
    if unknown:
        shown = ", ".join(list(unknown)[:_SHOWN_LABELS])
        more = f" and {len(unknown) - _SHOWN_LABELS} more" if len(unknown) > _SHOWN_LABELS else ""
        yield f"Labels that the model does not know, placed by what their photos resemble: {shown}{more}."
    if report["data"]["without_boxes"]:
        yield f"Left out, without a true box: {counted(report['data']['without_boxes'], 'photo')}."
    failed = report["data"]["failed"]
    if failed:
        yield f"Failed: {counted(failed, 'photo')}, the others are not affected."
        for entry in report["failures"][:_SHOWN_FAILURES]:
            yield f"  {entry['photo']}: {entry['reason']}"
        if failed > _SHOWN_FAILURES:
            yield f"  and {failed - _SHOWN_FAILURES} more"
    for name in report["files"]:
        yield f"Written: {name}"


def _figures(name: str, figures: Mapping[str, Any] | None, *more: str) -> str:
    if figures is None:
        return _row(name, "too few photos")
    return _row(name, *(_share(figures[level]) for level in ("0.5", "0.7")), *more)


def _share(figure: Mapping[str, float]) -> str:
    return f"{100 * figure['share']:5.1f} [{100 * figure['low']:.1f}, {100 * figure['high']:.1f}]"


def _gain(figure: Mapping[str, float]) -> str:
    return f"{100 * figure['share']:+5.1f} [{100 * figure['low']:+.1f}, {100 * figure['high']:+.1f}]"


def _row(name: str, *cells: str) -> str:
    return (f"{name:<{_LABEL}}" + "".join(f"{cell:<{_CELL}}" for cell in cells)).rstrip()
