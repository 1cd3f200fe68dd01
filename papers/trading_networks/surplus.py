"""Who gains and who loses when the platform introduces people to each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.markets.assignment import PriceConvention
from papers.trading_networks.network import PlatformOutcome, TradingNetwork
from papers.trading_networks.revenue import platform_revenue


@dataclass(frozen=True, eq=False)
class SurplusChange:
    """Everybody's surplus without and with the platform, in money.

    Attributes
    ----------
    buyers_before, buyers_after : ndarray of float, shape (n,)
        Value of the good minus its price.
    sellers_before, sellers_after : ndarray of float, shape (m,)
        Price of the good, less the commission where the platform made the trade.
    platform : float
        The platform's income: the commission on the trades between introduced pairs.
    """

    buyers_before: NDArray[np.float64]
    buyers_after: NDArray[np.float64]
    sellers_before: NDArray[np.float64]
    sellers_after: NDArray[np.float64]
    platform: float

    @property
    def buyers_change(self) -> NDArray[np.float64]:
        """Each buyer's gain, shape (n,)."""
        return self.buyers_after - self.buyers_before

    @property
    def sellers_change(self) -> NDArray[np.float64]:
        """Each seller's gain, shape (m,)."""
        return self.sellers_after - self.sellers_before

    def share_worse_off(self, tol: float = 1e-9) -> float:
        """Compute the share of buyers and sellers who lose more than ``tol``.

        Parameters
        ----------
        tol : float
            In money, ``>= 0``.

        Returns
        -------
        float
            In ``[0, 1]``; 0 in an empty market.
        """
        changes = np.r_[self.buyers_change, self.sellers_change]
        return float((changes < -tol).mean()) if changes.size else 0.0


def surplus_change(
    net: TradingNetwork,
    outcome: PlatformOutcome,
    commission: float = 1.0,
    which: PriceConvention = "max",
) -> SurplusChange:
    """Compare everybody's surplus in the world alone and after the introductions of ``outcome``.

    Parameters
    ----------
    net : TradingNetwork
        The market.
    outcome : PlatformOutcome
        What the platform did, at the prices of ``which``.
    commission : float
        Share of the price of an introduced trade that the platform takes, in ``[0, 1]``. The paper's revenue is
        that at 1; sellers do not react to it.
    which : {"max", "min", "midpoint"}
        Which equilibrium prices form without the platform.

    Returns
    -------
    SurplusChange
        The parts after it add up to the welfare of ``outcome``.

    Raises
    ------
    ValueError
        If the commission is out of range or the outcome belongs to a market of another size.
    """
    if not 0 <= commission <= 1:
        raise ValueError(f"commission must be in [0, 1], given {commission}")
    if outcome.introduced.shape != net.values.shape:
        raise ValueError(f"outcome must be of shape {net.values.shape}, given {outcome.introduced.shape}")
    before = platform_revenue(net, [], which)
    buyers_before, sellers_before, _ = _surplus(net, before, 0.0)
    buyers_after, sellers_after, platform = _surplus(net, outcome, commission)
    return SurplusChange(buyers_before, buyers_after, sellers_before, sellers_after, platform)


def _surplus(
    net: TradingNetwork, outcome: PlatformOutcome, commission: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    buyers = np.flatnonzero(outcome.allocation >= 0)
    goods = outcome.allocation[buyers]
    fee = commission * np.where(outcome.introduced[buyers, goods], outcome.prices[goods], 0.0)
    utility = np.zeros(net.n_buyers)
    utility[buyers] = net.values[buyers, goods] - outcome.prices[goods]
    profit = outcome.prices.copy()
    profit[goods] -= fee
    return utility, profit, float(fee.sum())
