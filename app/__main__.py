"""The command `moltbox`: one door to every verb. It only dispatches; each verb lives with its package."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from engine import __version__
from engine.errors import DamagedProjectError, MoltboxError

EXIT_ERROR, EXIT_STOPPED = 2, 130
EXIT_NOBODY_READS = 141
"""As a shell tells of a program that was ended because nobody reads what it writes."""

MODEL_SUFFIX = ".molt"
VERBS = (
    *("open", "demo", "propose", "train", "calibrate", "evaluate", "speed-up"),
    *("import", "export", "restore", "check"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; an error is one sentence on standard error."""
    try:
        try:
            return _run(argv)
        finally:
            _flush_output()
    except DamagedProjectError as error:
        way = f'`moltbox restore "{error.path}"` puts it back; to begin anew, move the backups away.'
        return _fail(f"{error} {way}")
    except MoltboxError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("stopped.", code=EXIT_STOPPED)
    except BrokenPipeError:
        _drop_output()
        return EXIT_NOBODY_READS
    except OSError as error:
        return _fail(_told(error))


def _run(argv: Sequence[str] | None) -> int:
    if argv is None:
        from app.diagnostics.faults import guard_process

        guard_process()
        if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
            # A file's name need not be text. Escaped so it is also what JSON understands.
            sys.stdout.reconfigure(errors="backslashreplace")
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["train"]:
        return _in_trainer("trainer", *words)
    if words[:1] == ["speed-up"]:
        return _in_trainer("trainer.speed_up", *words[1:])
    words = _with_verb(words)
    args = _parser(words[0]).parse_args(words)
    return args.run(args)


def _told(error: OSError) -> str:
    """An error of the system that no place which knows more has told, as a sentence."""
    why = error.strerror or str(error)
    return f"{why}." if error.filename is None else f"{os.fsdecode(error.filename)} cannot be used: {why}."


def _flush_output() -> None:
    """Writes what was printed now, not at the interpreter's end, where nobody could tell of what goes wrong.

    Raises:
        BrokenPipeError: nobody reads it.
        MoltboxError: it cannot be written.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _drop_output()
        raise MoltboxError(f"Standard output cannot be written: {error.strerror}.") from error


def _drop_output() -> None:
    """Sends what standard output holds nowhere, so that the interpreter does not fail on it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _with_verb(words: list[str]) -> list[str]:
    """A command without a verb opens the window."""
    if words and (words[0] in VERBS or words[0] in ("-h", "--help", "--version")):
        return words
    return ["open", *words]


class _VerbsFormatter(argparse.RawDescriptionHelpFormatter):
    """Leaves room for the indent of the verbs, which argparse forgets: the longest would stand on a line of its own."""

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        self._action_max_length = max(self._action_max_length, 2 * self._indent_increment + max(map(len, VERBS)))


