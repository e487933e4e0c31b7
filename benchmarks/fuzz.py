"""Fuzzes the readers of foreign files with atheris (coverage-guided), and keeps what breaks them.

    python benchmarks/fuzz.py --reader coco --minutes 10

Needs the extra `fuzz`. What breaks a reader is kept in --found (default `build/fuzz/READER`), told with its trace, and
the fuzzer goes on. The last line is one row of the table in docs/reliability.md.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

INPUT_LIMIT_S = 10
MEMORY_LIMIT_MB = 2500
_MOST_FAULTS = 20
_READER_NAMES = ("coco", "voc", "yolo", "table", "classes", "journal", "model", "project", "photo")
_PROGRESS = re.compile(rb"#(\d+)\s.*?cov: (\d+) ft: (\d+) corp: (\d+)/.*?exec/s: (\d+) rss: (\d+)Mb")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", choices=_READER_NAMES, required=True)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--found", type=Path, help="where to keep inputs that break the reader")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    found = args.found or REPOSITORY / "build" / "fuzz" / args.reader
    found.mkdir(parents=True, exist_ok=True)
    if args.inside is not None:
        return fuzz_inside(args.reader, args.minutes, args.seed, found, args.inside)
    return fuzz(args.reader, args.minutes, args.seed, found)


def fuzz(name: str, minutes: float, seed: int, found: Path) -> int:
    """Runs fuzzing processes until the time is up, a new one after each fault, and prints the summary."""
    work = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    end_s = time.monotonic() + minutes * 60
    tries = faults = coverage = corpus = rss = 0
    try:
        while (left_s := end_s - time.monotonic()) > 5 and faults < _MOST_FAULTS:
            words = ["--reader", name, "--minutes", str(left_s / 60), "--seed", str(seed + faults)]
            command = [sys.executable, __file__, *words, "--found", str(found), "--inside", str(work)]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # noqa: S603
            lines = _PROGRESS.findall(done.stdout)
            if lines:
                tries += int(lines[-1][0])
                coverage, corpus = max(coverage, int(lines[-1][1])), int(lines[-1][3])
                rss = max(rss, *(int(line[5]) for line in lines))
            if done.returncode:
                faults += 1
                told = re.sub(rb"^(#\d+\t.*|\s*NEW_FUNC.*)\n", b"", done.stdout, flags=re.MULTILINE)
                print(told[-6000:].decode("utf-8", "replace"), flush=True)
                if not lines and left_s > minutes * 60 - 30:
                    break  # it does not even start
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("| reader | minutes | tries | branches seen | inputs kept | most memory | faults |")
    print(f"| {name} | {minutes:g} | {tries:,} | {coverage:,} | {corpus:,} | {rss} MB | {faults} |")
    return 1 if faults else 0


def fuzz_inside(name: str, minutes: float, seed: int, found: Path, work: Path) -> int:
    """The fuzzing process: never returns while all is well; libFuzzer ends it."""
    atheris = importlib.import_module("atheris")

    instrumented = {"coco": ["json"], "voc": ["defusedxml"], "yolo": ["yaml"], "table": ["csv"],
                    "classes": ["csv"], "journal": ["json"],
                    "model": ["zipfile", "json", "safetensors"], "photo": ["PIL"]}.get(name, [])  # fmt: skip
    instrument = atheris.instrument_imports
    with instrument(include=["engine", *instrumented]):
        from support import fuzz_readers  # pyright: ignore[reportMissingImports]
    from support.fuzz_corpus import cases  # pyright: ignore[reportMissingImports]

    reader = fuzz_readers.READERS[name]
    corpus, place, words = work / "corpus", work / "place", work / "words"
    corpus.mkdir(exist_ok=True)
    seeds = work / "seeds"
    seeds.mkdir(exist_ok=True)
    for number, data in enumerate([*reader.seeds(seeds), *(case.data for case in cases(name))]):
        (corpus / f"seed-{number}").write_bytes(data)
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in reader.words), encoding="ascii")

    def try_one(data: bytes) -> None:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        fuzz_readers.feed(name, data, place)

    fuzz_readers.stand_guard()
    options = [f"-max_total_time={max(1, round(minutes * 60))}", f"-max_len={reader.most_bytes}", f"-seed={seed}",
               f"-timeout={INPUT_LIMIT_S}", f"-rss_limit_mb={MEMORY_LIMIT_MB}", f"-artifact_prefix={found}/",
               f"-dict={words}", "-print_final_stats=1", "-len_control=20"]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], try_one)
    with contextlib.suppress(SystemExit):
        atheris.Fuzz()
    return 0


def _escaped(word: str) -> str:
    return "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\' else f"\\x{byte:02X}"
        for byte in word.encode("utf-8", "surrogatepass")
    )


if __name__ == "__main__":
    sys.exit(main())
