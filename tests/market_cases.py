"""Markets for tests: small enough to enumerate, with integer values so that ties occur all the time."""

from itertools import product

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

# No test here is about time, and a busy machine must not fail one.
settings.register_profile("untimed")
settings.load_profile("untimed")


@st.composite
def markets(draw, largest=4, least=0, value=4):
    """Values (n, m) in 0..value and a mask of the same shape; sides of least..largest."""
    shape = draw(st.integers(least, largest)), draw(st.integers(least, largest))
    values = draw(hnp.arrays(np.int64, shape, elements=st.integers(0, value)))
    return values.astype(float), draw(hnp.arrays(np.bool_, shape))


def random_market(rng, largest=4, value=4):
    """The same from a generator, for counted runs; half of them with real values, of any density."""
    n, m = rng.integers(1, largest + 1, 2)
    values = rng.integers(0, value + 1, (n, m)).astype(float) if rng.random() < 0.5 else rng.random((n, m))
    return values, rng.random((n, m)) < rng.random()


def all_matchings(mask):
    """Every matching inside the mask, as good of each buyer or -1, by trying all of them."""
    n, m = mask.shape
    for x in product(range(-1, m), repeat=n):
        sold = [j for j in x if j >= 0]
        if len(sold) == len(set(sold)) and all(j < 0 or mask[i, j] for i, j in enumerate(x)):
            yield np.array(x, dtype=int)


def value_of(V, x):
    """Total value of a matching."""
    return sum(V[i, j] for i, j in enumerate(x) if j >= 0)


def best_value(V, mask):
    """Largest total value of a matching, by trying all of them."""
    return max(value_of(V, x) for x in all_matchings(mask))
