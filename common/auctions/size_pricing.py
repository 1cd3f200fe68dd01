r"""A price for every number of items, by exact line searches.

Prices rise with the size (free disposal: a buyer who wants k items takes more if more cost less, so any prices act as
their lower closure :math:`\min_{l\ge k}q_l`, which rises). Then a buyer with an XOR valuation finds its best bundle
among its own atoms. The search begins with the best fee and price per item (`size_linear_tariff`), so on its own types
it never earns less; it moves the price of one size, and of all sizes from one on, until nothing helps.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.auctions.choices import Tie, choose
from common.auctions.line_search import PriceAscent, check_search
from common.auctions.probabilities import probability_vector
from common.auctions.tariffs import Tariff, size_linear_tariff
from common.auctions.xor import XORValuations


@dataclass(frozen=True, eq=False)
class SizePricing(Tariff):
    """A price for every number of items.

    Attributes
    ----------
    prices : ndarray of float, shape (m,)
        Price of any k items at ``[k - 1]``, ``>= 0`` and rising.
    revenue : float
        From the types it was made for.
    """

    prices: NDArray[np.float64]
    revenue: float

    def payments(self, types: XORValuations, tie: Tie = "seller") -> NDArray[np.float64]:
        """Return what each type pays, shape (N,); ties as in `choose`."""
        if types.n_items != len(self.prices):
            raise ValueError(f"types must be over {len(self.prices)} items, given {types.n_items}")
        costs = np.where(types.bids > 0, self.prices[types.atom_sizes() - 1], np.inf)
        return choose(types.bids - costs, costs, tie)[2]


def size_pricing(
    types: XORValuations, probabilities: ArrayLike | None = None, *, sweeps: int = 20, tolerance: float = 1e-4
) -> SizePricing:
    """Return prices by size that no move of one of them, or of all from one on, improves.

    Parameters
    ----------
    types : XORValuations
        The types.
    probabilities : array_like, shape (N,), optional
        Of the types; equal by default.
    sweeps : int
        Most passes over all sizes, ``>= 0``.
    tolerance : float
        Relative gain of a pass at which the search stops, ``>= 0``.

    Returns
    -------
    SizePricing

    Raises
    ------
    ValueError
        If there are no types, the probabilities are none, or an option is out of range.

    Examples
    --------
    >>> types = XORValuations.from_atoms([[({0}, 1)], [({0, 1}, 5)], [({0, 1, 2}, 6)]], n_items=3)
    >>> size_pricing(types).prices.round(6).tolist()
    [1.0, 5.0, 6.0]
    """
    chances = probability_vector("probabilities", probabilities, len(types))
    check_search(sweeps, tolerance)
    start = size_linear_tariff(types, chances, gap=1e-4)
    prices = start.entry_fee + start.item_price * np.arange(1, types.n_items + 1)
    sizes = types.atom_sizes()
    ascent = PriceAscent(types.bids, prices[sizes - 1], chances)
    present = np.unique(sizes[types.bids > 0])
    for _ in range(sweeps):
        before = ascent.revenue
        for size in present:
            below, above = prices[size - 2] if size > 1 else 0.0, prices[size] if size < len(prices) else np.inf
            prices[size - 1] += ascent.move(sizes == size, below - prices[size - 1], above - prices[size - 1])
            prices[size - 1 :] += ascent.move(sizes >= size, below - prices[size - 1], np.inf)
        ascent.set(prices[sizes - 1])  # without the rounding of many small moves
        if ascent.revenue <= before * (1 + tolerance):
            break
    found = SizePricing(np.maximum.accumulate(np.maximum(prices, 0.0)), 0.0)
    return replace(found, revenue=found.revenue_on(types, chances))
