"""An equilibrium with tips, constructed: one always exists."""

import time

import numpy as np

from common.markets.assignment import smallest_efficient_matching
from papers.delivery_tips.market import DeliveryOutcome, ThreeSidedMarket
from papers.delivery_tips.support import (
    least_cost_transactions,
    supporting_equilibrium,
    supporting_equilibrium_without_tips,
)


def construct_equilibrium(market: ThreeSidedMarket) -> DeliveryOutcome:
    r"""Construct an equilibrium in polynomial time; nobody tips if there are couriers enough (dossier P4, A5).

    The paper claims (abstract) that with tips an equilibrium always exists. Under the formalisation of this companion
    the construction proves it. Take the smallest maximum-weight matching of buyers and stores for the values :math:`V`.
    If there are couriers for all its orders, assign them at the least cost: an equilibrium without tips (P2). Otherwise
    keep as many of its orders as there are couriers, those of the largest value. Now nobody is idle, rents have no
    upper limit, and with rents above every value no tip draws a courier to another order: whatever the orders, they
    are an equilibrium with tips (P5).

    Parameters
    ----------
    market : ThreeSidedMarket
        The market; any side may be empty.

    Returns
    -------
    DeliveryOutcome
        An equilibrium, not the best one: its status is ``"feasible"``, its bound infinite and its gap NaN.

    Examples
    --------
    >>> outcome = construct_equilibrium(ThreeSidedMarket([[5, 1], [1, 4]], [[[1, 1], [1, 1]]]))
    >>> outcome.transactions, outcome.welfare
    (((0, 0, 0),), 4.0)
    """
    begin = time.perf_counter()
    matching = smallest_efficient_matching(market.V)
    buyers = np.flatnonzero(matching >= 0)
    orders = np.stack([buyers, matching[buyers]])
    if buyers.size <= market.n_couriers:
        tau = least_cost_transactions(market, orders)
        equilibrium = supporting_equilibrium_without_tips(market, tau)
    else:
        dearest = np.argsort(-market.V[orders[0], orders[1]], kind="stable")[: market.n_couriers]
        tau = least_cost_transactions(market, orders[:, dearest])
        equilibrium = supporting_equilibrium(market, tau)
    seconds = time.perf_counter() - begin
    return DeliveryOutcome(True, market.welfare(tau), tau, equilibrium, np.inf, np.nan, "feasible", seconds)
