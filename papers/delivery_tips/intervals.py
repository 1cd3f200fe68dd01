"""How far prices, tips, rents and utilities can move while the transactions stay an equilibrium."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from papers.delivery_tips.conditions import EquilibriumConditions, equilibrium_conditions
from papers.delivery_tips.market import ThreeSidedMarket


@dataclass(frozen=True, eq=False)
class PaymentIntervals:
    """Smallest and largest value, over all equilibria with the same transactions, of each payment by itself.

    Every array ends in an axis of two: the smallest and the largest value, in money; the largest may be infinite. All
    intervals are closed, and every value in between is that of some equilibrium, as the equilibria with the same
    transactions are a convex set.

    Attributes
    ----------
    prices : ndarray of float, shape (S, 2)
        Price of each store.
    compensations : ndarray of float, shape (B, S, 2)
        Compensation of each order; 0 if it is not transacted.
    tips : ndarray of float, shape (B, S, 2)
        Tip quoted for each order.
    utilities : ndarray of float, shape (B, 2)
        Utility of each buyer.
    rents : ndarray of float, shape (C, 2)
        Rent of each courier: pay less cost.
    total_compensation : ndarray of float, shape (2,)
        What the platform pays altogether.
    total_tips : ndarray of float, shape (2,)
        Tips that are paid altogether: those of transacted orders.
    """

    prices: NDArray[np.float64]
    compensations: NDArray[np.float64]
    tips: NDArray[np.float64]
    utilities: NDArray[np.float64]
    rents: NDArray[np.float64]
    total_compensation: NDArray[np.float64]
    total_tips: NDArray[np.float64]


def payment_intervals(
    market: ThreeSidedMarket,
    transactions: Iterable[Sequence[int]],
    *,
    tip_only: bool = False,
    tips: bool = True,
) -> PaymentIntervals | None:
    """Compute the interval of every payment and utility in the equilibria with given transactions (dossier A8).

    Two linear programmes for every number that can move, over the polyhedron of
    :func:`~papers.delivery_tips.conditions.equilibrium_conditions`: for teaching-size markets.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    transactions : iterable of (int, int, int)
        Buyer, store and courier of each delivery, disjoint.
    tip_only : bool
        Whether tips alone pay the couriers.
    tips : bool
        Whether tips are allowed.

    Returns
    -------
    PaymentIntervals or None
        None if the transactions are no equilibrium outcome of this kind.

    Raises
    ------
    ValueError
        If a triple is malformed or two of them overlap.
    ArithmeticError
        If the solver fails.

    Examples
    --------
    A scarce courier earns, by tips alone, between the surplus of the best unserved order and that of the served one.

    >>> market = ThreeSidedMarket([[5, 1], [1, 4]], [[[1, 1], [1, 1]]])
    >>> payment_intervals(market, [(0, 0, 0)], tip_only=True).rents
    array([[3., 4.]])
    """
    conditions = equilibrium_conditions(market, transactions, tips=tips, tip_only=tip_only)
    if conditions.solve().status == "infeasible":
        return None
    columns = conditions.columns
    paid = [columns["tips"][b, s] for b, s, _ in conditions.transactions]
    return PaymentIntervals(
        **{kind: _each(conditions, columns[kind]) for kind in columns},
        total_compensation=_interval(conditions, columns["compensations"].ravel()),
        total_tips=_interval(conditions, paid),
    )


def _each(conditions: EquilibriumConditions, columns: NDArray[np.intp]) -> NDArray[np.float64]:
    intervals = np.zeros((columns.size, 2))
    for place, column in enumerate(columns.ravel()):
        intervals[place] = _interval(conditions, [column])
    return intervals.reshape(*columns.shape, 2)


def _interval(conditions: EquilibriumConditions, columns: Sequence[int] | NDArray[np.intp]) -> NDArray[np.float64]:
    """Smallest and largest sum of some variables of a polyhedron that is not empty."""
    c = np.zeros(conditions.upper.size)
    c[columns] = conditions.upper[columns] > 0
    if not c.any():
        return np.zeros(2)
    ends = np.empty(2)
    for end, maximise in enumerate((False, True)):
        solution = conditions.solve(c, maximise=maximise)
        if solution.status not in ("optimal", "unbounded", "unbounded or infeasible"):
            raise ArithmeticError(f"the linear programme of an interval ended with the status {solution.status!r}")
        ends[end] = solution.objective if solution.status == "optimal" else np.inf
    return ends
