"""Volumes of symmetric polymatroids against closed forms, scaling and sampling."""

from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.auctions.polymatroid import polymatroid_volume


@pytest.mark.parametrize("r", range(7))
def test_cube_and_simplex(r):
    assert polymatroid_volume(np.ones(r)) == pytest.approx(1)
    assert polymatroid_volume([1.0] + [0.0] * (r - 1) if r else []) == pytest.approx(1 / factorial(r))


def test_cut_square():
    """The square [0, a]^2 without the corner triangle beyond x + y = a + b: a^2 - (a - b)^2 / 2."""
    assert polymatroid_volume([0.7, 0.2]) == pytest.approx(0.7**2 - 0.5**2 / 2)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_sampled_points(increments):
    d = np.sort(increments)[::-1]
    x = np.random.default_rng(0).random((50_000, len(d)))
    inside = (np.cumsum(-np.sort(-x, axis=1), axis=1) <= np.cumsum(d)).all(axis=1).mean()
    assert polymatroid_volume(d) == pytest.approx(inside, abs=5 * 0.5 / np.sqrt(50_000))


def test_volume_scales_with_the_power_of_the_dimension():
    d = np.array([0.9, 0.5, 0.4, 0.1])
    assert polymatroid_volume(3 * d) == pytest.approx(3**4 * polymatroid_volume(d))


@pytest.mark.parametrize("bad", [[0.5, 0.6], [0.5, -0.1], [np.nan]])
def test_increments_that_grow_or_are_negative_are_refused(bad):
    with pytest.raises(ValueError, match="increments"):
        polymatroid_volume(bad)
