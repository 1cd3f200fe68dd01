r"""A price for every item, with or without an entry fee.

With prices ``>= 0`` a buyer with an XOR valuation finds its best bundle among its own atoms. The best item prices are
hard to find, and this is a local search in three steps:

1. the best fee and common price (`size_linear_tariff`), so that on its own types the answer never earns less;
2. gradient steps (Adam) on a softened revenue, where a type takes atom k with a probability in proportion to
   :math:`\exp(\lambda(b_k-c_k))`, nothing being one more choice, while :math:`\lambda` grows;
3. exact line searches, one price at a time, from the better one of the two.

Nothing is random.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.auctions.bitsets import unpack_items
from common.auctions.choices import Tie
from common.auctions.line_search import PriceAscent, check_search
from common.auctions.probabilities import probability_vector
from common.auctions.tariffs import Tariff, size_linear_tariff
from common.auctions.xor import XORValuations

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ItemPricing(Tariff):
    """Item prices and a fee.

    Attributes
    ----------
    item_prices : ndarray of float, shape (m,)
        Price of each item, ``>= 0``.
    entry_fee : float
        Paid once by a buyer of anything; no bundle has a negative price.
    revenue : float
        From the types it was made for.
    """

    item_prices: NDArray[np.float64]
    entry_fee: float
    revenue: float

    def payments(self, types: XORValuations, tie: Tie = "seller") -> NDArray[np.float64]:
        """Return what each type pays, shape (N,); ties as in `choose`."""
        return types.demand(self.item_prices, self.entry_fee, tie)[2]


def item_pricing(
    types: XORValuations,
    probabilities: ArrayLike | None = None,
    *,
    entry_fee: bool = True,
    steps: int = 400,
    sweeps: int = 20,
    tolerance: float = 1e-4,
) -> ItemPricing:
    """Return item prices that no line search along a single one of them improves by more than the tolerance.

    Parameters
    ----------
    types : XORValuations
        The types.
    probabilities : array_like, shape (N,), optional
        Of the types; equal by default.
    entry_fee : bool
        Whether there is a fee.
    steps : int
        Gradient steps on the softened revenue, ``>= 0``; 400 take some 5 s for 10,000 types and 50 items.
    sweeps : int
        Most passes of line searches over all prices, ``>= 0``.
    tolerance : float
        Relative gain of a pass at which the search stops, ``>= 0``.

    Returns
    -------
    ItemPricing

    Raises
    ------
    ValueError
        If there are no types, the probabilities are none, or an option is out of range.

    Examples
    --------
    >>> types = XORValuations.from_atoms([[({0}, 6)], [({1}, 1)], [({0, 1}, 7)]], n_items=2)
    >>> item_pricing(types, entry_fee=False).item_prices.round(6).tolist()
    [6.0, 1.0]
    """
    chances = probability_vector("probabilities", probabilities, len(types))
    check_search(sweeps, tolerance)
    if steps < 0:
        raise ValueError(f"steps must be >= 0, given {steps}")
    start = size_linear_tariff(types, chances, entry_fee=entry_fee, gap=1e-4)
    inside, everything = unpack_items(types.atoms, types.n_items), types.bids > 0
    uniform = ItemPricing(np.full(types.n_items, start.item_price), start.entry_fee, start.revenue)
    found = max(uniform, _softened(types, inside, chances, uniform, entry_fee, steps), key=lambda each: each.revenue)
    fee, prices = found.entry_fee, found.item_prices.copy()
    ascent = PriceAscent(types.bids, inside @ prices + fee, chances)
    for _ in range(sweeps):
        before = ascent.revenue
        if entry_fee:
            fee += ascent.move(everything, -prices.min() - fee, np.inf)
        for item in range(types.n_items):
            prices[item] += ascent.move(inside[:, :, item], max(0.0, -fee) - prices[item], np.inf)
        ascent.set(inside @ prices + fee)  # without the rounding of many small moves
        if ascent.revenue <= before * (1 + tolerance):
            break
    return _evaluated(types, chances, prices, fee)


def _evaluated(types: XORValuations, chances: Numbers, prices: Numbers, fee: float) -> ItemPricing:
    """Return the pricing with its revenue, on the right side of its limits."""
    prices = np.maximum(prices, 0.0)
    found = ItemPricing(prices, max(fee, -float(prices.min())), 0.0)
    return replace(found, revenue=found.revenue_on(types, chances))


def _softened(
    types: XORValuations, inside: NDArray[np.bool_], chances: Numbers, start: ItemPricing, has_fee: bool, steps: int
) -> ItemPricing:
    """Return where Adam ends on the softened revenue; the last column of the design stands for the fee."""
    kept = types.bids > 0
    unit = float(chances @ types.grand_values()) or 1.0
    design = np.concatenate([inside, np.full((*kept.shape, 1), has_fee)], axis=-1)[kept].astype(np.float32)
    owner = np.nonzero(kept)[0]
    bids, weight = types.bids[kept] / unit, chances[owner]
    point = np.append(start.item_prices, start.entry_fee) / unit
    speed = 0.02 * max(float(start.item_prices.mean()) / unit, 1e-6)
    first, second = np.zeros(len(point)), np.zeros(len(point))
    for step in range(steps):
        done = step / steps
        warmth = 10.0 * 20.0**done  # inverse temperature per mean value: from 10 to 200
        costs = design @ point.astype(np.float32)
        slope = _cost_gradient(warmth, bids, costs.astype(float), owner, len(kept)) * weight
        gradient = slope.astype(np.float32) @ design
        first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
        rate = speed * (1 - done) / (1 - 0.9 ** (step + 1))
        point = point + rate * first / (np.sqrt(second / (1 - 0.99 ** (step + 1))) + 1e-12)
        point[:-1] = np.maximum(point[:-1], 0.0)
    return _evaluated(types, chances, point[:-1] * unit, float(point[-1] * unit) if has_fee else 0.0)


def _cost_gradient(warmth: float, bids: Numbers, costs: Numbers, owner: NDArray[np.int64], size: int) -> Numbers:
    """Return the derivative of each owner's expected payment with respect to the cost of each atom."""
    utility = bids - costs
    best = np.zeros(size)
    np.maximum.at(best, owner, utility)
    share = np.exp(warmth * (utility - best[owner]))
    share /= (np.exp(-warmth * best) + np.bincount(owner, share, size))[owner]
    paid = np.bincount(owner, share * costs, size)[owner]
    return share * (1 - warmth * (costs - paid))
