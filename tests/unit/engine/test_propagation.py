"""Feature-affinity propagation, against loops and by its properties."""

import numpy as np
import pytest

from engine.localization.propagation import propagate, transition


def literal_walk(values: np.ndarray, features: np.ndarray, power: int, steps: int) -> np.ndarray:
    cells = [features[:, y, x] for y in range(values.shape[0]) for x in range(values.shape[1])]
    mean = np.mean(cells, axis=0)
    walked = list(values.reshape(-1).astype(float))
    for _ in range(steps):
        after = []
        for here in range(len(cells)):
            weights = []
            for there in range(len(cells)):
                a, b = cells[here] - mean, cells[there] - mean
                cosine = float(a @ b) / (np.linalg.norm(a) * np.linalg.norm(b))
                weights.append(1.0 if here == there else max(0.0, cosine) ** power)
            after.append(sum(w * v for w, v in zip(weights, walked, strict=True)) / sum(weights))
        walked = after
    return np.array(walked).reshape(values.shape)


@pytest.mark.parametrize(("power", "steps"), [(1, 1), (3, 2), (6, 8), (7, 1)])
def test_it_is_the_walk_written_out(power: int, steps: int) -> None:
    generator = np.random.default_rng(power)
    features = generator.normal(size=(5, 3, 4)).astype(np.float32)
    values = generator.random((3, 4)).astype(np.float32)
    found = propagate(values, transition(features, power), steps)
    assert np.allclose(found, literal_walk(values, features, power, steps), atol=1e-5)


def test_a_peak_spreads_over_the_object_and_not_over_the_ground() -> None:
    features = np.zeros((2, 8, 8), np.float32)
    features[0, 2:6, 2:6] = 1.0
    features[1] = 1.0 - features[0]
    values = np.zeros((8, 8), np.float32)
    values[3, 3] = 1.0
    found = propagate(values, transition(features, 6), 4)
    assert found[2:6, 2:6].min() > 100 * found[0].max()


def test_rows_add_up_and_flat_features_leave_the_map_alone() -> None:
    features = np.full((4, 3, 3), 2.0, np.float32)
    step = transition(features, 6)
    assert np.allclose(step.sum(axis=1), 1.0)
    values = np.arange(9, dtype=np.float32).reshape(3, 3)
    assert np.array_equal(propagate(values, step, 8), values)


def test_the_map_stays_within_its_range_and_shifts_with_it() -> None:
    generator = np.random.default_rng(0)
    step = transition(generator.normal(size=(16, 6, 7)).astype(np.float32), 6)
    values = generator.normal(size=(6, 7)).astype(np.float32)
    found = propagate(values, step, 8)
    assert values.min() - 1e-5 <= found.min() <= found.max() <= values.max() + 1e-5
    assert np.allclose(propagate(2 * values + 3, step, 8), 2 * found + 3, atol=1e-4)
