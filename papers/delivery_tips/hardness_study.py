"""Hard in general, easy on a path: the matchings hidden in markets, the tractable families, and trips in a city."""

from collections.abc import Iterable, Sequence
from typing import get_args

import numpy as np
import pandas as pd

from common.markets.three_dimensional import linear_relaxation
from common.stats import spawn_generators
from papers.delivery_tips.bounded import bounded_first_best
from papers.delivery_tips.city import random_city
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import (
    Family,
    family_market,
    random_triples,
    three_dimensional_matching_market,
    uniform_market,
)
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.tip_only import tip_only_equilibrium
from papers.delivery_tips.verification import check_equilibrium
from papers.delivery_tips.with_tips import with_tip_optimum
from papers.delivery_tips.without_tips import without_tip_optimum

GAP = 1e-6
"""Relative excess of the linear value over the first best that counts as a gap."""
_LARGEST_COUNT = 12
"""Agents on a side up to which sets of stores and couriers can be counted out."""
_COUNTED = 8
"""Agents on a side up to which the study does so."""


def largest_matching(n: int, triples: Iterable[Sequence[int]]) -> int:
    """Count a largest 3-dimensional matching without any optimisation: by the sets of partners that can be used up.

    Buyer after buyer, the sets of stores and couriers that the first buyers can use up are listed; the answer is the
    largest number of stores in a set.

    Parameters
    ----------
    n : int
        Agents on each side, 0..12; there are up to ``4**n`` sets.
    triples : iterable of (int, int, int)
        Buyer, store and courier of each triple that may be matched, in ``0..n-1``.

    Returns
    -------
    int
        Number of triples in a largest matching, ``0..n``.

    Raises
    ------
    ValueError
        If ``n`` is out of range or a triple names nobody.
    """
    if not 0 <= n <= _LARGEST_COUNT:
        raise ValueError(f"n must be in 0..{_LARGEST_COUNT}, given {n}")
    chosen = np.array(list(triples), dtype=np.intp).reshape(-1, 3)
    if ((chosen < 0) | (chosen >= n)).any():
        raise ValueError(f"triples must name agents in 0..{n - 1}, given {chosen.tolist()}")
    used = np.zeros(1, dtype=np.int64)  # stores in the lower n bits, couriers in the upper
    for buyer in range(n):
        partners = (1 << chosen[chosen[:, 0] == buyer, 1]) | (1 << (n + chosen[chosen[:, 0] == buyer, 2]))
        free = (used[:, None] & partners) == 0
        used = np.unique(np.concatenate([used, (used[:, None] | partners)[free]]))
    return int(np.bitwise_count(used & ((1 << n) - 1)).max())


def reduction_study(
    sizes: Sequence[int], triples_per_buyer: float, draws: int, seed: int, time_limit: float = 60.0
) -> pd.DataFrame:
    """Solve markets that hide a 3-dimensional matching (P9), and count the matching where that can be done.

    Parameters
    ----------
    sizes : sequence of int
        Agents on each side, ``>= 1``.
    triples_per_buyer : float
        Expected number of triples that hold a given buyer, before a perfect matching is planted, ``>= 0``; at most the
        square of the least size.
    draws : int
        Markets of each size and kind.
    seed : int
        Seed of everything random.
    time_limit : float
        Seconds for each of the programmes.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``n``, ``planted``, ``draw``, ``linear`` (value of the relaxation), ``with_tips`` and
        ``without_tips`` (optimal welfare), ``gap`` (the larger one), ``seconds`` (of the optimum with tips),
        ``violations`` (of both equilibria) and ``counted`` (largest matching); `without_tips` and `counted` are missing
        beyond 8 agents a side.
    """
    rows = []
    for n in sizes:
        for draw, generator in enumerate(spawn_generators(seed, draws)):
            for planted in (False, True):
                triples = random_triples(n, triples_per_buyer / n**2, generator, planted)
                market = three_dimensional_matching_market(n, triples)
                row = {"n": n, "planted": planted, "draw": draw, "linear": linear_relaxation(market.surplus).value}
                rows.append({**row, **_optima(market, time_limit, counted=n <= _COUNTED)})
                if n <= _COUNTED:
                    rows[-1]["counted"] = largest_matching(n, triples)
    return pd.DataFrame(rows)


