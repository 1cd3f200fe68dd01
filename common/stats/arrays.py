"""The door every sample passes: real, finite, of the expected dimension."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def finite_array(name: str, values: ArrayLike, ndim: int | tuple[int, ...] = 1, least: int = 1) -> NDArray[np.float64]:
    """Return `values` as a float array, or refuse it with its name.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    values : array_like
        Anything NumPy reads as real numbers.
    ndim : int or tuple of int
        Number of dimensions asked for, or the numbers allowed.
    least : int
        Smallest length allowed along the first axis.

    Returns
    -------
    ndarray of float
        `values` with an allowed number of dimensions and no NaN or infinity.

    Raises
    ------
    ValueError
        If `values` are not real numbers, not finite, too few, or of another dimension.
    """
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold real numbers, got {values!r}") from error
    if array.ndim not in (ndim if isinstance(ndim, tuple) else (ndim,)):
        raise ValueError(f"{name} must have {ndim} dimension(s), got shape {array.shape}")
    if len(np.atleast_1d(array)) < least:
        raise ValueError(f"{name} must hold at least {least} value(s), got {len(array)}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {np.count_nonzero(~np.isfinite(array))} NaN or infinite")
    return array


def check_probability(name: str, number: float) -> None:
    """Refuse a number that is no probability.

    Parameters
    ----------
    name : str
        What the caller calls it; used in the message.
    number : float
        The number.

    Raises
    ------
    ValueError
        If it is outside ``[0, 1]`` or NaN.
    """
    if not 0 <= number <= 1:
        raise ValueError(f"{name} must be in [0, 1], given {number}")
