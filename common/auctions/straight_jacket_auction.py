r"""The straight-jacket auction: a price for every number of items, for additive values uniform on [0, 1].

Giannakopoulos and Koutsoupias (*Duality and optimality of auctions for uniform distributions*, SIAM J. Comput. 47,
2018) define prices :math:`p_1,\dots,p_m`, one after the other, by

.. math:: \operatorname{vol}\{x\in[0,1]^r:\textstyle\sum_{i\in J}x_i\ge p_{|J|}\ \text{for some}\ J\} = \frac r{m+1},
    \qquad r=1,\dots,m,

and prove the auction optimal for :math:`m\le6` (dossier, section 8.6). The set where nothing is sold is a symmetric
polymatroid with the limits :math:`f(k)=\min_{l\ge k}p_l`: from m = 5 on the largest bundle is cheaper than the one
before, which is then never bought. So is, up to a reflection, the set of values of k items at which no part of them
is given back. Hence a buyer whose favourite k items are all that is bought has the probability

.. math:: \binom mk\;V(1-d_k,\dots,1-d_1)\;V(d_{k+1},\dots,d_m),\qquad d_k=f(k)-f(k-1),

with V as in `common.auctions.polymatroid`: prices and revenue are exact to rounding, and nothing is sampled.
"""

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import irwinhall

from common.auctions.polymatroid import polymatroid_volume

MOST_ITEMS = 10


@dataclass(frozen=True, eq=False)
class StraightJacket:
    """Prices by size, what is bought, and what it earns.

    Attributes
    ----------
    prices : ndarray of float, shape (m,)
        Price of any k items at ``[k - 1]``, as the construction defines it.
    sale_probabilities : ndarray of float, shape (m + 1,)
        Probability that the buyer takes k items; they add up to 1.
    revenue : float
        Expected payment.
    """

    prices: NDArray[np.float64]
    sale_probabilities: NDArray[np.float64]
    revenue: float

    def payments(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what buyers with additive values pay, shape (N,), from values of shape (N, m)."""
        if values.ndim != 2 or values.shape[1] != len(self.prices):
            raise ValueError(f"values must have shape (N, {len(self.prices)}), given {values.shape}")
        best = np.cumsum(-np.sort(-values, axis=1), axis=1)  # value of the k best items
        size = (best - self.prices).argmax(axis=1)
        buys = np.take_along_axis(best, size[:, None], axis=1)[:, 0] >= self.prices[size]
        return np.where(buys, self.prices[size], 0.0)


def straight_jacket(n_items: int) -> StraightJacket:
    """Return the straight-jacket auction for ``n_items`` additive values, independent and uniform on [0, 1].

    Parameters
    ----------
    n_items : int
        Number of items m, ``1 <= m <= 10``.

    Returns
    -------
    StraightJacket

    Raises
    ------
    ValueError
        If ``n_items`` is out of range.

    Examples
    --------
    >>> auction = straight_jacket(2)
    >>> auction.prices.round(6).tolist(), round(auction.revenue, 6)
    ([0.666667, 0.861929], 0.549201)
    """
    _check_items(n_items)
    prices: list[float] = [n_items / (n_items + 1)]
    for r in range(2, n_items + 1):
        unsold = 1 - r / (n_items + 1)

        def excess(price: float, unsold: float = unsold) -> float:
            return polymatroid_volume(_increments([*prices, price])) - unsold

        ceiling = 2 * prices[-1] - (prices[-2] if r > 2 else 0.0)  # the last increment must not grow
        prices.append(float(brentq(excess, 0.0, ceiling, xtol=1e-15, rtol=1e-14)))
    d = _increments(prices)
    kept = [polymatroid_volume(1 - d[:k][::-1]) for k in range(n_items + 1)]
    left = [polymatroid_volume(d[k:]) for k in range(n_items + 1)]
    probabilities = np.array([comb(n_items, k) * kept[k] * left[k] for k in range(n_items + 1)])
    # a size dearer than a larger one is never bought: where increments are 0 the limit is the larger one's price
    return StraightJacket(np.array(prices), probabilities, float(probabilities[1:] @ np.cumsum(d)))


def separate_sale_revenue(n_items: int) -> float:
    """Return the revenue of selling each of m items at its own best price 1/2: ``m / 4``."""
    _check_items(n_items)
    return n_items / 4


def uniform_bundle_revenue(n_items: int) -> tuple[float, float]:
    """Return the best price of all m items together and its revenue; their value is a sum of uniform numbers.

    The price p maximises ``p * P(sum >= p)``. The sum has the Irwin-Hall distribution, whose hazard rate rises, so the
    maximum is the only stationary point; it is at most m/2, where the median is.
    """
    _check_items(n_items)

    total = irwinhall(n_items)

    def slope(price: float) -> float:
        return float(total.sf(price) - price * total.pdf(price))

    price = float(brentq(slope, n_items / 4, n_items / 2, xtol=1e-15, rtol=1e-14))
    return price, price * float(total.sf(price))


def _increments(prices: list[float]) -> NDArray[np.float64]:
    """Return the increments of the cheapest way to have at least k items."""
    limits = np.minimum.accumulate(np.array(prices)[::-1])[::-1]
    return np.diff(limits, prepend=0.0)


def _check_items(n_items: int) -> None:
    if not isinstance(n_items, int | np.integer) or not 1 <= n_items <= MOST_ITEMS:
        raise ValueError(f"n_items must be a whole number from 1 to {MOST_ITEMS}, given {n_items!r}")
