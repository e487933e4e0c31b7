"""What the command itself takes to plan a run on a cluster: seconds and memory for so many names.

    python benchmarks/planning.py --names 1000000

Names are generated, as long as usual ones, in 1,000 folders; what is measured is packing them, finding labels that the
model does not know, cutting blocks, saving the run's file, and making the orders for the workers one after another.
Listing a store, and Ray itself, are left out. The memory is the growth of this process at its largest.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.cluster.names import Names
from engine.cluster.plan import Outline, RunFile, block_size, facts_key, plan
from engine.cluster.store import Store
from engine.cluster.worker import order
from engine.localization.anchors import photos_to_anchor
from engine.localization.manifest import ClassEntry
from engine.localization.naming import ClassNames
from engine.prelabel.journal import RunFacts
from engine.prelabel.labels import label_source, with_labels

FOLDERS = 1000


def generated(count: int) -> Iterator[str]:
    """Names in scan order: folder after folder."""
    for folder in range(FOLDERS):
        for number in range(folder, count, FOLDERS):
            yield f"n{folder:08d}/n{folder:08d}_{number}.JPEG"


def largest_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--unknown", action="store_true", help="the model knows none of the labels")
    options = parser.parse_args(words)
    before_bytes, begun = largest_bytes(), time.process_time()
    names = Names(generated(options.names))
    labels = label_source("folder", Path("/photos"))
    root = Path("/")
    known = ClassNames([] if options.unknown else [ClassEntry(f"n{folder:08d}") for folder in range(FOLDERS)])
    labelled = with_labels((root / name for name in names), root, labels, None)
    photos_to_anchor(((place, found) for place, (_, found) in enumerate(labelled)), known)
    facts = RunFacts("0" * 64, "planned", 0.3, "", "folder", None, "cpu", {})
    outline = Outline(lambda: plan(names, block_size(len(names)), None, set(), facts_key(facts)))
    with tempfile.TemporaryDirectory() as folder:
        RunFile(facts, "", outline.starts).save(Store.of(folder))
    order_bytes = sum(order(each, labels).nbytes for each in outline.blocks())
    elapsed_s, grown_bytes = time.process_time() - begun, largest_bytes() - before_bytes
    print(
        f"{len(names):,} names in {len(outline.starts):,} blocks: {elapsed_s:.1f} s of processor time, "
        f"{grown_bytes / 1e6:.0f} MB; orders of {order_bytes / len(names):.0f} bytes a photo for the workers."
    )


if __name__ == "__main__":
    main()
