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
from numpy.typing import ArrayLike, NDArray

from common.auctions.bitsets import Masks, mask_of, n_words
from common.auctions.choices import Tie, choose
from common.auctions.probabilities import probability_vector
from common.auctions.xor import XORValuations

_CHUNK = 2**24  # numbers in memory at a time: utilities of many types are walked through in pieces


@dataclass(frozen=True, eq=False)
class Menu:
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

    def __len__(self) -> int:
        return len(self.prices)

    def expected_values(self, types: XORValuations) -> NDArray[np.float64]:
        """Return what every element is worth to every type before it is paid for, shape (N, J)."""
        from common.auctions.xor_kernels import expected_values

        if self.bundles.shape[-1] != types.atoms.shape[-1]:
            raise ValueError(
                f"types must have bundles of {self.bundles.shape[-1]} words like the menu, given {types.n_items} items"
            )
        values = np.empty((len(types), len(self)))
        expected_values(types.atoms, types.bids, self.bundles, self.weights, values)
        return values

    def utilities(self, types: XORValuations) -> NDArray[np.float64]:
        """Return the utility of every element for every type, shape (N, J)."""
        return self.expected_values(types) - self.prices

    def buy(
        self, types: XORValuations, tie: Tie = "seller"
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return each type's choice (-1 for nothing), utility and payment, shape (N,) each; ties as in `choose`."""
        rows = max(1, _CHUNK // max(1, len(self)))
        pieces = [types.take(slice(start, start + rows)) for start in range(0, max(1, len(types)), rows)]
        answers = [choose(self.utilities(piece), self.prices, tie) for piece in pieces]
        element, utility, payment = (np.concatenate(column) for column in zip(*answers, strict=True))
        return element, utility, payment

    def choices(self, types: XORValuations, tie: Tie = "seller") -> NDArray[np.int64]:
        """Return the element that each type takes, -1 for nothing, shape (N,)."""
        return self.buy(types, tie)[0]

    def payments(self, types: XORValuations, tie: Tie = "seller") -> NDArray[np.float64]:
        """Return what each type pays, shape (N,)."""
        return self.buy(types, tie)[2]

    def revenue(self, types: XORValuations, probabilities: ArrayLike | None = None, tie: Tie = "seller") -> float:
        """Return the expected payment of a type drawn with ``probabilities`` (equal ones by default)."""
        return float(probability_vector("probabilities", probabilities, len(types)) @ self.payments(types, tie))

    def regret(self, types: XORValuations, tie: Tie = "seller") -> float:
        """Return the most that one of the types would gain by choosing as another one of them, or as nobody.

        It is 0 for every menu, up to the tolerance of ties: a check of the code, not of the mechanism.
        """
        if not len(types):
            return 0.0
        element, utility, _ = self.buy(types, tie)
        taken = np.unique(element[element >= 0])
        best = self.select(taken).utilities(types).max(axis=1, initial=0.0)
        return float((best - utility).max())

    def select(self, elements: ArrayLike) -> Self:
        """Return the menu of some elements, by number or mask."""
        elements = np.asarray(elements)
        elements = elements if elements.size else np.empty(0, dtype=np.int64)
        return type(self)(self.bundles[elements], self.weights[elements], self.prices[elements])

    def prune(self, types: XORValuations, tie: Tie = "seller") -> Self:
        """Return the elements that some of the types take: these choose the same, other types may not."""
        element = self.choices(types, tie)
        return self.select(np.unique(element[element >= 0]))
