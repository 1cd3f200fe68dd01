r"""One price moves, all others stay: the best move, exactly.

Each type compares its best bundle among those whose price moves by :math:`\delta` (utility :math:`u-\delta`, payment
:math:`p+\delta`) with its best choice among the rest. It takes the first one as long as :math:`\delta<h`, the
difference of the two utilities, and the dearer one of the two at :math:`\delta=h`. Between two such thresholds revenue
rises with :math:`\delta`, so a best move is a threshold or the upper limit. Moves that help are made one after the
other, until none does: a local optimum.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.auctions.choices import TOLERANCE, choose

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Choice:
    """Utility and payment of each type's best choice within a group of bundles, shape (N,); utility -inf for none."""

    utility: Numbers
    payment: Numbers

    @classmethod
    def among(cls, utilities: Numbers, payments: Numbers) -> "Choice":
        """Return the best of K bundles, utilities and payments of shape (N, K), the dearest of equals."""
        best = utilities.max(axis=1, initial=-np.inf)
        at_stake = np.abs(best)[:, None] + np.where(np.isfinite(payments), np.abs(payments), 0.0)
        level = utilities >= best[:, None] - TOLERANCE * at_stake
        return cls(best, np.where(level, payments, -np.inf).max(axis=1, initial=-np.inf))

    def or_nothing(self) -> "Choice":
        """Return the same with nothing as one more choice."""
        at_stake = np.where(np.isfinite(self.payment), np.abs(self.payment), 0.0)
        return Choice(np.maximum(self.utility, 0.0), np.where(self.utility >= -TOLERANCE * at_stake, self.payment, 0.0))


def best_shift(moving: Choice, rest: Choice, chances: Numbers, lowest: float, highest: float) -> tuple[float, float]:
    """Return the best move of a group's prices within limits, and the revenue then.

    Parameters
    ----------
    moving : Choice
        The best bundle whose price moves.
    rest : Choice
        The best of all others, nothing among them.
    chances : ndarray of float, shape (N,)
        Probabilities of the types.
    lowest, highest : float
        Limits of the move; ``highest`` may be infinite.

    Returns
    -------
    shift, revenue : float
        Types that the move makes indifferent take the dearer bundle.
    """
    threshold = moving.utility - rest.utility
    order = np.argsort(-threshold)
    threshold, chance = threshold[order], chances[order]
    stay = chance * rest.payment[order]
    reach = np.isfinite(threshold)
    move = np.where(reach, chance * np.where(reach, moving.payment[order], 0.0), 0.0)
    sold, base = np.cumsum(chance), np.cumsum(move) + stay.sum() - np.cumsum(stay)
    # what an indifferent type adds where the rest is dearer; 0 before the first
    more = stay - move - chance * np.where(reach, threshold, 0.0)
    more = np.cumsum(np.append(0.0, np.where(reach, np.maximum(more, 0.0), 0.0)))
    limits = np.array([limit for limit in (lowest, highest) if np.isfinite(limit)])
    shifts = np.concatenate([threshold[reach & (threshold >= lowest) & (threshold <= highest)], limits])
    takers = np.searchsorted(-threshold, -shifts, side="right")  # how many have a threshold at least as high
    eager = np.searchsorted(-threshold, -shifts, side="left")  # and how many have a higher one
    last = np.maximum(takers - 1, 0)
    revenue = np.where(takers > 0, base[last] + shifts * sold[last] + more[takers] - more[eager], stay.sum())
    best = int(revenue.argmax())
    return float(shifts[best]), float(revenue[best])


class PriceAscent:
    """Costs of the bundles that types bid for, and the revenue they bring; groups of costs move while that helps.

    Parameters
    ----------
    bids : ndarray of float, shape (N, K)
        Value of each atom; 0 where there is none.
    costs : ndarray of float, shape (N, K)
        What each atom costs.
    chances : ndarray of float, shape (N,)
        Probabilities of the types.
    """

    def __init__(self, bids: Numbers, costs: Numbers, chances: Numbers) -> None:
        self.bids, self.chances = bids, chances
        self.set(costs)

    def set(self, costs: Numbers) -> None:
        """Put all costs to new values."""
        self.costs = np.where(self.bids > 0, costs, np.inf)
        self.revenue = self._revenue(self.costs)

    def _revenue(self, costs: Numbers) -> float:
        return float(self.chances @ choose(self.bids - costs, costs)[2])

    def move(self, group: NDArray[np.bool_], lowest: float, highest: float) -> float:
        """Move the costs of a group of atoms, shape (N, K), by one best amount within limits, and return it."""
        utilities, costs = self.bids - self.costs, self.costs
        moving = Choice.among(np.where(group, utilities, -np.inf), costs)
        rest = Choice.among(np.where(group, -np.inf, utilities), costs).or_nothing()
        shift, promised = best_shift(moving, rest, self.chances, lowest, highest)
        if promised > self.revenue * (1 + 1e-12):
            moved = np.where(group, costs + shift, costs)
            revenue = self._revenue(moved)
            if revenue > self.revenue:
                self.costs, self.revenue = moved, revenue
                return shift
        return 0.0


def check_search(sweeps: int, tolerance: float) -> None:
    """Refuse options of a search that make no sense.

    Raises
    ------
    ValueError
        If one is negative or NaN.
    """
    if not sweeps >= 0 or not tolerance >= 0:
        raise ValueError(f"sweeps and tolerance must be >= 0, given sweeps={sweeps} and tolerance={tolerance}")
