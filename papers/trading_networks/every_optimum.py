r"""What society keeps in the worst of *all* optima of the platform, on small markets with homogeneous goods."""

import numpy as np
from numpy.typing import NDArray

from common.stats import spawn_generators
from papers.trading_networks.enumeration import matchings
from papers.trading_networks.generators import erdos_renyi_world, homogeneous_goods
from papers.trading_networks.network import TradingNetwork
from papers.trading_networks.revenue import platform_revenue

SHAPES = ((3, 2), (2, 3), (4, 2), (3, 3))
"""Numbers of buyers and sellers: more of either, and as many."""


def least_welfare_share(net: TradingNetwork) -> float:
    r"""Compute the smallest welfare among all revenue optima, as a share of :math:`W^*`.

    Every matching of introductions is tried, so that no tie is broken for the platform. (For given introductions
    all equilibria have the same welfare.) Proposition S7: 1 with homogeneous goods.

    Parameters
    ----------
    net : TradingNetwork
        The market; small, up to 4 x 4 takes under a second.

    Returns
    -------
    float
        In [0, 1]; 1 if :math:`W^*=0`.
    """
    if net.optimal_welfare == 0:
        return 1.0
    pairs = tuple((int(i), int(j)) for i, j in np.argwhere(~net.world & (net.values > 0)))
    outcomes = [platform_revenue(net, introduced) for introduced in matchings(pairs)]
    best = max(outcome.revenue for outcome in outcomes)
    tol = 1e-9 * net.values.max()
    least = min(outcome.welfare for outcome in outcomes if outcome.revenue >= best - tol)
    return float(least / net.optimal_welfare)


def homogeneous_least_welfare_shares(draws: int, seed: int) -> NDArray[np.float64]:
    """Apply :func:`least_welfare_share` to random markets with homogeneous goods of each of :data:`SHAPES`.

    Every second draw has values rounded to one digit, so that ties occur.

    Parameters
    ----------
    draws : int
        Markets of each shape, ``>= 1``.
    seed : int
        Seed of the whole study, ``>= 0``.

    Returns
    -------
    ndarray of float, shape (draws, 4)
    """
    shares = np.empty((draws, len(SHAPES)))
    for draw, rng in enumerate(spawn_generators(seed, draws)):
        for place, (n, m) in enumerate(SHAPES):
            values = homogeneous_goods(n, m, rng).round(1 if draw % 2 else 16)
            net = TradingNetwork(values, erdos_renyi_world(n, m, rng.uniform(0, 0.6), rng))
            shares[draw, place] = least_welfare_share(net)
    return shares
