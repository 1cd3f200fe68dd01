"""Homogeneous-goods markets for tests: small integer values, so that ties and zeros occur all the time."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from papers.trading_networks import TradingNetwork


def market(v, world):
    """The market in which buyer ``i`` values every good at ``v[i]``."""
    world = np.asarray(world, dtype=bool)
    return TradingNetwork(np.repeat(np.asarray(v, dtype=float)[:, None], world.shape[1], axis=1), world)


def knowing_at_most_one(home, m):
    """The world in which buyer ``i`` knows only seller ``home[i]``, or nobody if that is -1."""
    return np.asarray(home, dtype=int)[:, None] == np.arange(m)


@st.composite
def markets(draw, largest=4, value=4):
    """Any world, sides of 0..largest."""
    n, m = draw(st.integers(0, largest)), draw(st.integers(0, largest))
    v = draw(hnp.arrays(np.int64, n, elements=st.integers(0, value)))
    return market(v, draw(hnp.arrays(np.bool_, (n, m))))


@st.composite
def sparse_markets(draw, largest=5, value=4):
    """Worlds in which each buyer knows one seller at most, sides of 0..largest."""
    n, m = draw(st.integers(0, largest)), draw(st.integers(0, largest))
    v = draw(hnp.arrays(np.int64, n, elements=st.integers(0, value)))
    return market(v, knowing_at_most_one(draw(hnp.arrays(np.int64, n, elements=st.integers(-1, m - 1))), m))


def random_market(rng, n, m, q):
    """Real values in [0, 1) and a world of density ``q``."""
    return market(rng.random(n), rng.random((n, m)) < q)


def random_sparse_market(rng, n, m, ties=False):
    """Each buyer knows one seller at most, some nobody; values real, or from 0..7 with many ties."""
    home = np.where(rng.random(n) < rng.random() / 2, -1, rng.integers(0, m, n))
    return market(rng.integers(0, 8, n) if ties else rng.random(n), knowing_at_most_one(home, m))
