"""Do the tests notice a wrong line? Changes the engine in one place at a time and runs the tests that reach it.

    python benchmarks/mutation.py
    python benchmarks/mutation.py --module engine.geometry --sample 60 --survivors build/survivors.txt

Prints a row a module for the table in docs/reliability.md. Nothing is written into the repository: changes are made in
memory, in processes that are forked from one that has read all tests. First the tests are run unchanged, and it is
noted which test calls which function and how long it takes; each mutant is then tried by tests that call its function,
those of its own module and the quick ones first, up to --seconds of them together, until one fails. A change that shows
only when a module is imported is tried in a process that imports the engine anew. A mutant counts as killed when a test
fails, when the process dies, or when it takes far longer than the tests should. Hypothesis draws the same examples in
every run (--hypothesis-seed=0, at most 50 a property where the test does not say).
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import random
import resource
import select
import signal
import sys
import tempfile
import threading
import time
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

from benchmarks.mutants import Mutant, mutants_of  # noqa: E402

MODULES = (
    "engine.geometry",
    *(
        f"engine.localization.{name}"
        for name in ("fusion", "refinement", "boxes", "threshold_curve", "threshold_table", "heat_map")
    ),
    *(
        f"engine.metrics.{name}"
        for name in ("effort", "intervals", "kinds", "localization", "maxboxacc", "pxap", "tscam")
    ),
    *(
        f"engine.dataset.{name}"
        for name in ("coco", "coco_fields", "voc", "voc_fields", "voc_mirror", "yolo", "table", "image_sets")
    ),
    *(f"engine.dataset.{name}" for name in ("checks", "foreign")),
)
_FORMAT_TESTS = (
    *("checks", "coco", "coco_details", "dataset_files", "export_command", "foreign_fields", "label_sources"),
    *("table", "table_details", "voc", "voc_details", "voc_mirror", "yolo", "yolo_details"),
)
TESTS = (
    *(f"tests/unit/engine/test_{name}.py" for name in ("geometry", "fusion", "refinement", "boxes", "map_details")),
    *(
        f"tests/unit/engine/test_{name}.py"
        for name in ("metrics", "metrics_details", "metrics_parity", "metrics_summary")
    ),
    *("tests/unit/engine/test_threshold_table.py", "tests/unit/engine/test_reboxing.py"),
    "tests/unit/engine/evaluation/test_measures.py",
    *(f"tests/unit/engine/dataset/test_{name}.py" for name in _FORMAT_TESTS),
    *("tests/contracts/test_coco_readers.py", "tests/contracts/test_voc_readers.py"),
)
_OWN_LAYERS = ("engine", "app", "trainer", "support", "tests", "benchmarks", "conftest", "test_")
_MEMORY_LIMIT_BYTES = 16 * 2**30
_PYTEST_WORDS = (
    *("-q", "-x", "-c", str(REPOSITORY / "pyproject.toml"), "--rootdir", str(REPOSITORY)),
    *("-o", "addopts=", "--import-mode=importlib", "--hypothesis-seed=0", "--capture=no"),
    *("-p", "no:pytest-qt", "-p", "no:timeout", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:warnings"),
)


@dataclass(slots=True)
class Facts:
    """Of the run of unchanged tests: seconds by test, and tests by the function they call (module, function)."""

    seconds: dict[str, float] = field(default_factory=dict)
    callers: dict[tuple[str, str], list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    module: str
    mutant: Mutant
    killed: bool
    reached: bool


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", action="append", choices=MODULES, help="only this one; may be said again")
    parser.add_argument("--sample", type=int, help="at most so many mutants a module, drawn at random; without it, all")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--seconds", type=float, default=4.0, help="of tests for one mutant, as they take unchanged")
    parser.add_argument("--minutes", type=float, help="at most so long inside functions; the order is drawn by --seed")
    parser.add_argument(
        "--only", choices=("functions", "import"), help="only changes inside functions, or only the others"
    )
    parser.add_argument("--notes", type=Path, help="file with the unchanged run's notes; made where it is not there")
    parser.add_argument("--survivors", type=Path, help="file for the mutants that no test noticed")
    args = parser.parse_args()
    modules = tuple(args.module or MODULES)
    with tempfile.TemporaryDirectory(prefix="mutation-") as work:
        sys.pycache_prefix = str(Path(work, "bytecode"))
        Runs(Path(work), modules, args).all()
    return 0


class Runs:
    """The unchanged run, then the mutants of one module after another."""

    def __init__(self, work: Path, modules: tuple[str, ...], args: argparse.Namespace) -> None:
        self._work = work
        self._modules = modules
        self._args = args

    def all(self) -> None:
        start_s = time.monotonic()
        notes = self._args.notes or self._work / "notes.json"
        if not notes.exists():
            self._run_unchanged(notes)
        seconds, callers, imported = json.loads(notes.read_text("utf-8"))
        facts = Facts(seconds, {(module, function): tests for module, function, tests in callers})
        print(f"{len(seconds)} tests, unchanged in {sum(seconds.values()):.0f} s", file=sys.stderr, flush=True)
        _import_all(imported)
        gc.freeze()
        chosen = {module: self._chosen(module) for module in self._modules}
        verdicts = list(self._in_functions(chosen, facts))
        print(f"inside functions: {(time.monotonic() - start_s) / 60:.1f} minutes so far", file=sys.stderr, flush=True)
        verdicts += self._at_import(chosen, facts)
        print("| module | mutants | tried | killed | share |\n|---|---:|---:|---:|---:|")
        everything = [self._row(module, chosen[module][0], verdicts) for module in self._modules]
        print(_row("together", *(sum(column) for column in zip(*everything, strict=True))))
        print(f"{(time.monotonic() - start_s) / 60:.0f} minutes", file=sys.stderr)
        if self._args.survivors is not None:
            self._args.survivors.parent.mkdir(parents=True, exist_ok=True)
            self._args.survivors.write_text("".join(_survivor(each) for each in verdicts if not each.killed), "utf-8")

    def _chosen(self, module: str) -> tuple[int, list[Mutant]]:
        """How many mutants a module has, and those that are tried."""
        found = mutants_of(_file_of(module).read_text("utf-8"))
        if self._args.only is not None:
            found = [each for each in found if (each.function is None) == (self._args.only == "import")]
        sample = self._args.sample
        if sample is None or len(found) <= sample:
            return len(found), found
        places = random.Random(f"{self._args.seed} {module}").sample(range(len(found)), sample)  # noqa: S311
        return len(found), [found[place] for place in sorted(places)]

    def _row(self, module: str, count: int, verdicts: Sequence[Verdict]) -> tuple[int, int, int]:
        own = [each.killed for each in verdicts if each.module == module]
        print(_row(f"`{module}`", count, len(own), sum(own)))
        return count, len(own), sum(own)

    def _run_unchanged(self, told: Path) -> None:
        def run() -> int:
            notes = _Notes()
            code = self._pytest(TESTS, notes)
            callers = [[*function, sorted(tests)] for function, tests in notes.callers.items()]
            imported = [name for name in sys.modules if not name.startswith(_OWN_LAYERS)]
            if code == 0:
                told.write_text(json.dumps([notes.seconds, callers, imported]), "utf-8")
            return code

        if _forked(run, limit_s=1800, quiet=False) != 0:
            raise SystemExit("The tests fail before anything is changed.")

    def _in_functions(self, chosen: dict[str, tuple[int, list[Mutant]]], facts: Facts) -> Iterator[Verdict]:
        """All mutants inside functions, in one process that has read every test; each in a fork of it."""
        tries = [(module, each) for module, (_, some) in chosen.items() for each in some if each.function is not None]
        random.Random(self._args.seed).shuffle(tries)  # noqa: S311
        told = self._work / "verdicts.json"

        def run() -> int:
            trier = _Trier(tries, facts, self._args, told)
            return self._pytest(TESTS, trier)

        if not tries:
            return
        _forked(run, limit_s=None, quiet=False)
        for (module, mutant), (killed, reached) in zip(tries, json.loads(told.read_text()), strict=False):
            yield Verdict(module, mutant, killed, reached)

    def _at_import(self, chosen: dict[str, tuple[int, list[Mutant]]], facts: Facts) -> Iterator[Verdict]:
        """All mutants that show when their module is imported; each in a process that imports the engine anew."""
        for module, (_, some) in chosen.items():
            tests = _tests_for(module, None, facts, self._args.seconds)
            limit_s = 30 + 5 * sum(facts.seconds[test] for test in tests)
            for mutant in some:
                if mutant.function is None:
                    killed = _forked(lambda m=module, x=mutant, t=tests: self._anew(m, x, t), limit_s=limit_s) != 0
                    yield Verdict(module, mutant, killed, reached=bool(tests))

    def _anew(self, module: str, mutant: Mutant, tests: Sequence[str]) -> int:
        sys.meta_path.insert(0, _Finder(module, mutant))
        files = list(dict.fromkeys(str(REPOSITORY / test.partition("::")[0]) for test in tests))
        return self._pytest(files, _Only(tests))

    def _pytest(self, tests: Iterable[str], plugin: object) -> int:
        words = [*_PYTEST_WORDS, f"--basetemp={self._work / 'tests'}"]
        _settle_hypothesis()
        return int(pytest.main([*words, *(str(REPOSITORY / test) for test in tests)], plugins=[plugin]))


class _Notes:
    """Pytest plugin: how long each test takes, and which of the modules' functions it calls."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.callers: dict[tuple[str, str], set[str]] = {}
        self._files = {str(_file_of(module)): module for module in MODULES}
        self._test = ""

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._test = item.nodeid
        start_s = time.perf_counter()
        sys.settrace(self._called)
        threading.settrace(self._called)
        yield
        sys.settrace(None)
        threading.settrace(None)  # pyright: ignore[reportArgumentType]
        self.seconds[item.nodeid] = time.perf_counter() - start_s

    def _called(self, frame: types.FrameType, _event: str, _arg: object) -> None:
        module = self._files.get(frame.f_code.co_filename)
        if module is not None:
            name = frame.f_code.co_qualname.partition(".<locals>")[0]
            self.callers.setdefault((module, name), set()).add(self._test)


