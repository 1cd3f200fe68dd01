"""Who pays the couriers: the least compensation, what it buys, and what a balanced budget forbids."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from common.stats import spawn_generators
from papers.delivery_tips.census import enumerate_equilibria
from papers.delivery_tips.conditions import EquilibriumConditions, equilibrium_conditions
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import integer_market, uniform_market
from papers.delivery_tips.market import DeliveryEquilibrium, ThreeSidedMarket
from papers.delivery_tips.with_tips import with_tip_optimum


def frugal_equilibrium(
    market: ThreeSidedMarket, transactions: Iterable[Sequence[int]], *, tips: bool = True
) -> DeliveryEquilibrium:
    """Choose the payments with the least total compensation, and among those the ones that buyers like best.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    transactions : iterable of (int, int, int)
        An equilibrium outcome.
    tips : bool
        Whether tips are allowed.

    Returns
    -------
    DeliveryEquilibrium

    Raises
    ------
    ValueError
        If the transactions are no equilibrium outcome.
    """
    conditions = equilibrium_conditions(market, transactions, tips=tips)
    paid = _total(conditions, compensations=1.0)
    least = conditions.solve(paid)
    if least.status == "infeasible":
        raise ValueError(f"transactions must be an equilibrium outcome, given {conditions.transactions}")
    limited = replace(
        conditions,
        A=sparse.vstack([conditions.A, sparse.csr_array(paid[None])], format="csr"),
        row_lower=np.append(conditions.row_lower, -np.inf),
        row_upper=np.append(conditions.row_upper, least.objective + 1e-9 * market.V.max(initial=0.0)),
    )
    return conditions.equilibrium(limited.solve(_total(conditions, utilities=1.0), maximise=True).x)


def subsidy_frontier(market: ThreeSidedMarket) -> pd.DataFrame:
    r"""Compute for every equilibrium outcome the least total compensation that supports it.

    It is at least :math:`\mathrm{LP}-W(\tau)`: the utilities of P1 are feasible in the dual of the linear relaxation,
    and add up to :math:`W(\tau)+\sum w`.

    Parameters
    ----------
    market : ThreeSidedMarket
        A market small enough for the census.

    Returns
    -------
    pandas.DataFrame
        A row an outcome, by falling welfare: ``transactions``, ``welfare``, ``compensation`` and its lower ``bound``.
    """
    value = first_best(market).linear_value
    rows = []
    for outcome in enumerate_equilibria(market):
        conditions = equilibrium_conditions(market, outcome.transactions)
        least = conditions.solve(_total(conditions, compensations=1.0)).objective
        rows.append((outcome.transactions, outcome.welfare, least, max(value - outcome.welfare, 0.0)))
    return pd.DataFrame(rows, columns=["transactions", "welfare", "compensation", "bound"])


def trade_off_market() -> ThreeSidedMarket:
    """Build a market in which more welfare needs more subsidy: three agents a side, small integers.

    The best equilibrium needs more compensation than a worse one. That is rare: the market was found by going through
    random ones with values and costs from 0 to 6.

    Returns
    -------
    ThreeSidedMarket
    """
    V = [[4, 2, 6], [2, 6, 2], [6, 6, 0]]
    K = [
        [[6, 1, 3], [2, 0, 0], [0, 2, 0]],
        [[2, 4, 1], [5, 0, 5], [3, 4, 3]],
        [[0, 2, 5], [6, 5, 0], [6, 1, 1]],
    ]
    return ThreeSidedMarket(V, K)


def compensation_study(n_markets: int, side: int, seed: int) -> pd.DataFrame:
    """Compute the least compensation of the best equilibria of random markets.

    Parameters
    ----------
    n_markets : int
        Number of markets: in turn with integers from 0 to 6 and with real numbers, values and costs alike.
    side : int
        Agents on every side: gaps of the linear relaxation are frequent where the sides are equal.
    seed : int
        Seed of everything random.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``numbers``, ``linear_gap`` (linear value less first best), ``compensation`` and its lower
        ``bound`` (linear value less welfare, as in :func:`subsidy_frontier`), all relative to the largest value or cost
        that can be drawn.
    """
    rows = []
    for draw, generator in enumerate(spawn_generators(seed, n_markets)):
        numbers, unit = (("integers", 6), ("real", 1))[draw % 2]
        shape = (side, side, side)
        market = integer_market(shape, generator, unit) if numbers == "integers" else uniform_market(shape, generator)
        best, outcome = first_best(market), with_tip_optimum(market, then="least compensation")
        paid = float(outcome.equilibrium.compensations.sum())
        gap, bound = best.linear_value - best.welfare, max(best.linear_value - outcome.welfare, 0.0)
        rows.append((numbers, gap / unit, bound / unit, paid / unit))
    return pd.DataFrame(rows, columns=["numbers", "linear_gap", "bound", "compensation"])


def budget_table(markets: Mapping[str, ThreeSidedMarket]) -> pd.DataFrame:
    r"""Ask tiny markets for equilibria in which the platform's prices cover its compensations.

    Parameters
    ----------
    markets : mapping from str to ThreeSidedMarket
        Markets small enough for the census, by name.

    Returns
    -------
    pandas.DataFrame
        A row a market: outcomes by census, with and without the limit :math:`\sum w\le\sum p`; whether the programme
        finds one within it; and the ``least deficit`` :math:`\sum w-\sum p` of any equilibrium, in money, negative if
        prices can exceed compensations.
    """
    rows = {}
    for name, market in markets.items():
        outcomes = enumerate_equilibria(market)
        rows[name] = {
            "outcomes": len(outcomes),
            "budget-balanced outcomes": len(enumerate_equilibria(market, budget_balanced=True)),
            "programme finds one": with_tip_optimum(market, budget_balanced=True).exists,
            "least deficit": min(_least_deficit(market, outcome.transactions) for outcome in outcomes),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _least_deficit(market: ThreeSidedMarket, transactions: Iterable[Sequence[int]]) -> float:
    conditions = equilibrium_conditions(market, transactions)
    return conditions.solve(_total(conditions, compensations=1.0, prices=-1.0)).objective


def budget_study(n_markets: int, largest_number: int, seed: int) -> pd.DataFrame:
    """Look for markets with two buyers, two stores and 1 to 3 couriers that have no budget-balanced equilibrium.

    Parameters
    ----------
    n_markets : int
        Number of markets with integer values and costs, for 1, 2 and 3 couriers in turn.
    largest_number : int
        Largest value and cost.
    seed : int
        Seed of everything random.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``couriers`` and whether a budget-balanced equilibrium ``exists``.
    """
    rows = []
    for draw, generator in enumerate(spawn_generators(seed, n_markets)):
        market = integer_market((2, 2, 1 + draw % 3), generator, largest_number)
        rows.append((market.n_couriers, with_tip_optimum(market, budget_balanced=True).exists))
    return pd.DataFrame(rows, columns=["couriers", "exists"])


def _total(conditions: EquilibriumConditions, **weights: float) -> NDArray[np.float64]:
    """Weighted totals of some kinds of payments as an objective; what is fixed at 0 does not count."""
    objective = np.zeros(conditions.upper.size)
    for kind, weight in weights.items():
        objective[conditions.columns[kind]] = weight
    return objective * (conditions.upper > 0)
