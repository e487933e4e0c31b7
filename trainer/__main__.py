"""The trainer's command line: `python -m trainer train ...`; heavy imports happen inside the verb."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import Cancelled, MoltboxError
from trainer.asking import forget_old_asks

if TYPE_CHECKING:
    from trainer.config import QuickConfig, TrainConfig
    from trainer.data import PhotoSet
    from trainer.ending import TrainResult

_STARTED = time.monotonic()
_TRAIN_EXTRA = frozenset({"torch", "torchvision", "timm", "onnx", "onnxscript"})
_SHARED = {
    "batch": "batch",
    "lr": "lr",
    "seed": "seed",
    "threads": "threads",
    "log_every": "log_every",
    "clusters": "clusters",
    "labels": "labels",
    "boxes": "boxes",
    "keep": "keep",
    "pretrained": "pretrained",
}
_PAPER_ONLY = {
    "backbone": "backbone",
    "sizes": "sides",
    "shared_trunk": "shared_trunk",
    "epochs": "epochs",
    "device": "device",
    "workers": "workers",
    "recipe": "recipe",
    "accumulate": "accumulate",
    "precision": "precision",
    "compile": "compile",
    "layer_decay": "layer_decay",
    "freeze_trunk": "freeze_trunk",
    "per_branch": "per_branch",
}
_QUICK_ONLY = {"steps": "steps"}
"""Options of `train`, each with the name of the setting."""

EXIT_OK, EXIT_FAILED, EXIT_BAD_INPUT, EXIT_STOPPED = 0, 1, 2, 130

_TRAIN_EXAMPLE = """example:
  python -m trainer train birds --out birds.molt
  python -m trainer train birds --out birds.molt --preset quick          (minutes on a CPU)
  python -m trainer train birds --out birds.molt --backbone deit_tiny_patch16_224 --sizes 160,224 --epochs 10

birds/ holds one folder of photos per class (birds/wren/1.jpg), or birds/train/<class>/ and birds/val/<class>/.
Ctrl+C saves where the training stands; the same command with --resume goes on from there.
"""
_STARTER_EXAMPLE = """example:
  python -m trainer starter --out resources/models/starter.molt
"""
_FOREGROUND_EXAMPLE = """example:
  python -m trainer foreground pets3 imagenette10 --out resources/models/foreground.safetensors

