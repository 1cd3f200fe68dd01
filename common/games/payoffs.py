"""The door of the games: payoff tables are checked once, and exact numbers stay exact."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def payoff_table(values: ArrayLike, name: str, ndim: int = 0) -> NDArray[Any]:
    """Check a table of finite payoffs.

    Parameters
    ----------
    values : array_like
        Payoffs. Integers and `fractions.Fraction` are kept, in types whose differences do not overflow, so that what is
        computed from them is exact.
    name : str
        What the caller calls the table; used in the message.
    ndim : int
        Smallest number of axes allowed.

    Returns
    -------
    ndarray of float, int or object
        Object arrays hold exact numbers.

    Raises
    ------
    ValueError
        If the table is ragged, empty, has too few axes, or holds text, a complex number, a NaN or an infinity.
    """
    try:
        array = np.asarray(values)
        finite = np.isfinite(array.astype(float)) if array.dtype.kind in "biufO" else None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a rectangular table of real numbers: {error}") from error
    if finite is None:
        raise ValueError(f"{name} must hold real numbers, given dtype {array.dtype}")
    if array.ndim < ndim or array.size == 0:
        raise ValueError(f"{name} must have at least {ndim} axes and no empty one, given shape {array.shape}")
    if not finite.all():
        first = tuple(map(int, np.unravel_index(np.argmin(finite), array.shape)))
        raise ValueError(f"{name} must be finite, given {name}{list(first)} = {array[first]}")
    if array.dtype.kind == "O" or array.dtype == np.uint64:
        return array.astype(object)
    return array.astype(float if array.dtype.kind == "f" else np.int64, copy=False)