class _Only:
    """Pytest plugin: runs these tests, in this order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._rank = {test: number for number, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (each for each in items if each.nodeid in self._rank), key=lambda each: self._rank[each.nodeid]
        )


class _Trier:
    """Pytest plugin: in the place of the tests' run, one fork after another, each with one function changed."""

    def __init__(self, tries: list[tuple[str, Mutant]], facts: Facts, args: argparse.Namespace, told: Path) -> None:
        self._tries = tries
        self._facts = facts
        self._seconds = args.seconds
        self._minutes = args.minutes
        self._told = told

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        functions = _functions()
        gc.freeze()
        verdicts = []
        end_s = float("inf") if self._minutes is None else time.monotonic() + 60 * self._minutes
        for number, (module, mutant) in enumerate(self._tries):
            if time.monotonic() > end_s:
                break
            tests = _tests_for(module, mutant.function, self._facts, self._seconds)
            live = functions.get((str(_file_of(module)), mutant.function or ""), [])
            limit_s = 10 + 5 * sum(self._facts.seconds[test] for test in tests)

            def run(live=live, module=module, mutant=mutant, tests=tests) -> int:
                _change(live, module, mutant)
                return _run_items([items[test] for test in tests])

            killed = bool(tests) and _forked(run, limit_s=limit_s) != 0
            verdicts.append((killed, bool(tests)))
            if number % 25 == 24:
                killed_yet = sum(killed for killed, _ in verdicts)
                print(f"{number + 1} of {len(self._tries)}, {killed_yet} killed", file=sys.stderr, flush=True)
        self._told.write_text(json.dumps(verdicts))
        return True


