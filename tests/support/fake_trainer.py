"""A trainer that learns nothing: it writes the log of one, listens to RUN/ask, and copies a model file to the end.

Run as a program with the trainer's own words. `FAKE_TRAINER_MODEL` names the model file; `FAKE_TRAINER_STEP_S` how long
a step takes, `FAKE_TRAINER_ESTIMATE_S` how long an estimate; `FAKE_TRAINER_ERROR` is said in place of the model.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

STEPS, EPOCHS = 24, 6
EXIT_PAUSED = 130


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("--preset", "--labels", "--boxes", "--out", "--run-dir"):
        parser.add_argument(name)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--estimate", action="store_true")
    parser.add_argument("data")
    given, _ = parser.parse_known_args(sys.argv[sys.argv.index("train") + 1 :])
    with Path(given.labels).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    classes = Counter(row["class"] for row in rows if row["split"] != "val")
    if given.estimate:
        time.sleep(float(os.environ.get("FAKE_TRAINER_ESTIMATE_S", "0")))
        if error := os.environ.get("FAKE_TRAINER_ERROR"):
            print(error, file=sys.stderr)
            return 1
        facts = {"estimated_s": 90.0, "photos": len(rows), "classes": len(classes), "device": "cpu"}
        print(json.dumps({**facts, "preset": given.preset, "network": "fake", "memory_bytes": 10**9}))
        return 0
    run = Path(given.run_dir)
    run.mkdir(parents=True, exist_ok=True)
    kept = run / "checkpoint-1.pt"
    first = int(kept.read_text(encoding="utf-8")) if given.resume and kept.is_file() else 0
    return _train(given, run, kept, classes, first)


def _train(given: argparse.Namespace, run: Path, kept: Path, classes: Counter[str], first: int) -> int:
    with (run / "log.jsonl").open("a" if first else "w", encoding="utf-8", buffering=1) as log:

        def tell(event: str, **fields: object) -> None:
            log.write(json.dumps({"event": event, **fields}) + "\n")

        epoch = EPOCHS * first / STEPS
        each_s = float(os.environ.get("FAKE_TRAINER_STEP_S", "0.02"))
        if not first:
            begin = {"steps": STEPS, "step": 0, "epochs": EPOCHS, "photos": sum(classes.values()), "classes": classes}
            tell("begin", **begin, device="cpu", preset=given.preset, network="tf_efficientnet_lite0", sides=[320, 448])
        for step in range(first + 1, STEPS + 1):
            time.sleep(each_s)
            epoch = EPOCHS * step / STEPS
            left_s = each_s * (STEPS - step)
            tell("phase", name="training", done=step, total=STEPS, eta_s=left_s)
            timing = {"elapsed_s": each_s * step, "eta_s": left_s, "photos_per_s": 38.0}
            tell("step", step=step, steps=STEPS, epoch=epoch, loss=2.0 / step, lr=0.1, **timing)
            if step % (STEPS // EPOCHS) == 0:
                scored = {"boxes_right": 0.5, "boxes_low": 0.3, "boxes_high": 0.7, "boxes_scored": 5}
                tell("validation", step=step, epoch=epoch, loss=1.0 / step, accuracy=0.9, photos=5, **scored)
                kept.write_text(str(step), encoding="utf-8")
                tell("saved", step=step, epoch=epoch)
            asked = _asked(run)
            if asked == "pause":
                kept.write_text(str(step), encoding="utf-8")
                tell("saved", step=step, epoch=epoch)
                return EXIT_PAUSED
            if asked == "finish":
                break
        if error := os.environ.get("FAKE_TRAINER_ERROR"):
            tell("error", text=error)
            print(error, file=sys.stderr)
            return 1
        shutil.copyfile(os.environ["FAKE_TRAINER_MODEL"], given.out)
        tell("end", model=given.out, accuracy=0.9, boxes_right=0.5, best_epoch=epoch)
    return 0


def _asked(run: Path) -> str:
    ask = run / "ask"
    if not ask.is_file():
        return ""
    word = ask.read_text(encoding="utf-8").strip()
    ask.unlink()
    return word


if __name__ == "__main__":
    sys.exit(main())