def _parser(wanted: str) -> argparse.ArgumentParser:
    """The parser of all verbs; where the window is wanted, of that alone: it waits for no other verb's imports."""
    parser = argparse.ArgumentParser(
        prog="moltbox",
        description="Boxes from image-level class labels: proposes, explains, and lets a person decide.",
        epilog="examples:\n  moltbox photos\n  moltbox propose photos --out boxes\n\nmoltbox VERB --help tells more.",
        formatter_class=_VerbsFormatter,
    )
    parser.add_argument("--version", action="version", version=f"moltbox {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    _add_open(verbs)
    if wanted == "open":
        return parser
    _add_demo(verbs)
    _add_propose(verbs)
    verbs.add_parser(
        "train", help="train a model from folders of photos (needs the train and starter extras)", add_help=False
    )
    _add_evaluate(verbs)
    _add_calibrate(verbs)
    verbs.add_parser("speed-up", help="make a faster copy of a model (needs the train extra)", add_help=False)
    _add_import(verbs)
    _add_export(verbs)
    _add_restore(verbs)
    _add_check(verbs)
    return parser


def _verb(verbs, name: str, help_text: str, example: str) -> argparse.ArgumentParser:
    return verbs.add_parser(
        name,
        help=help_text,
        description=help_text[0].upper() + help_text[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_open(verbs) -> None:
    parser = _verb(verbs, "open", "open the window, on a folder where one is named", "moltbox open photos")
    parser.add_argument("folder", type=Path, nargs="?", help="folder of photos, its project's file, or a model file")
    parser.add_argument("--model", type=Path, help="model file (default: the starter model)")
    parser.set_defaults(run=_open)


def _add_demo(verbs) -> None:
    parser = _verb(verbs, "demo", "try Moltbox on sample photos", "moltbox demo")
    parser.add_argument("--out", type=Path, help="where to put the photos and the results (default: your data folder)")
    parser.add_argument("--headless", action="store_true", help="do the work without a window")
    parser.set_defaults(run=_demo)


def _add_propose(verbs) -> None:
    from engine.prelabel import command

    parser = verbs.add_parser("propose", help="propose boxes for a folder of photos, without a window")
    command.add_arguments(parser)
    parser.set_defaults(run=command.run)


def _add_evaluate(verbs) -> None:
    from engine.evaluation import command

    parser = verbs.add_parser("evaluate", help="say how good a model's boxes are on photos whose boxes are known")
    command.add_arguments(parser)
    parser.set_defaults(run=command.run)


def _add_calibrate(verbs) -> None:
    from engine.evaluation import calibration_command

    parser = verbs.add_parser("calibrate", help="fit a model's threshold and settings to photos, with boxes or without")
    calibration_command.add_arguments(parser)
    parser.set_defaults(run=calibration_command.run)


def _add_import(verbs) -> None:
    from engine.dataset import import_command

    parser = verbs.add_parser("import", help="bring labels of other tools into a folder's project, without a window")
    import_command.add_arguments(parser)
    parser.set_defaults(run=import_command.run)


def _add_export(verbs) -> None:
    from engine.dataset import export_command

    parser = verbs.add_parser("export", help="write a folder's decided boxes as label files, without a window")
    export_command.add_arguments(parser)
    parser.set_defaults(run=export_command.run)


def _add_restore(verbs) -> None:
    from engine.dataset import restore_command

    parser = verbs.add_parser("restore", help="put the newest backup in the place of a damaged project")
    restore_command.add_arguments(parser)
    parser.set_defaults(run=restore_command.run)


def _add_check(verbs) -> None:
    parser = _verb(verbs, "check", "say whether Moltbox works on this machine", "moltbox check --json")
    parser.add_argument("--json", action="store_true", help="print the facts as JSON")
    parser.add_argument(
        "--benchmark",
        action="store_true",
        help="say how quick a look is on each device here instead, and if boxes agree",
    )
    parser.add_argument("--model", type=Path, help="with --benchmark: model file (default: the starter model)")
    parser.set_defaults(run=_check)


def _open(args: argparse.Namespace) -> int:
    from app.display import has_display

    if not has_display():
        raise MoltboxError("There is no screen to show the window on; `moltbox propose` works without one.")
    from app.window import run_window

    if args.folder is not None and args.folder.suffix == MODEL_SUFFIX and args.folder.is_file():
        # What a file manager opens is one file, whatever its kind.
        return run_window(None, args.folder, sys.argv[:1])
    return run_window(args.folder, args.model, sys.argv[:1])


def _demo(args: argparse.Namespace) -> int:
    from app.demo import run_demo

    return run_demo(args.out, headless=args.headless)


def _check(args: argparse.Namespace) -> int:
    if args.benchmark:
        from app.look_benchmark import run_benchmark

        return run_benchmark(args.model, as_json=args.json)
    if args.model is not None:
        raise MoltboxError("--model goes with --benchmark: add it, or leave --model out.")
    from app.check import run_check

    return run_check(as_json=args.json)


def _in_trainer(module: str, *words: str) -> int:
    """The trainer runs in a process of its own, so that torch and onnx never enter this one."""
    if getattr(sys, "frozen", False):
        from app.training.python import requirement

        return _fail(f'the desktop build does not carry the trainer; in a Python: pip install "{requirement()}"')
    with subprocess.Popen([sys.executable, "-m", module, *words]) as process:  # noqa: S603 - our own module
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # the trainer hears the same Ctrl+C and saves where it stands before it ends
                continue


def _fail(sentence: str, *, code: int = EXIT_ERROR) -> int:
    with contextlib.suppress(OSError):  # whoever read it has gone
        print(f"moltbox: {sentence}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
