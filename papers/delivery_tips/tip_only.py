r"""Efficient equilibria in which tips alone pay the couriers (P7, P8).

An equilibrium with zero compensations is, by P1 with :math:`w=0`, an integral optimum of the linear relaxation of the
three-dimensional assignment problem together with an optimal dual solution :math:`(u,p,y)`. So an efficient one exists
iff the relaxation has no gap (P7), and it does whenever the surplus splits along a path of the three sides (P8): then a
single assignment problem yields the transactions and the dual. Served orders carry the tip
:math:`t_{bs}=V_{bs}-p_s-u_b`; the tip of any other order lies in

.. math:: \max\{0,V_{bs}-p_s-u_b\}\le t_{bs}\le\min_c(K_{cbs}+y_c),

without an upper end if there is no courier.
"""

import time

import numpy as np
from numpy.typing import NDArray

from common.markets.three_dimensional import chain_assignment
from papers.delivery_tips.families import decompose
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import Family
from papers.delivery_tips.market import DeliveryEquilibrium, DeliveryOutcome, ThreeSidedMarket, Transactions

_GAP = 1e-7  # relative difference of first best and relaxation below which they are the same number

Duals = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def tip_only_equilibrium(
    market: ThreeSidedMarket, *, family: Family | None = None, time_limit: float = 60.0
) -> DeliveryOutcome:
    """Find an efficient equilibrium without compensations, in polynomial time if the surplus splits along a path.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    family : {"T1", "T2", "T3", "T4", "T5"}, optional
        The family the market is declared to be of; this is checked. By default it is detected, and a market of no
        family is solved by the exact first best and the duals of the linear relaxation.
    time_limit : float
        Seconds for the exact first best, ``> 0``; not needed for a market of a family.

    Returns
    -------
    DeliveryOutcome
        ``"optimal"`` with its certificate, or missing: with the gap of the relaxation as the reason, or because the
        time did not suffice to tell.

    Raises
    ------
    ValueError
        If the market is not of the declared family, or an option is out of range.

    Examples
    --------
    >>> market = ThreeSidedMarket([[5, 1], [1, 4]], [[[1, 1], [1, 1]]])
    >>> tip_only_equilibrium(market).transactions
    ((0, 0, 0),)
    """
    if not time_limit > 0:
        raise ValueError(f"time_limit must be > 0, given {time_limit}")
    begin = time.perf_counter()
    chain = decompose(market, family=family)
    if chain is not None:
        assignment = chain_assignment(chain.left, chain.right)
        duals = dict(zip(chain.sides, assignment.prices, strict=True))
        return _outcome(
            market,
            chain.transactions(assignment.triples),
            (duals["buyers"], duals["stores"], duals["couriers"]),
            begin,
        )
    if family is not None:
        raise ValueError(f"market must be of the declared family {family}, given one whose surplus does not split so")
    best = first_best(market, time_limit=time_limit)
    gap, seconds = best.linear_value - best.welfare, time.perf_counter() - begin
    if gap <= _GAP * max(best.linear_value, market.V.max(initial=0.0)):
        return _outcome(market, best.transactions, best.duals, begin)
    if best.status != "optimal":
        return DeliveryOutcome.missing(f"{best.status}: the first best is not known", seconds)
    return DeliveryOutcome.missing(
        f"the linear relaxation has the gap {gap:.6g} (first best {best.welfare:.6g}), so no efficient equilibrium"
        " is paid by tips alone (P7)",
        seconds,
    )


def tip_only_payments(market: ThreeSidedMarket, transactions: Transactions, duals: Duals) -> DeliveryEquilibrium:
    """Read prices and tips off a dual solution of the linear relaxation (P1 without compensations).

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    transactions : tuple of (int, int, int)
        A first best whose value is that of the relaxation.
    duals : tuple of ndarray of float, shapes (B,), (S,), (C,)
        An optimal dual solution in money: utilities of buyers, prices of stores, rents of couriers.

    Returns
    -------
    DeliveryEquilibrium
        With the least tips of orders that are not served.
    """
    utilities, prices, rents = duals
    tips = np.maximum(market.V - prices - utilities[:, None], 0.0)
    # The courier's side of a served order; the buyer's is the same number up to the rounding of the duals.
    for b, s, c in transactions:
        tips[b, s] = market.K[c, b, s] + rents[c]
    return DeliveryEquilibrium(prices, np.zeros_like(tips), tips, transactions)


def _outcome(market: ThreeSidedMarket, transactions: Transactions, duals: Duals, begin: float) -> DeliveryOutcome:
    equilibrium = tip_only_payments(market, transactions, duals)
    welfare = market.welfare(transactions)
    return DeliveryOutcome(
        True, welfare, transactions, equilibrium, welfare, 0.0, "optimal", time.perf_counter() - begin
    )
