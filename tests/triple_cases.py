"""Three-dimensional assignment problems for tests: small, with integer values of both signs, and a brute force."""

from functools import cache

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests import market_cases  # noqa: F401 - no test here is about time


@st.composite
def tables(draw, largest=4, value=4):
    """Values (X, Y, Z) in -value..value; sides of 0..largest."""
    shape = tuple(draw(st.integers(0, largest)) for _ in range(3))
    return draw(hnp.arrays(np.int64, shape, elements=st.integers(-value, value))).astype(float)


def best_total(values, count=None):
    """Largest total value of disjoint triples (of `count` of them), by trying all; -inf if there are too few agents."""
    size = values.shape

    @cache
    def best(x, seconds, thirds, left):
        if left == 0 or x == size[0]:
            return 0.0 if left == 0 or count is None else -np.inf
        total = best(x + 1, seconds, thirds, left)
        for y in range(size[1]):
            for z in range(size[2]):
                if not seconds >> y & 1 and not thirds >> z & 1:
                    total = max(total, values[x, y, z] + best(x + 1, seconds | 1 << y, thirds | 1 << z, left - 1))
        return total

    return best(0, 0, 0, min(size) if count is None else count)


def uncovered(values, prices, more=0.0):
    """By how much prices of the agents (and of a triple) leave some triple uncovered, at most."""
    first, second, third = prices
    return (values - first[:, None, None] - second[:, None] - third - more).max(initial=0.0)


def assert_disjoint(triples):
    """No agent is in two triples."""
    for side in zip(*triples, strict=True):
        assert len(set(side)) == len(side)


def round_trips(n, seed):
    """Random values .3 + U, less .7 per length of the round trip courier - store - buyer - courier."""
    rng = np.random.default_rng(seed)
    buyers, stores, couriers = rng.random((3, n, 2))
    values = 0.3 + rng.random((n, n))

    def distance(a, b):
        return np.linalg.norm(a[:, None] - b, axis=2)

    trips = distance(buyers, stores)[:, :, None] + distance(stores, couriers) + distance(buyers, couriers)[:, None]
    return values[:, :, None] - 0.7 * trips
