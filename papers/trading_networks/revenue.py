r"""What given introductions earn: :math:`R(M)` of the paper, with ties broken for the platform."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from common.markets.assignment import PriceConvention, competitive_prices, favoured_efficient_matching, matching_welfare
from papers.trading_networks.network import PlatformOutcome, TradingNetwork


def platform_revenue(
    net: TradingNetwork,
    introduced: ArrayLike | Iterable[tuple[int, int]],
    which: PriceConvention = "max",
) -> PlatformOutcome:
    r"""Compute the revenue of the introductions ``M`` at equilibrium prices of :math:`E\cup M`.

    .. math:: R(M)=\max_x\sum_{(i,j)\in x\cap M}p_j ,

    over the efficient matchings ``x`` of :math:`E\cup M`: ties are broken for the platform. The prices do not
    depend on ``x``; the best ``x`` is an assignment problem on the pairs that are tight at these prices
    (:func:`common.markets.assignment.favoured_efficient_matching`).

    Parameters
    ----------
    net : TradingNetwork
        The market.
    introduced : ndarray of bool, shape (n, m), or iterable of (int, int)
        The pairs the platform introduces. World pairs among them are dropped: they trade without it.
    which : {"max", "min", "midpoint"}
        Which equilibrium prices form. The paper takes the largest.

    Returns
    -------
    PlatformOutcome
        Without a bound.

    Raises
    ------
    ValueError
        If ``introduced`` does not fit the market or ``which`` is unknown.

    Examples
    --------
    >>> platform_revenue(TradingNetwork([[1.0, 3.0]], [[1, 0]]), [(0, 1)]).revenue
    2.0
    """
    pairs = net.pairs_mask(introduced) & ~net.world
    network = net.world | pairs
    prices = competitive_prices(net.values, network, which)
    x = favoured_efficient_matching(net.values, network, prices, np.where(pairs, prices, 0.0))
    buyers = np.flatnonzero(x >= 0)
    earning = buyers[pairs[buyers, x[buyers]]]
    return PlatformOutcome(
        revenue=float(prices[x[earning]].sum()),
        introduced=pairs,
        welfare=matching_welfare(net.values, x),
        prices=prices,
        allocation=x,
    )
