"""What all menus share once elements have utilities and prices: choices, payments, revenue and regret."""

from abc import ABC, abstractmethod
from dataclasses import fields
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.auctions.choices import Tie, choose
from common.auctions.probabilities import probability_vector

Types = TypeVar("Types")

_CHUNK = 2**24  # numbers in memory at a time: utilities of many types are walked through in pieces


class PricedMenu(ABC, Generic[Types]):
    """A menu of priced elements of any kind; nothing at price 0 is always there besides.

    A subclass is a dataclass of arrays with a row for each element. It says what elements are worth
    (`expected_values`) and how some types are taken from many (`piece`).

    Attributes
    ----------
    prices : ndarray of float, shape (J,)
        Price of each element.
    """

    prices: NDArray[np.float64]

    @abstractmethod
    def expected_values(self, types: Types) -> NDArray[np.float64]:
        """Return what every element is worth to every type before it is paid for, shape (N, J)."""

    @staticmethod
    @abstractmethod
    def piece(types: Types, which: slice) -> Types:
        """Return some of the types."""

    def __len__(self) -> int:
        return len(self.prices)

    def utilities(self, types: Types) -> NDArray[np.float64]:
        """Return the utility of every element for every type, shape (N, J)."""
        return self.expected_values(types) - self.prices

    def select(self, elements: ArrayLike) -> Self:
        """Return the menu of some elements, by number or mask."""
        elements = np.asarray(elements)
        elements = elements if elements.size else elements.astype(np.int64)  # an empty list is no list of floats
        return type(self)(*(getattr(self, field.name)[elements] for field in fields(self)))

    def buy(
        self, types: Types, tie: Tie = "seller"
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return each type's choice (-1 for nothing), utility and payment, shape (N,) each; ties as in `choose`."""
        sized: Any = types
        rows = max(1, _CHUNK // max(1, len(self)))
        starts = range(0, max(1, len(sized)), rows)
        answers = [
            choose(self.utilities(self.piece(types, slice(start, start + rows))), self.prices, tie) for start in starts
        ]
        element, utility, payment = (np.concatenate(column) for column in zip(*answers, strict=True))
        return element, utility, payment

    def choices(self, types: Types, tie: Tie = "seller") -> NDArray[np.int64]:
        """Return the element that each type takes, -1 for nothing, shape (N,)."""
        return self.buy(types, tie)[0]

    def payments(self, types: Types, tie: Tie = "seller") -> NDArray[np.float64]:
        """Return what each type pays, shape (N,)."""
        return self.buy(types, tie)[2]

    def revenue(self, types: Types, probabilities: ArrayLike | None = None, tie: Tie = "seller") -> float:
        """Return the expected payment of a type drawn with ``probabilities`` (equal ones by default)."""
        payments = self.payments(types, tie)
        return float(probability_vector("probabilities", probabilities, len(payments)) @ payments)

    def regret(self, types: Types, tie: Tie = "seller") -> float:
        """Return the most that one of the types would gain by choosing as another one of them, or as nobody.

        It is 0 for every menu, up to the tolerance of ties: a check of the code, not of the mechanism.
        """
        element, utility, _ = self.buy(types, tie)
        if not len(utility):
            return 0.0
        taken = np.unique(element[element >= 0])
        return float((self.select(taken).utilities(types).max(axis=1, initial=0.0) - utility).max())


def itemwise_arrays(name: str, shares: ArrayLike, prices: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return shares of items, (J, m), and prices, (J,), of a menu after a look at them.

    Raises
    ------
    ValueError
        If shapes disagree, a share is not in ``[0, 1]``, or a price is not finite.
    """
    shares, prices = np.ascontiguousarray(shares, dtype=float), np.ascontiguousarray(prices, dtype=float)
    if shares.ndim != 2 or prices.shape != shares.shape[:1]:
        raise ValueError(f"{name} must have shape (J, m) and prices (J,), given {shares.shape} and {prices.shape}")
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"{name} must lie in [0, 1]")
    if not np.isfinite(prices).all():
        raise ValueError("prices must be finite")
    return shares, prices
