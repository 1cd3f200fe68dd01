r"""Menus of lotteries over bundles: every deterministic or randomised mechanism for a single buyer is one.

An element j is a lottery :math:`\alpha^{(j)}` over bundles with a price :math:`\beta^{(j)}`; the buyer takes

.. math:: \arg\max_j\ u^{(j)}(v),\qquad u^{(j)}(v)=\sum_S\alpha^{(j)}(S)\,v(S)-\beta^{(j)},

or nothing. The menu does not depend on what the buyer says, so the truth is a dominant strategy, and nothing is always
there, so nobody loses (the taxation principle; 2502.15283, section 3.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from common.auctions.bitsets import Masks, check_masks, mask_of, n_words
from common.auctions.choices import Tie
from common.auctions.priced_menu import PricedMenu
from common.auctions.xor import XORValuations


@dataclass(frozen=True, eq=False)
class Menu(PricedMenu[XORValuations]):
    """A menu of J lotteries over at most D bundles each; nothing at price 0 is always there besides.

    Attributes
    ----------
    bundles : ndarray of uint64, shape (J, D, W)
        The bundles of each element, as masks.
    weights : ndarray of float, shape (J, D)
        Their probabilities, ``>= 0``; what a row lacks to 1 is the probability of nothing.
    prices : ndarray of float, shape (J,)
        Paid whatever the lottery gives; finite.

    Raises
    ------
    ValueError
        If shapes disagree, a weight is negative, a row sums to more than 1 (by over 1e-9), or a number is not finite.
    """

    bundles: Masks
    weights: NDArray[np.float64]
    prices: NDArray[np.float64]

    def __post_init__(self) -> None:
        bundles = np.ascontiguousarray(self.bundles)
        weights = np.ascontiguousarray(self.weights, dtype=float)
        prices = np.ascontiguousarray(self.prices, dtype=float)
        if bundles.dtype != np.uint64 or bundles.ndim != 3:
            raise ValueError(
                f"bundles must be uint64 of shape (J, D, W), given {bundles.dtype} of shape {bundles.shape}"
            )
        if weights.shape != bundles.shape[:2] or prices.shape != bundles.shape[:1]:
            raise ValueError(
                f"weights must have shape {bundles.shape[:2]} and prices {bundles.shape[:1]},"
                f" given {weights.shape} and {prices.shape}"
            )
        if not np.isfinite(prices).all():
            raise ValueError("prices must be finite")
        sums = weights.sum(axis=1)
        if not np.isfinite(sums).all() or (weights < 0).any() or (sums > 1 + 1e-9).any():
            raise ValueError("weights must be >= 0 with rows that sum to at most 1")
        for name, value in (("bundles", bundles), ("weights", weights), ("prices", prices)):
            object.__setattr__(self, name, value)

    @classmethod
    def from_elements(
        cls, elements: Sequence[tuple[Iterable[tuple[Iterable[int], float]], float]], n_items: int
    ) -> Self:
        """Build a menu from pairs of a lottery, ``[(items, probability), ...]``, and a price.

        Examples
        --------
        >>> menu = Menu.from_elements([([({0}, 0.5), ({1}, 0.5)], 2.0), ([({0}, 1.0)], 4.0)], n_items=2)
        >>> len(menu)
        2
        """
        lotteries = [[(mask_of(items, n_items), share) for items, share in lottery] for lottery, _ in elements]
        support = max([1, *map(len, lotteries)])
        bundles = np.zeros((len(elements), support, n_words(n_items)), dtype=np.uint64)
        weights = np.zeros((len(elements), support))
        for j, lottery in enumerate(lotteries):
            for d, (mask, share) in enumerate(lottery):
                bundles[j, d], weights[j, d] = mask, share
        return cls(bundles, weights, np.array([price for _, price in elements], dtype=float))

    def expected_values(self, types: XORValuations) -> NDArray[np.float64]:
        """Return what every element is worth to every type before it is paid for, shape (N, J).

        Raises
        ------
        ValueError
            If the types are over fewer items than the menu, or over more words.
        """
        from common.auctions.xor_kernels import expected_values

        check_masks("the menu's bundles", self.bundles, types.n_items)
        values = np.empty((len(types), len(self)))
        expected_values(types.atoms, types.bids, self.bundles, self.weights, values)
        return values

    @staticmethod
    def piece(types: XORValuations, which: slice) -> XORValuations:
        """Return some of the types."""
        return types.take(which)

    def prune(self, types: XORValuations, tie: Tie = "seller") -> Self:
        """Return the elements that some of the types take: these choose the same, other types may not."""
        element = self.choices(types, tie)
        return self.select(np.unique(element[element >= 0]))
