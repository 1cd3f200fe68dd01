"""The order of magnitude of numbers, to bring them near 1 before a solver with absolute tolerances sees them."""

import math

import numpy as np
from numpy.typing import ArrayLike


def magnitude(values: ArrayLike) -> float:
    """Return the largest power of two that is not above the largest absolute value: to divide by it rounds nothing.

    Parameters
    ----------
    values : array_like
        Finite numbers, possibly none.

    Returns
    -------
    float
        1 if all are 0.

    Examples
    --------
    >>> magnitude([5.0, -9.0]), magnitude([0.3]), magnitude([])
    (8.0, 0.25, 1.0)
    """
    largest = float(np.abs(values).max(initial=0.0))
    return math.ldexp(0.5, math.frexp(largest)[1]) if largest else 1.0