def _optima(market: ThreeSidedMarket, time_limit: float, *, counted: bool) -> dict[str, float]:
    """Solve and verify; without tips only small markets, since all matchings of equal values are candidates there."""
    tips = with_tip_optimum(market, time_limit=time_limit)
    found = {"with_tips": tips.welfare, "gap": tips.gap, "seconds": tips.seconds}
    violations = len(check_equilibrium(market, tips))
    if counted:
        without = without_tip_optimum(market, time_limit=time_limit)
        violations += len(check_equilibrium(market, without, tips=False))
        found |= {"without_tips": without.welfare, "gap": max(tips.gap, without.gap)}
    return found | {"violations": violations}


def family_study(draws: int, largest_side: int, seed: int) -> pd.DataFrame:
    """Look for an efficient equilibrium that only tips pay for, in the five families (P8) and outside them.

    Parameters
    ----------
    draws : int
        Markets of each family, and of none: independent uniform values and costs.
    largest_side : int
        Every side has 2 to this many agents.
    seed : int
        Seed of everything random; the shapes are the same in each family.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``family`` (T1 to T5, or none), ``linear_gap`` (relative), ``found`` (whether the solver found
        one) and ``verified`` (the verifier accepts it, it pays no compensation, its welfare is the first best).
    """
    rows = []
    for family in (*get_args(Family), "none"):
        for generator in spawn_generators(seed, draws):
            shape = tuple(int(size) for size in generator.integers(2, largest_side, 3, endpoint=True))
            market = uniform_market(shape, generator) if family == "none" else family_market(family, shape, generator)
            best, tips = first_best(market), tip_only_equilibrium(market)
            verified = (
                tips.exists
                and not check_equilibrium(market, tips)
                and not tips.equilibrium.compensations.any()
                and abs(tips.welfare - best.welfare) <= GAP
            )
            gap = best.linear_gap
            rows.append({"family": family, "linear_gap": gap, "found": tips.exists, "verified": verified})
    return pd.DataFrame(rows)


def trip_study(shape: tuple[int, int, int], cost_factors: Sequence[float], draws: int, seed: int) -> pd.DataFrame:
    """Compare one-way trips with round trips in the same random cities (DT-10).

    Parameters
    ----------
    shape : (int, int, int)
        Numbers of buyers, stores and couriers.
    cost_factors : sequence of float
        Costs of a unit of distance, in money.
    draws : int
        Number of cities; every cost factor sees the same ones.
    seed : int
        Seed of everything random.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``cost_factor``, ``trip`` (one-way or round), ``orders`` (transactions of the first best),
        ``linear_gap`` (relative) and ``has_gap``.
    """
    rows = []
    for cost_factor in cost_factors:
        for generator in spawn_generators(seed, draws):
            city = random_city(shape, generator, cost_factor=cost_factor)
            for trip, market in (("one-way", city.one_way()), ("round", city.round_trip())):
                rows.append({"cost_factor": cost_factor, "trip": trip, **_gap(market)})
    return pd.DataFrame(rows)


def _gap(market: ThreeSidedMarket) -> dict[str, float | bool]:
    best = first_best(market)
    return {"orders": len(best.transactions), "linear_gap": best.linear_gap, "has_gap": best.linear_gap > GAP}


def search_study(size: int, cost_factors: Sequence[float], draws: int, seed: int) -> pd.DataFrame:
    """Hold local search and the exact method against the linear bound, for round trips in a city (DT-15).

    Parameters
    ----------
    size : int
        Number of buyers, of stores and of couriers.
    cost_factors : sequence of float
        Costs of a unit of distance, in money.
    draws : int
        Number of cities at each cost factor.
    seed : int
        Seed of everything random.

    Returns
    -------
    pandas.DataFrame
        A row a city: ``cost_factor``, ``orders`` (of the first best), ``search`` and ``exact`` (welfare of the local
        search and of the first best as shares of the linear bound; 1 where nothing is worth a trip) and ``proven``
        (whether the exact method proved its answer optimal).
    """
    rows = []
    for cost_factor in cost_factors:
        for generator in spawn_generators(seed, draws):
            market = random_city((size,) * 3, generator, cost_factor=cost_factor).round_trip()
            found, best = bounded_first_best(market, generator), first_best(market)
            rows.append(
                {
                    "cost_factor": cost_factor,
                    "orders": len(best.transactions),
                    "search": found.welfare / found.bound if found.bound > 0 else 1.0,
                    "exact": best.welfare / best.linear_value if best.linear_value > 0 else 1.0,
                    "proven": best.status == "optimal",
                }
            )
    return pd.DataFrame(rows)