def _run_items(items: Sequence[pytest.Item]) -> int:
    """Runs collected tests in a fork; 1 as soon as one fails."""
    watch = _FirstFailure()
    items[0].config.pluginmanager.register(watch)
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if watch.failed:
            return 1
    return 0


class _FirstFailure:
    failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed


class _Finder(importlib.abc.MetaPathFinder):
    """Finds one module in its changed version."""

    def __init__(self, module: str, mutant: Mutant) -> None:
        self._module = module
        self._mutant = mutant

    def find_spec(self, fullname: str, *_rest: object) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._module:
            return None
        return importlib.util.spec_from_loader(fullname, _Loader(fullname, str(_file_of(fullname)), self._mutant))


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, mutant: Mutant) -> None:
        super().__init__(fullname, path)
        self._mutant = mutant

    def get_code(self, fullname: str) -> types.CodeType:
        return compile(self._mutant.source, self.get_filename(fullname), "exec")


def _functions() -> dict[tuple[str, str], list[types.FunctionType]]:
    """All functions that there are, by file and name."""
    found: dict[tuple[str, str], list[types.FunctionType]] = {}
    for each in gc.get_objects():
        if isinstance(each, types.FunctionType):
            found.setdefault((each.__code__.co_filename, each.__code__.co_qualname), []).append(each)
    return found


