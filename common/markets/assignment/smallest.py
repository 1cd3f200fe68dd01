"""The efficient matching with the fewest pairs."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.markets.assignment.matching import clearing_matching
from common.markets.assignment.prices import competitive_prices
from common.markets.validation import check_mask, check_values


def smallest_efficient_matching(V: ArrayLike, mask: ArrayLike | None = None) -> NDArray[np.intp]:
    """Find an efficient matching with as few pairs as possible.

    With ties in the values an efficient matching may be done with fewer pairs than another: one good of value 2 against
    two of value 1. Equilibrium prices tell which pairs an efficient matching may hold, and one more assignment problem
    then charges each of them the same small amount (see :func:`clearing_matching`).

    Parameters
    ----------
    V : array_like, shape (n, m)
        Values in money, ``>= 0``.
    mask : array_like of bool, shape (n, m), optional
        Pairs that may trade; all of them by default.

    Returns
    -------
    ndarray of int, shape (n,)
        The good of each buyer, -1 if none. Equalities of values hold up to ``1e-9`` times the largest.

    Raises
    ------
    ValueError
        If an array is malformed; the message names it.

    Examples
    --------
    >>> smallest_efficient_matching([[2, 1], [1, 0]])
    array([ 0, -1])
    """
    V = check_values(V)
    mask = check_mask(mask, V.shape)
    return clearing_matching(V, mask, competitive_prices(V, mask), np.full(V.shape, -1.0 / (min(V.shape) + 1)))
