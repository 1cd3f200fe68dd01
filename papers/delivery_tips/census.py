"""Every equilibrium outcome of a tiny market, by going through all sets of disjoint triples."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from papers.delivery_tips.conditions import equilibrium_conditions
from papers.delivery_tips.market import DeliveryEquilibrium, DeliveryOutcome, ThreeSidedMarket, Transactions
from papers.delivery_tips.support import sum_tolerance, supporting_equilibrium, supporting_equilibrium_without_tips
from papers.delivery_tips.transactions import count_transactions, order_sets

MAX_SETS = 100_000


def enumerate_equilibria(
    market: ThreeSidedMarket, *, tips: bool = True, budget_balanced: bool = False
) -> tuple[DeliveryOutcome, ...]:
    r"""List every set of transactions that some payments make an equilibrium (dossier A7).

    In an equilibrium couriers carry their orders at the least cost (condition (a) of
    :mod:`papers.delivery_tips.support`), so for given orders only the cheapest assignments of couriers are candidates.
    By duality payments that support one of them support all; hence a set of orders is decided once, by two assignment
    problems, and by a linear programme for a balanced budget.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market, with at most 100,000 sets of disjoint triples (4 x 4 x 6 has 22,417).
    tips : bool
        Whether tips are allowed.
    budget_balanced : bool
        Whether prices must cover compensations: :math:`\sum_{bs}w_{bs}\le\sum_sp_s`.

    Returns
    -------
    tuple of DeliveryOutcome
        By falling welfare, then by transactions; each with payments that support it. ``bound`` is the largest welfare
        of them all, and the status is ``"optimal"`` for the outcomes that attain it and ``"feasible"`` for the others.
        Empty if there is no equilibrium.

    Raises
    ------
    ValueError
        If the market is too large.

    Examples
    --------
    >>> market = ThreeSidedMarket([[5, 1], [1, 4]], [[[1, 1], [1, 1]]])
    >>> [(outcome.welfare, outcome.transactions) for outcome in enumerate_equilibria(market)]
    [(4.0, ((0, 0, 0),)), (3.0, ((1, 1, 0),)), (0.0, ((0, 1, 0),)), (0.0, ((1, 0, 0),))]
    """
    sets = count_transactions(market.shape)
    if sets > MAX_SETS:
        raise ValueError(f"market must have at most {MAX_SETS} sets of transactions, given {market.shape} with {sets}")
    candidates: dict[int, NDArray[np.intp]] = {}
    found: list[tuple[float, DeliveryEquilibrium]] = []
    for orders in order_sets(*market.shape):
        if len(orders) not in candidates:
            candidates[len(orders)] = np.array(list(permutations(range(market.n_couriers), len(orders))), dtype=np.intp)
        cheapest = list(_cheapest(market, orders, candidates[len(orders)]))
        equilibrium = _support(market, cheapest[0], tips, budget_balanced)
        if equilibrium is not None:
            found += [(market.welfare(tau), replace(equilibrium, transactions=tau)) for tau in cheapest]
    best, step = max((welfare for welfare, _ in found), default=np.nan), sum_tolerance(market) or 1.0
    # Sums that differ by rounding alone are one welfare.
    found.sort(key=lambda pair: (round((best - pair[0]) / step), pair[1].transactions))
    return tuple(_outcome(welfare, equilibrium, best, step) for welfare, equilibrium in found)


def _cheapest(
    market: ThreeSidedMarket, orders: tuple[tuple[int, int], ...], couriers: NDArray[np.intp]
) -> Iterator[Transactions]:
    """Assign couriers (a row each way to do it) to the orders at the least cost, in every way."""
    b, s = np.array(orders, dtype=np.intp).reshape(-1, 2).T
    costs = market.K[couriers, b, s].sum(axis=1)
    for row in couriers[costs <= costs.min() + sum_tolerance(market, costs.min())].tolist():
        yield tuple((*order, c) for order, c in zip(orders, row, strict=True))


def _support(
    market: ThreeSidedMarket, tau: Transactions, tips: bool, budget_balanced: bool
) -> DeliveryEquilibrium | None:
    equilibrium = (supporting_equilibrium if tips else supporting_equilibrium_without_tips)(market, tau)
    if equilibrium is None or not budget_balanced:
        return equilibrium
    conditions = equilibrium_conditions(market, tau, tips=tips, budget_balanced=True)
    x = conditions.solve().x
    return None if x is None else conditions.equilibrium(x)


def _outcome(welfare: float, equilibrium: DeliveryEquilibrium, best: float, step: float) -> DeliveryOutcome:
    gap = (best - welfare) / (abs(welfare) or 1.0)
    status = "optimal" if best - welfare <= step else "feasible"
    return DeliveryOutcome(True, welfare, equilibrium.transactions, equilibrium, best, gap, status)
