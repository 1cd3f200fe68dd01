"""What a buyer takes from a menu: the best element, or nothing, with ties broken by a stated rule."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Tie = Literal["seller", "first"]

#: Utilities that differ by less than this share of what is at stake (the best utility plus the element's price) count
#: as equal: prices that make a type indifferent are computed in floating point.
TOLERANCE = 1e-9


def choose(
    utilities: ArrayLike, prices: ArrayLike, tie: Tie = "seller"
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return each buyer's choice among J elements and nothing.

    Parameters
    ----------
    utilities : array_like, shape (N, J)
        Utility of each element after payment; ``-inf`` where it is not for sale.
    prices : array_like, shape (J,) or (N, J)
        What each element costs.
    tie : {"seller", "first"}
        Among the choices within the tolerance of the best, nothing being one of them at utility and price 0:
        ``"seller"`` takes the dearest, the convention under which an optimal mechanism exists; ``"first"`` takes the
        element with the lowest number and nothing only where every element is worse, without any tolerance.

    Returns
    -------
    element : ndarray of int, shape (N,)
        Number of the element, or -1 for nothing.
    utility : ndarray of float, shape (N,)
        Of the choice.
    payment : ndarray of float, shape (N,)
        Price of the choice, 0 for nothing.

    Raises
    ------
    ValueError
        If shapes disagree, a number is NaN or an unknown rule is given.
    """
    utilities = np.asarray(utilities, dtype=float)
    if utilities.ndim != 2 or np.isnan(utilities).any():
        raise ValueError(f"utilities must have shape (N, J) without NaN, given shape {utilities.shape}")
    prices = np.asarray(prices, dtype=float)
    if prices.shape not in (utilities.shape, utilities.shape[1:]) or np.isnan(prices).any():
        raise ValueError(
            f"prices must have shape {utilities.shape[1:]} or {utilities.shape} without NaN, given shape {prices.shape}"
        )
    prices = np.broadcast_to(prices, utilities.shape)
    if tie not in get_args(Tie):
        raise ValueError(f"tie must be one of {get_args(Tie)}, given {tie!r}")
    if not utilities.shape[1]:
        return np.full(len(utilities), -1), np.zeros(len(utilities)), np.zeros(len(utilities))
    each = np.arange(len(utilities))
    if tie == "first":
        element = utilities.argmax(axis=1)
        nothing = utilities[each, element] < 0
    else:
        best = np.maximum(utilities.max(axis=1, keepdims=True), 0.0)
        slack = TOLERANCE * (best + np.where(np.isfinite(prices), np.abs(prices), 0.0))
        near = utilities >= best - slack
        element = np.where(near, prices, -np.inf).argmax(axis=1)
        gift = (prices[each, element] < 0) & (best[:, 0] <= slack[each, element])  # nothing costs more than a gift
        nothing = ~near[each, element] | gift
    utility, payment = utilities[each, element], prices[each, element]
    return np.where(nothing, -1, element), np.where(nothing, 0.0, utility), np.where(nothing, 0.0, payment)
