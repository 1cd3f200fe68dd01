"""Introductions without a guarantee: the whole optimal matching, greedy, local search."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.markets.assignment import PriceConvention, max_weight_matching
from papers.trading_networks.cardinality import cardinality_sweep
from papers.trading_networks.network import PlatformOutcome, TradingNetwork
from papers.trading_networks.revenue import platform_revenue


def full_match(net: TradingNetwork, which: PriceConvention = "max") -> PlatformOutcome:
    """Introduce every non-world pair of an efficient matching of all pairs.

    Parameters
    ----------
    net : TradingNetwork
        The market. With several efficient matchings (homogeneous goods) it is arbitrary which one is taken.
    which : {"max", "min", "midpoint"}
        Which equilibrium prices form.

    Returns
    -------
    PlatformOutcome
        Efficient, with the bound :math:`W^*`.
    """
    begin = time.perf_counter()
    x = max_weight_matching(net.values)
    pairs = [(int(i), int(x[i])) for i in np.flatnonzero(x >= 0)]
    return _finished(net, platform_revenue(net, pairs, which), begin)


def greedy(net: TradingNetwork, which: PriceConvention = "max") -> PlatformOutcome:
    """Introduce, one by one, the pair that adds most revenue, until none does.

    Parameters
    ----------
    net : TradingNetwork
        The market.
    which : {"max", "min", "midpoint"}
        Which equilibrium prices form.

    Returns
    -------
    PlatformOutcome
        With the bound :math:`W^*`.
    """
    begin = time.perf_counter()

    def additions(pairs: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
        for i, j in np.argwhere(_worthwhile(net) & ~pairs):
            yield _with(pairs, i, j)

    return _finished(net, _climb(net, platform_revenue(net, [], which), additions, which), begin)


def local_search(
    net: TradingNetwork,
    start: ArrayLike | Iterable[tuple[int, int]] | None = None,
    which: PriceConvention = "max",
) -> PlatformOutcome:
    """Improve introductions by adding, dropping or exchanging one pair, always the best such step.

    Parameters
    ----------
    net : TradingNetwork
        The market.
    start : ndarray of bool, shape (n, m), or iterable of (int, int), optional
        Introductions to begin with; those of :func:`cardinality_sweep` by default, so that its guarantee holds.
    which : {"max", "min", "midpoint"}
        Which equilibrium prices form.

    Returns
    -------
    PlatformOutcome
        A local optimum, with the bound :math:`W^*`.

    Raises
    ------
    ValueError
        If ``start`` does not fit the market.
    """
    begin = time.perf_counter()

    def steps(pairs: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
        for i, j in np.argwhere(pairs):
            without = pairs.copy()
            without[i, j] = False
            yield without
        for i, j in np.argwhere(_worthwhile(net) & ~pairs):
            exchanged = pairs.copy()
            exchanged[i, :] = exchanged[:, j] = False
            yield _with(exchanged, i, j)

    begin_with = cardinality_sweep(net).introduced if start is None else start
    return _finished(net, _climb(net, platform_revenue(net, begin_with, which), steps, which), begin)


def _worthwhile(net: TradingNetwork) -> NDArray[np.bool_]:
    return ~net.world & (net.values > 0)


def _with(pairs: NDArray[np.bool_], i: int, j: int) -> NDArray[np.bool_]:
    more = pairs.copy()
    more[i, j] = True
    return more


def _climb(
    net: TradingNetwork,
    outcome: PlatformOutcome,
    steps: Callable[[NDArray[np.bool_]], Iterator[NDArray[np.bool_]]],
    which: PriceConvention,
) -> PlatformOutcome:
    """Take the best step for as long as it earns more than rounding error."""
    tol = 1e-9 * net.values.max(initial=0.0)
    while True:
        following = (platform_revenue(net, pairs, which) for pairs in steps(outcome.introduced))
        best = max(following, key=lambda candidate: candidate.revenue, default=outcome)
        if best.revenue <= outcome.revenue + tol:
            return outcome
        outcome = best


def _finished(net: TradingNetwork, outcome: PlatformOutcome, begin: float) -> PlatformOutcome:
    return replace(outcome, bound=net.optimal_welfare, seconds=time.perf_counter() - begin)
