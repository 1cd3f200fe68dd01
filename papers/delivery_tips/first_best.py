r"""The first best: the largest welfare of any transactions, whether or not an equilibrium supports them.

.. math:: \mathrm{FB}=\max_\tau\sum_{(b,s,c)\in\tau}(V_{bs}-K_{cbs})

over sets of disjoint triples, a three-dimensional assignment problem. It bounds the welfare of every equilibrium, as
does its linear relaxation, whose value equals FB exactly where an efficient equilibrium without any compensation exists
(dossier P7, under the formalisation of this companion).
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.markets.three_dimensional import linear_relaxation, three_dimensional_assignment
from papers.delivery_tips.market import ThreeSidedMarket, Transactions

Utilities = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class FirstBest:
    """Transactions of the largest welfare, and what the linear relaxation says about them.

    Attributes
    ----------
    welfare : float
        Welfare of the transactions, in money, ``>= 0``.
    transactions : tuple of (int, int, int)
        Buyer, store and courier of each delivery, sorted.
    linear_value : float
        Value of the linear relaxation in money, an upper bound.
    duals : (ndarray, ndarray, ndarray)
        Its shadow prices of buyers (B,), stores (S,) and couriers (C,), in money, ``>= 0``: together at least
        :math:`V_{bs}-K_{cbs}` for every triple.
    bound : float
        Proven upper bound on the welfare, in money.
    gap : float
        ``bound - welfare`` relative to the welfare (to 1 if that is 0).
    status : str
        ``"optimal"`` or ``"time limit"``.
    seconds : float
        Wall-clock time.
    """

    welfare: float
    transactions: Transactions
    linear_value: float
    duals: Utilities
    bound: float
    gap: float
    status: str
    seconds: float

    @property
    def exists(self) -> bool:
        """True: some transactions are always best."""
        return True

    @property
    def linear_gap(self) -> float:
        """``linear_value - welfare`` relative to the welfare (to 1 if that is 0)."""
        return (self.linear_value - self.welfare) / (abs(self.welfare) or 1.0)


def first_best(market: ThreeSidedMarket, *, time_limit: float = 60.0, gap: float = 1e-7, threads: int = 1) -> FirstBest:
    """Compute the first best and its linear relaxation.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    time_limit : float
        Seconds for the integer programme, ``> 0``.
    gap : float
        Relative gap at which the search stops, ``>= 0``.
    threads : int
        Threads of the solver, ``>= 1``.

    Returns
    -------
    FirstBest

    Raises
    ------
    ValueError
        If an option is out of range.

    Examples
    --------
    Three sides that each want another partner: the relaxation promises half a unit too much.

    >>> market = ThreeSidedMarket([[6, 6], [0, 5]], [[[4, 0], [0, 6]], [[1, 2], [3, 3]]])
    >>> best = first_best(market)
    >>> best.welfare, best.transactions, best.linear_value
    (6.0, ((0, 1, 0),), 6.5)
    """
    begin = time.perf_counter()
    relaxation = linear_relaxation(market.surplus)
    best = three_dimensional_assignment(market.surplus, time_limit=time_limit, gap=gap, threads=threads)
    y, u, p = relaxation.duals
    tau = market.check_transactions((b, s, c) for c, b, s in best.triples)
    welfare = market.welfare(tau)
    bound = max(min(best.bound, relaxation.value), welfare)
    relative = (bound - welfare) / (abs(welfare) or 1.0)
    return FirstBest(
        welfare, tau, relaxation.value, (u, p, y), bound, relative, best.status, time.perf_counter() - begin
    )
