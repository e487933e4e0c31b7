"""How pixel clusters of one look agree with those trained on each photo, how many there are, and what they cost.

    python benchmarks/clusters.py train OUT.onnx                # the network that the starter carries
    python benchmarks/clusters.py per-photo CACHE               # label maps of val photos, each trained on its own
    python benchmarks/clusters.py compare OUT.onnx CACHE        # the table of docs/results.md

The data folder is MOLTBOX_DATA, or ../shared/data beside the repository. The network learns from all training photos of
`pets3` and every tenth of `imagenette10`, without labels; `per-photo` and `compare` use val photos, spread evenly over
the classes. `per-photo` keeps what it finds as CACHE/<set>/<path with __ for />.npy and goes on where it was stopped;
`--part 0/2` does every other photo, so that several processes can share the work.
"""

from __future__ import annotations

import argparse
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engine.images import read_photo
from engine.localization.onnx_session import Network
from engine.localization.preparing import prepare_for_clustering
from engine.localization.refinement import resize_clusters
from trainer.clustering.agreement import adjusted_rand_index
from trainer.clustering.amortised import ClusteringConfig, train_clustering
from trainer.clustering.export import NETWORK, SETTINGS
from trainer.clustering.photo import cluster_photo

SETS = ("pets3", "imagenette10")
TRAIN_EVERY = {"pets3": 1, "imagenette10": 10}


def data_folder() -> Path:
    named = os.environ.get("MOLTBOX_DATA")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"


def train(out: Path, seed: int) -> None:
    paths = [path for name in SETS for path in photos_of(name, "train")[:: TRAIN_EVERY[name]]]
    run = out.with_suffix(".run")
    graph = train_clustering(paths, run, ClusteringConfig(seed=seed), resume=run.is_dir())
    out.write_bytes(graph)
    shutil.copyfile(next(run.glob("checkpoint-*/weights.safetensors")), out.with_suffix(".safetensors"))
    print(f"{out} written: {len(graph) / 1000:.0f} kB, from {len(paths)} photos.")


def photos_of(name: str, split: str) -> list[Path]:
    return sorted((data_folder() / name / split).glob("*/*.jpg"))


def spread_over_classes(name: str, count: int) -> list[Path]:
    """`count` val photos, as many of each class, evenly spaced and class after class in turn."""
    classes: dict[str, list[Path]] = {}
    for path in photos_of(name, "val"):
        classes.setdefault(path.parent.name, []).append(path)
    chosen = []
    for place, files in enumerate(classes.values()):
        share = count // len(classes) + (place < count % len(classes))
        chosen.append([files[number * len(files) // share] for number in range(share)])
    longest = max(map(len, chosen))
    return [files[number] for number in range(longest) for files in chosen if number < len(files)]


def kept_at(cache: Path, name: str, photo: Path) -> Path:
    relative = photo.relative_to(data_folder() / name).as_posix()
    return cache / name / (relative.replace("/", "__") + ".npy")


def cluster_each(cache: Path, count: int, part: tuple[int, int]) -> None:
    """Clusters each photo on its own with the profile `balanced`."""
    both = zip(*(spread_over_classes(name, count) for name in SETS), strict=True)
    jobs = [(name, photo) for pair in both for name, photo in zip(SETS, pair, strict=True)]
    for name, photo in jobs[part[0] :: part[1]]:
        kept = kept_at(cache, name, photo)
        if kept.is_file():
            continue
        kept.parent.mkdir(parents=True, exist_ok=True)
        started_s = time.process_time()
        found = cluster_photo(read_photo(photo), "balanced")
        np.save(kept, found.labels)
        spent_s = time.process_time() - started_s
        print(f"{kept.stem}: {found.clusters[-1]} clusters, {found.steps} steps, {spent_s:.1f} s", flush=True)


def per_photo_maps(cache: Path, name: str) -> Iterator[tuple[Path, NDArray[np.uint8]]]:
    for photo in photos_of(name, "val"):
        kept = kept_at(cache, name, photo)
        if kept.is_file():
            yield photo, np.load(kept, allow_pickle=False)


def compare(graph: Path, cache: Path) -> None:
    """Prints one row a set: agreement, numbers of clusters, and milliseconds of processor time a look."""
    network = Network(NETWORK, graph.read_bytes(), "cpu", 1)
    print("| set | photos | adjusted Rand index | clusters, one look | clusters, per photo | one look, ms of a core |")
    print("|---|---|---|---|---|---|")
    for name in SETS:
        rows = []
        for photo, wanted in per_photo_maps(cache, name):
            image = prepare_for_clustering(read_photo(photo), SETTINGS)
            started_s = time.process_time()
            clusters = network.run(image)["clusters"][0]  # (h, w)
            spent_s = time.process_time() - started_s
            agreement = adjusted_rand_index(resize_clusters(clusters, (wanted.shape[0], wanted.shape[1])), wanted)
            rows.append((agreement, len(np.unique(clusters)), len(np.unique(wanted)), 1000 * spent_s))
        values = np.array(rows)
        index, found, wanted_count, _ = values.mean(axis=0)
        print(
            f"| {name} | {len(rows)} | {index:.2f} | {found:.1f} ({values[:, 1].min():.0f}–{values[:, 1].max():.0f}) | "
            f"{wanted_count:.1f} ({values[:, 2].min():.0f}–{values[:, 2].max():.0f}) | {np.median(values[:, 3]):.0f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    training = verbs.add_parser("train")
    training.add_argument("out", type=Path)
    training.add_argument("--seed", type=int, default=0)
    each = verbs.add_parser("per-photo")
    each.add_argument("cache", type=Path)
    each.add_argument("--photos", type=int, default=50, help="of each set (default: %(default)s)")
    each.add_argument("--part", default="0/1", help="which part of how many (default: %(default)s)")
    comparing = verbs.add_parser("compare")
    comparing.add_argument("graph", type=Path)
    comparing.add_argument("cache", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.verb == "train":
        train(options.out, options.seed)
    elif options.verb == "per-photo":
        number, parts = map(int, options.part.split("/"))
        cluster_each(options.cache, options.photos, (number, parts))
    else:
        compare(options.graph, options.cache)


if __name__ == "__main__":
    main()