def _change(live: Sequence[types.FunctionType], module: str, mutant: Mutant) -> None:
    """Gives a function that was imported the changed version's code."""
    whole = compile(mutant.source, str(_file_of(module)), "exec")
    code = next(each for each in _codes(whole) if each.co_qualname == mutant.function)
    for function in live:
        function.__code__ = code


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _codes(each)


def _tests_for(module: str, function: str | None, facts: Facts, seconds: float) -> list[str]:
    """Tests that call a function, or any of the module's where none is said, as many as take `seconds` together."""
    callers = facts.callers
    if function is None:
        found = {test for (where, _), tests in callers.items() if where == module for test in tests}
    else:
        found = set(callers.get((module, function), ()))
    _, package, name = (module if module.count(".") == 2 else f".{module}").split(".")

    def rank(test: str) -> tuple[int, float]:
        file = test.partition("::")[0].rpartition("/")[2]
        return (0 if name in file else 1 if package in file else 2), facts.seconds[test]

    kept: list[str] = []
    room_s = seconds
    for test in sorted(found, key=rank):
        if facts.seconds[test] <= room_s:
            kept.append(test)
            room_s -= facts.seconds[test]
    return kept


def _forked(run: Callable[[], int], *, limit_s: float | None, quiet: bool = True) -> int:
    """Exit status of a function run in a fork; 1 where it dies or takes too long."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        status = 1
        with contextlib.suppress(BaseException):
            if quiet:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 1)
                os.dup2(nowhere, 2)
                resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_LIMIT_BYTES, _MEMORY_LIMIT_BYTES))
            status = run()
        os._exit(status)
    handle = os.pidfd_open(child)
    ended, _, _ = select.select([handle], [], [], limit_s)
    if not ended:
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(handle)
    return 0 if status == 0 else 1


def _import_all(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _settle_hypothesis() -> None:
    import hypothesis

    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile(
        "mutation",
        database=None,
        phases=phases,
        max_examples=50,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutation")


def _file_of(module: str) -> Path:
    return REPOSITORY.joinpath(*module.split(".")).with_suffix(".py")


def _row(name: str, mutants: int, tried: int, killed: int) -> str:
    return f"| {name} | {mutants:,} | {tried:,} | {killed:,} | {killed / max(tried, 1):.1%} |"


def _survivor(verdict: Verdict) -> str:
    place = f"{verdict.module}:{verdict.mutant.line} {verdict.mutant.function or 'at import'}"
    return f"{place}{'' if verdict.reached else ' (no test calls it)'}: {verdict.mutant.told}\n"


if __name__ == "__main__":
    sys.exit(main())
