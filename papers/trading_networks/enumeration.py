"""Exact revenue by trying all introductions: the reference for small markets."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations
from typing import Literal

import numpy as np

from common.markets.assignment import PriceConvention
from papers.trading_networks.network import PlatformOutcome, TradingNetwork
from papers.trading_networks.revenue import platform_revenue

Pairs = tuple[tuple[int, int], ...]

MAX_SETS = 1 << 20


def enumerate_revenue(
    net: TradingNetwork,
    which: PriceConvention = "max",
    introductions: Literal["matchings", "all"] = "matchings",
) -> PlatformOutcome:
    r"""Compute the largest revenue over all sets of introductions, and the largest welfare among the optima.

    Parameters
    ----------
    net : TradingNetwork
        The market; small: 6 x 6 takes about a second, and more than a million sets are refused.
    which : {"max", "min", "midpoint"}
        Which equilibrium prices form.
    introductions : {"matchings", "all"}
        Matchings of non-world pairs of positive value, or every set of such pairs. At maximum prices the optimum is
        the same (dossier S1); at other prices more competition can pay.

    Returns
    -------
    PlatformOutcome
        With ``bound`` equal to ``revenue`` and ``welfare_is_largest``.

    Raises
    ------
    ValueError
        If ``introductions`` is unknown or there are too many sets.
    """
    if introductions not in ("matchings", "all"):
        raise ValueError(f"introductions must be 'matchings' or 'all', given {introductions!r}")
    begin = time.perf_counter()
    pairs = tuple((int(i), int(j)) for i, j in np.argwhere(~net.world & (net.values > 0)))
    if introductions == "all" and len(pairs) > 20:
        raise ValueError(f"introductions='all' takes at most 20 pairs, given {len(pairs)}")
    tol = 1e-9 * net.values.max(initial=0.0)
    best = platform_revenue(net, [], which)
    sets = matchings(pairs) if introductions == "matchings" else _subsets(pairs)
    for tried, introduced in enumerate(sets):
        if tried >= MAX_SETS:
            raise ValueError(f"net must have at most {MAX_SETS} sets of introductions, given more")
        # Nobody pays more than her value, so what follows cannot earn more than this.
        if sum(net.values[pair] for pair in introduced) < best.revenue - tol:
            continue
        outcome = platform_revenue(net, introduced, which)
        ahead = outcome.revenue - best.revenue
        if ahead > tol or (ahead > -tol and outcome.welfare > best.welfare + tol):
            best = outcome
    return replace(best, bound=best.revenue, seconds=time.perf_counter() - begin, welfare_is_largest=True)


def matchings(pairs: Pairs) -> Iterator[Pairs]:
    """List every matching that uses only the given pairs, the empty one included.

    Parameters
    ----------
    pairs : tuple of (int, int)
        Pairs ``(buyer, seller)``.

    Yields
    ------
    tuple of (int, int)
    """
    if not pairs:
        yield ()
        return
    (i, j), rest = pairs[0], pairs[1:]
    for matching in matchings(tuple(pair for pair in rest if pair[0] != i and pair[1] != j)):
        yield ((i, j), *matching)
    yield from matchings(rest)


def _subsets(pairs: Pairs) -> Iterator[Pairs]:
    return chain.from_iterable(combinations(pairs, size) for size in range(len(pairs) + 1))
