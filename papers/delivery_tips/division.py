"""Who gets what in an equilibrium: buyers, stores, couriers and the platform."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from papers.delivery_tips.market import DeliveryEquilibrium, DeliveryOutcome, ThreeSidedMarket
from papers.delivery_tips.transactions import disjoint_transactions
from papers.delivery_tips.verification import certificate


@dataclass(frozen=True, eq=False)
class Division:
    r"""The welfare of an equilibrium, divided among everybody: buyers, stores, couriers and platform add up to it.

    Prices are booked with the stores and compensations with the platform. A platform that collects the prices as well
    (the reading of decision D2, in which a balanced budget means :math:`\sum w\le\sum p`) has the ``balance``.

    Attributes
    ----------
    buyers : ndarray of float, shape (B,)
        Value less price and tip of each buyer, in money.
    stores : ndarray of float, shape (S,)
        Price of each store that sells, in money.
    couriers : ndarray of float, shape (C,)
        Compensation and tip less cost of each courier, in money.
    platform : float
        Less the compensations, in money, ``<= 0``.
    tips_paid : float
        Tips of transacted orders, in money: a transfer from buyers to couriers.
    compensations_paid : float
        Compensations of transacted orders, in money: a transfer from the platform to couriers.
    welfare : float
        The sum of all four, in money.
    """

    buyers: NDArray[np.float64]
    stores: NDArray[np.float64]
    couriers: NDArray[np.float64]
    platform: float
    tips_paid: float
    compensations_paid: float
    welfare: float

    @property
    def balance(self) -> float:
        """Prices less compensations in money: what a platform keeps that collects the prices; may be negative."""
        return float(self.stores.sum()) + self.platform


def division_of_surplus(market: ThreeSidedMarket, equilibrium: DeliveryEquilibrium | DeliveryOutcome) -> Division:
    """Tell who gets what; only transacted orders and stores that sell are paid.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    equilibrium : DeliveryEquilibrium or DeliveryOutcome
        Payments and transactions, or a solver's answer that carries them; whether they are an equilibrium, the verifier
        says.

    Returns
    -------
    Division

    Raises
    ------
    ValueError
        If shapes do not fit the market, transactions overlap or name somebody who is not there, or the outcome carries
        no equilibrium.

    Examples
    --------
    >>> market = ThreeSidedMarket([[5]], [[[1]]])
    >>> division = division_of_surplus(market, DeliveryEquilibrium([2], [[0]], [[3]], [(0, 0, 0)]))
    >>> division.buyers, division.stores, division.couriers, division.platform
    (array([0.]), array([2.]), array([2.]), 0.0)
    """
    equilibrium = certificate(market, equilibrium)
    tau = disjoint_transactions(market, equilibrium.transactions)
    b, s, c = np.array(tau, dtype=np.intp).reshape(-1, 3).T
    prices, tips, compensations = equilibrium.prices[s], equilibrium.tips[b, s], equilibrium.compensations[b, s]
    buyers, stores, couriers = (np.zeros(size) for size in market.shape)
    buyers[b] = market.V[b, s] - prices - tips
    stores[s] = prices
    couriers[c] = compensations + tips - market.K[c, b, s]
    paid = float(compensations.sum())
    return Division(buyers, stores, couriers, 0.0 - paid, float(tips.sum()), paid, market.welfare(tau))
