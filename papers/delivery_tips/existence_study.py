"""When does an equilibrium exist? Random markets held against the census, the threshold and the construction."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.stats import spawn_generators
from papers.delivery_tips.census import enumerate_equilibria
from papers.delivery_tips.construction import construct_equilibrium
from papers.delivery_tips.generators import bernoulli_values, integer_market, uniform_market
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.verification import check_equilibrium
from papers.delivery_tips.without_tips import fewest_orders


def threshold_census(n_markets: int, largest_side: int, seed: int) -> pd.DataFrame:
    """Count the equilibria without tips of tiny markets and hold them against the two thresholds of P3.

    Parameters
    ----------
    n_markets : int
        Number of random markets: in turn integers from 0 to 3 (ties and zero values), and positive real numbers.
    largest_side : int
        Every side has 1 to this many agents, couriers 0 to one more.
    seed : int
        Seed of everything random.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``positive`` (all values are), ``couriers``, ``smaller_side`` (of buyers and stores),
        ``fewest_orders`` (least number of pairs in an efficient matching of both) and ``exists`` (by census).
    """
    rows = []
    for draw, generator in enumerate(spawn_generators(seed, n_markets)):
        n_buyers, n_stores = (int(size) for size in generator.integers(1, largest_side + 1, 2))
        shape = n_buyers, n_stores, int(generator.integers(0, largest_side + 2))
        market = integer_market(shape, generator, 3) if draw % 2 == 0 else uniform_market(shape, generator)
        rows.append(
            {
                "positive": bool((market.V > 0).all()),
                "couriers": market.n_couriers,
                "smaller_side": min(n_buyers, n_stores),
                "fewest_orders": fewest_orders(market.V),
                "exists": bool(enumerate_equilibria(market, tips=False)),
            }
        )
    return pd.DataFrame(rows)


def couriers_needed(n_buyers: int, n_stores: int, density: float, draws: int, seed: int) -> NDArray[np.intp]:
    """Draw markets whose values are sparse, and find how many couriers an equilibrium without tips needs.

    Parameters
    ----------
    n_buyers, n_stores : int
        Numbers of buyers and stores.
    density : float
        Probability in [0, 1] that a buyer has a value (uniform in [0, 1)) for a store; 0 otherwise.
    draws : int
        Number of markets.
    seed : int
        Seed of everything random.

    Returns
    -------
    ndarray of int, shape (draws,)
        Least number of couriers with which an equilibrium exists (P3); costs play no role.
    """
    return np.array(
        [fewest_orders(bernoulli_values((n_buyers, n_stores), density, g)) for g in spawn_generators(seed, draws)]
    )


def construction_study(n_markets: int, largest_side: int, seed: int) -> pd.DataFrame:
    """Construct an equilibrium with tips on random markets of every shape and verify each.

    Parameters
    ----------
    n_markets : int
        Number of random markets: in turn integers from 0 to 3, real numbers, and sparse real values.
    largest_side : int
        Every side has 0 to this many agents.
    seed : int
        Seed of everything random.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``numbers``, ``scarce`` (fewer couriers than an equilibrium without tips needs), ``tips``
        (whether the constructed equilibrium quotes any) and ``violations`` (that the verifier finds).
    """
    rows = []
    for draw, generator in enumerate(spawn_generators(seed, n_markets)):
        shape = tuple(int(size) for size in generator.integers(0, largest_side + 1, 3))
        numbers = ("integers", "real", "sparse")[draw % 3]
        market = _market(numbers, shape, generator)
        outcome = construct_equilibrium(market)
        rows.append(
            {
                "numbers": numbers,
                "scarce": market.n_couriers < fewest_orders(market.V),
                "tips": bool(outcome.equilibrium.tips.any()),
                "violations": len(check_equilibrium(market, outcome)),
            }
        )
    return pd.DataFrame(rows)


def _market(numbers: str, shape: tuple[int, int, int], generator: np.random.Generator) -> ThreeSidedMarket:
    if numbers == "integers":
        return integer_market(shape, generator, 3)
    return uniform_market(shape, generator, density=1.0 if numbers == "real" else 0.3)
