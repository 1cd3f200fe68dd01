"""The door of the markets: arrays are checked once, and what is refused is named."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def check_values(
    values: ArrayLike, name: str = "V", axes: tuple[str, ...] = ("buyers", "goods"), *, signed: bool = False
) -> NDArray[np.float64]:
    """Check a table of finite values, costs or payments.

    Parameters
    ----------
    values : array_like
        With the default axes, what buyer ``i`` pays at most for good ``j``, in money, ``>= 0``. Any side may be empty.
    name : str
        What the caller calls the array; used in the message.
    axes : tuple of str
        What each axis counts; the array has as many.
    signed : bool
        Whether negative numbers are let pass (a negative payment is a violation for a verifier, not an error).

    Returns
    -------
    ndarray of float

    Raises
    ------
    ValueError
        If the array is ragged, has another number of axes, or holds text, a complex number, a NaN, an infinity or
        (unless `signed`) a negative number; the message gives the first offending index.
    """
    array = _numbers(values, name).astype(float, copy=False)
    if array.ndim != len(axes):
        raise ValueError(f"{name} must have shape ({', '.join(axes)}), given shape {array.shape}")
    bad = ~(np.isfinite(array) & (signed | (array >= 0)))
    if bad.any():
        first = np.unravel_index(bad.argmax(), bad.shape)
        allowed, place = "finite" if signed else "finite and >= 0", ", ".join(map(str, first))
        raise ValueError(f"{name} must be {allowed}, given {name}[{place}] = {array[first]}")
    return array


def check_mask(mask: ArrayLike | None, shape: tuple[int, int], name: str = "mask") -> NDArray[np.bool_]:
    """Check which pairs may trade.

    Parameters
    ----------
    mask : array_like of bool or 0/1, shape (n, m), or None
        True where the pair may trade; None means that every pair may.
    shape : tuple of int
        The shape ``(n, m)`` that is required.
    name : str
        What the caller calls the array; used in the message.

    Returns
    -------
    ndarray of bool, shape (n, m)

    Raises
    ------
    ValueError
        If the shape is another one or an entry is neither 0 nor 1.
    """
    if mask is None:
        return np.ones(shape, dtype=bool)
    array = _numbers(mask, name)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, given shape {array.shape}")
    if array.dtype == bool:
        return array
    bad = ~np.isin(array, (0, 1))
    if bad.any():
        i, j = np.argwhere(bad)[0]
        raise ValueError(f"{name} must hold only 0/1 or False/True, given {name}[{i}, {j}] = {array[i, j]}")
    return array.astype(bool)


def check_matching(x: ArrayLike, shape: tuple[int, int], name: str = "x") -> NDArray[np.intp]:
    """Check a matching written as the good of each buyer.

    Parameters
    ----------
    x : array_like of int, shape (n,)
        ``x[i]`` is the good of buyer ``i``, or -1 if she buys nothing. No good is sold twice.
    shape : tuple of int
        Numbers of buyers and goods ``(n, m)``.
    name : str
        What the caller calls the array; used in the message.

    Returns
    -------
    ndarray of int, shape (n,)

    Raises
    ------
    ValueError
        If the shape is wrong, an entry is no integer in ``-1..m-1``, or a good is sold twice.
    """
    array = np.asarray(x)
    n, m = shape
    if array.shape != (n,):
        raise ValueError(f"{name} must have shape ({n},), given shape {array.shape}")
    if n and array.dtype.kind not in "iu":
        raise ValueError(f"{name} must hold integers, given dtype {array.dtype}")
    array = array.astype(np.intp)
    bad = (array < -1) | (array >= m)
    if bad.any():
        i = int(np.argmax(bad))
        raise ValueError(f"{name} must hold goods in -1..{m - 1}, given {name}[{i}] = {array[i]}")
    sold = np.bincount(array[array >= 0], minlength=m)
    if (sold > 1).any():
        raise ValueError(f"{name} must sell a good at most once, given good {int(np.argmax(sold > 1))} twice")
    return array


def check_prices(p: ArrayLike, m: int, name: str = "p") -> NDArray[np.float64]:
    """Check a vector of finite prices (a negative one is a violation for the verifier, not an error).

    Parameters
    ----------
    p : array_like, shape (m,)
        Price of each good, in money.
    m : int
        Number of goods.
    name : str
        What the caller calls the array; used in the message.

    Returns
    -------
    ndarray of float, shape (m,)

    Raises
    ------
    ValueError
        If the shape is wrong or an entry is not finite.
    """
    array = _numbers(p, name).astype(float, copy=False)
    if array.shape != (m,):
        raise ValueError(f"{name} must have shape ({m},), given shape {array.shape}")
    if not np.isfinite(array).all():
        j = int(np.argmin(np.isfinite(array)))
        raise ValueError(f"{name} must be finite, given {name}[{j}] = {array[j]}")
    return array


def _numbers(given: Any, name: str) -> NDArray[Any]:
    """Read an array of bools or real numbers; NumPy alone would parse text and drop imaginary parts."""
    try:
        array = np.asarray(given)
        if array.dtype.kind == "O":  # fractions, decimals, None (which becomes NaN)
            array = array.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a rectangular table of real numbers: {error}") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers, given dtype {array.dtype}")
    return array
