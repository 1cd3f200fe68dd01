import numpy as np
import pytest

from common.stats import spawn_generators, spawn_seeds


def test_a_longer_run_extends_a_shorter_one():
    assert spawn_seeds(7, 20)[:5] == spawn_seeds(7, 5)
    short, long = spawn_generators(7, 3), spawn_generators(7, 9)
    assert all((a.random(4) == b.random(4)).all() for a, b in zip(short, long, strict=False))


def test_seeds_differ_and_fit_a_float():
    seeds = spawn_seeds(0, 5000)
    assert len(set(seeds)) == 5000
    assert all(0 <= seed < 2**53 and int(float(seed)) == seed for seed in seeds)
    assert set(seeds).isdisjoint(spawn_seeds(1, 5000))


def test_streams_are_uncorrelated():
    # 190 pairs of streams of 4000 draws: a correlation has standard deviation 1/sqrt(4000) = 0.0158
    draws = np.array([rng.normal(size=4000) for rng in spawn_generators(3, 20)])
    off_diagonal = np.corrcoef(draws)[np.triu_indices(20, 1)]
    assert np.abs(off_diagonal).max() < 5 / np.sqrt(4000)


@pytest.mark.parametrize(("seed", "n"), [(-1, 2), (0.5, 2), (True, 2), (1, -1), (1, 1.5)])
@pytest.mark.parametrize("spawn", [spawn_seeds, spawn_generators])
def test_refuses(spawn, seed, n):
    with pytest.raises(ValueError, match="must be a whole number"):
        spawn(seed, n)
