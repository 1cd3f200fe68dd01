"""What all menus share once elements have utilities and prices: choices, payments, revenue and regret."""

from abc import ABC, abstractmethod
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.auctions.choices import Tie, choose
from common.auctions.probabilities import probability_vector

Types = TypeVar("Types")

_CHUNK = 2**24  # numbers in memory at a time: utilities of many types are walked through in pieces


class PricedMenu(ABC, Generic[Types]):
    """A menu of priced elements of any kind; nothing at price 0 is always there besides.

    A subclass says what elements are worth (`utilities`), how some of them are kept (`select`) and how some types are
    taken from many (`piece`).

    Attributes
    ----------
    prices : ndarray of float, shape (J,)
        Price of each element.
    """

    prices: NDArray[np.float64]

    @abstractmethod
    def utilities(self, types: Types) -> NDArray[np.float64]:
        """Return the utility of every element for every type, shape (N, J)."""

    @abstractmethod
    def select(self, elements: ArrayLike) -> Self:
        """Return the menu of some elements, by number or mask."""

    @staticmethod
    @abstractmethod
    def piece(types: Types, which: slice) -> Types:
        """Return some of the types."""

    def __len__(self) -> int:
        return len(self.prices)

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