Each folder holds one folder of photos per class. Only photos and class names are read, no boxes.
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb and answers the exit code: 0 done, 2 bad input (one sentence on stderr), 130 stopped.

    1 where a training had begun and could not go on; the sentence stands in its log, too.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except Cancelled as stopped:
        print(stopped, file=sys.stderr)
        return EXIT_STOPPED
    except MoltboxError as error:
        print(error, file=sys.stderr)
        return EXIT_BAD_INPUT
    except ModuleNotFoundError as error:
        if error.name not in _TRAIN_EXTRA:
            raise
        print(f"Training needs {error.name}: install Moltbox with the train extra.", file=sys.stderr)
        return EXIT_BAD_INPUT
    except OSError as error:
        print(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.", file=sys.stderr)
        return EXIT_BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m trainer", description="Trains models for Moltbox.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    raw = argparse.RawDescriptionHelpFormatter

    train = verbs.add_parser(
        "train",
        help="train a MOLT from folders of photos, one folder per class",
        description="Trains a MOLT from image-level class labels and writes a model file.",
        epilog=_TRAIN_EXAMPLE,
        formatter_class=raw,
    )
    add = train.add_argument
    add("data", metavar="DATA", type=Path, help="folder with one folder of photos per class")
    add("--out", metavar="MODEL.molt", type=Path, required=True, help="the model file to write")
    add(
        "--preset",
        choices=("paper", "quick"),
        default="paper",
        help="paper: vision transformers at three sizes, for a GPU; quick: a small transformer block on a frozen "
        "convolutional network, minutes on a CPU (default: %(default)s)",
    )
    add(
        "--labels",
        metavar="FILE.csv",
        type=Path,
        help="table image,class,split in place of class folders: a row for each class of a photo, empty for none",
    )
    add(
        "--boxes",
        metavar="FILE.json",
        type=Path,
        help="COCO file with boxes of some of the photos: for validation figures and to calibrate, never to train on",
    )
    add("--backbone", metavar="NAME", help="paper: timm transformer (default: deit_small_patch16_224)")
    add("--sizes", metavar="N,N,N", type=_sizes, help="paper: pixels (default: 224,288,384)")
    add("--shared-trunk", action="store_true", default=None, help="paper: one transformer for all sizes")
    add(
        "--pretrained",
        metavar="hub|FILE|none",
        help="paper: weights to start from (default: hub); quick: weights of DeiT-Tiny to learn on, none for the light "
        "convolutional network (default: DeiT-Tiny where an earlier fetch left its weights, else the light one)",
    )
    add("--epochs", type=_positive(int), help="paper: passes over the photos (default: 20)")
    add("--steps", type=_positive(int), help="quick: steps of one batch each (default: 500)")
    add("--batch", type=_positive(int), help="photos per step, over all processes (default: paper 64, quick 32)")
    add(
        "--accumulate",
        metavar="PARTS",
        type=_positive(int),
        help="paper: parts that a batch is worked off in (default: 1)",
    )
    add("--lr", type=_positive(float), help="peak learning rate (default: paper by batch and photos, quick 0.001)")
    add(
        "--clusters",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="also learn to cluster pixels, which refines the maps (default: paper on, quick off)",
    )
    add(
        "--recipe",
        choices=("default", "strict_tscam"),
        help="paper: strict_tscam takes every value of TS-CAM's public code, for sets of ILSVRC's size or of CUB's",
    )
    add(
        "--layer-decay",
        metavar="SHARE",
        type=_positive(float),
        help="paper: each block's rate over the next one's (default: 1)",
    )
    add("--freeze-trunk", action="store_true", default=None, help="paper: only the class heads learn")
    add(
        "--per-branch",
        action="store_true",
        default=None,
        help="paper: one size after another in place of all together: the same weights, less memory, more decoding",
    )
    add("--precision", choices=("auto", "bf16", "fp16", "fp32"), help="paper: default bf16 on a GPU, fp32 on a CPU")
    add("--compile", action="store_true", default=None, help="paper: slow start, faster steps (torch.compile)")
    add("--seed", type=int, help="same seed, same result (default: 0)")
    add("--device", choices=("auto", "cpu", "cuda"), help="paper: default a GPU where there is one")
    add("--threads", type=_positive(int), help="CPU threads (default: all cores)")
    add("--workers", type=int, help="paper: processes that load photos (default: 0 on a CPU, up to 16 beside a GPU)")
    add(
        "--log-every",
        metavar="STEPS",
        type=_positive(int),
        default=10,
        help="lines in log.jsonl (default: %(default)s)",
    )
    add("--keep", metavar="N", type=_positive(int), help="newest checkpoints that stay, besides the best (default: 2)")
    add("--run-dir", metavar="FOLDER", type=Path, help="config, log and checkpoints (default: MODEL.run beside --out)")
    add("--estimate", action="store_true", help="print what it would take as one line of JSON, and train nothing")
    add("--overwrite", action="store_true", help="replace a file that is already at --out")
    add("--resume", action="store_true", help="go on from the checkpoint in --run-dir")
    train.set_defaults(run=_train)

    starter = verbs.add_parser(
        "starter",
        help="build the starter model that ships with Moltbox",
        description="Builds the starter model from the weights of the starter extra.",
        epilog=_STARTER_EXAMPLE,
        formatter_class=raw,
    )
    starter.add_argument("--out", metavar="MODEL.molt", type=Path, required=True, help="the model file to write")
    models = Path("resources") / "models"
    starter.add_argument(
        "--foreground",
        metavar="FILE",
        type=Path,
        default=models / "foreground.safetensors",
        help="weights of the foreground network (default: %(default)s)",
    )
    starter.add_argument(
        "--clustering",
        metavar="FILE.onnx",
        type=Path,
        default=models / "clusters.onnx",
        help="the clustering network; a model without it does not refine (default: %(default)s)",
    )
    starter.add_argument("--single", action="store_true", help="store the weights in single precision, to compare")
    starter.set_defaults(run=_starter)

    foreground = verbs.add_parser(
        "foreground",
        help="train the starter model's foreground network",
        description="Trains the small network that tells objects from ground, from image-level class labels.",
        epilog=_FOREGROUND_EXAMPLE,
        formatter_class=raw,
    )
    add = foreground.add_argument
    add("data", metavar="DATA", type=Path, nargs="+", help="folders with one folder of photos per class")
    add("--out", metavar="FILE.safetensors", type=Path, required=True, help="the weights file to write")
    add("--seed", type=int, default=0, help="same seed, same result (default: %(default)s)")
    add("--threads", type=_positive(int), default=1, help="photos looked at a time (default: %(default)s)")
    add("--work", metavar="FOLDER", type=Path, help="features of the photos seen so far (default: FILE.work by --out)")
    foreground.set_defaults(run=_foreground)
    return parser


def _train(options: argparse.Namespace) -> int:
    from trainer.progress import BrokenOff, append_event

    run_folder = options.run_dir or options.out.with_suffix(".run")
    if options.estimate:
        return _estimate(options, run_folder)
    # One that is resumed found nothing there when it began: what is there now it wrote itself.
    if options.out.exists() and not (options.overwrite or options.resume):
        raise MoltboxError(f"{options.out} is already there; choose another --out, or add --overwrite.")
    forget_old_asks(run_folder)
    run = _train_quick if options.preset == "quick" else _train_paper
    try:
        result = run(options, run_folder)
    except BrokenOff as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    except Cancelled:
        raise
    except MoltboxError as error:
        if run_folder.is_dir():
            append_event(run_folder / "log.jsonl", "error", text=str(error))
        raise
    said = "" if result.accuracy is None else f"; {result.accuracy:.1%} of the validation photos right"
    print(f"{result.model_path} written{said}.", file=sys.stderr)
    return EXIT_OK


def _estimate(options: argparse.Namespace, run_folder: Path) -> int:
    from trainer.estimate import Deadline, estimate_paper, estimate_quick
    from trainer.run import open_photos

    if options.preset == "quick":
        quick = _quick_config(options, run_folder)
        found = estimate_quick(quick, open_photos(quick), Deadline(_STARTED))
    else:
        config, photos = _paper_config(options)
        found = estimate_paper(config, photos or open_photos(config), Deadline(_STARTED))
    print(json.dumps(found.as_fields()))
    return EXIT_OK


def _train_paper(options: argparse.Namespace, run_folder: Path) -> TrainResult:
    from trainer.train import train

    config, photos = _paper_config(options)
    return train(config, run_folder, resume=options.resume, stop=_stop_on_signal(), photos=photos)


def _train_quick(options: argparse.Namespace, run_folder: Path) -> TrainResult:
    from trainer.backbones import NO_WEIGHTS

    config = _quick_config(options, run_folder)
    if config.pretrained == NO_WEIGHTS:
        from trainer.light_train import train_light

        return train_light(config, run_folder, resume=options.resume, stop=_stop_on_signal())
    from trainer.frozen_train import train_frozen

    return train_frozen(config, run_folder, resume=options.resume, stop=_stop_on_signal())


def _paper_config(options: argparse.Namespace) -> tuple[TrainConfig, PhotoSet | None]:
    """The settings asked for, and the photos where the recipe had to count them."""
    from trainer.config import TrainConfig
    from trainer.recipes import STRICT_TSCAM, strict_tscam
    from trainer.run import open_photos

    given = _given(options, _PAPER_ONLY, other=_QUICK_ONLY)
    config = TrainConfig(**given)
    if config.recipe != STRICT_TSCAM:
        return config, None
    photos = open_photos(config)
    return TrainConfig(**{**strict_tscam(len(photos.train)), **given}), photos


def _quick_config(options: argparse.Namespace, run_folder: Path) -> QuickConfig:
    """The settings asked for, and the network of what is there; taken up again, that of the beginning."""
    from trainer.config import QuickConfig, begun_with
    from trainer.quick_network import QuickNetwork, choose_network

    given = _given(options, _QUICK_ONLY, other=_PAPER_ONLY)
    begun = begun_with(run_folder, "pretrained") if options.resume and options.pretrained is None else None
    if begun is None:
        network = choose_network(options.pretrained)
    else:
        network = QuickNetwork(begun, begun_with(run_folder, "choice") or "")
    return QuickConfig(**{**given, "pretrained": network.pretrained, "choice": network.choice})


def _given(options: argparse.Namespace, own: Mapping[str, str], *, other: Mapping[str, str]) -> dict[str, Any]:
    """The settings given on the command line, by their names in the config.

    Raises:
        MoltboxError: one of them belongs to the other preset.
    """
    for option in other:
        if getattr(options, option) is not None:
            name = option.replace("_", "-")
            raise MoltboxError(f"--{name} does not go with --preset {options.preset}: leave one of the two out.")
    fields = {**_SHARED, **own}
    values = {field: getattr(options, option) for option, field in fields.items()}
    given = {field: value for field, value in values.items() if value is not None}
    paths = {field: str(given[field]) for field in ("labels", "boxes") if field in given}
    return {"data": str(options.data), "out": str(options.out), **given, **paths}


def _starter(options: argparse.Namespace) -> int:
    from trainer.starter import build_starter

    clusters = options.clustering if options.clustering.exists() else None
    build_starter(options.out, foreground=options.foreground, clusters=clusters, half=not options.single)
    print(f"{options.out} written{'' if clusters else ', without clusters'}.", file=sys.stderr)
    return EXIT_OK


def _foreground(options: argparse.Namespace) -> int:
    from trainer.foreground import make_foreground

    make_foreground(
        options.data,
        options.out,
        work=options.work or options.out.with_suffix(".work"),
        seed=options.seed,
        threads=options.threads,
        told=lambda line: print(line, file=sys.stderr, flush=True),
    )
    return EXIT_OK


def _stop_on_signal() -> Callable[[], bool]:
    """Answers whether Ctrl+C or a request to end came; a second Ctrl+C ends at once."""
    asked = False

    def remember(number: int, _frame: object) -> None:
        nonlocal asked
        asked = True
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGINT, remember)
    signal.signal(signal.SIGTERM, remember)
    return lambda: asked


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError("expected sizes in pixels, such as 224,288,384") from None


def _positive(kind: Callable[[str], float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        number = kind(text)
        if not number > 0:
            raise argparse.ArgumentTypeError("expected a number above 0")
        return number

    read.__name__ = "number"
    return read


if __name__ == "__main__":
    sys.exit(main())
