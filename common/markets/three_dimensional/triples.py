"""What all solvers of the three-dimensional assignment problem share: triples, their constraints, and the answer."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from common.optim import magnitude

Triple = tuple[int, int, int]
Triples = tuple[Triple, ...]
Prices = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
Shape = tuple[int, int, int]

SIDES = ("first", "second", "third")


@dataclass(frozen=True)
class ThreeDimensionalAssignment:
    """Disjoint triples, and how much better they might be.

    Attributes
    ----------
    triples : tuple of (int, int, int)
        The chosen ``(x, y, z)``, disjoint and sorted.
    value : float
        Their total value, in money.
    bound : float
        No set of disjoint triples that is allowed has a larger value (proven).
    gap : float
        ``(bound - value) / |value|``, relative to 1 if the value is 0.
    status : str
        ``"optimal"`` (within the gap asked for), or why the search ended: ``"time limit"``, ``"local optimum"``.
    seconds : float
        Wall-clock time.
    """

    triples: Triples
    value: float
    bound: float
    gap: float
    status: str
    seconds: float


def check_count(count: int | None, shape: Shape) -> int | None:
    """Check a number of triples: None, or one that fits into every side.

    Parameters
    ----------
    count : int or None
        The number asked for, ``0..min(shape)``.
    shape : tuple of int
        Numbers of agents ``(X, Y, Z)``.

    Returns
    -------
    int or None

    Raises
    ------
    ValueError
        If it is no integer or out of range.
    """
    if count is None:
        return None
    if not isinstance(count, int | np.integer) or isinstance(count, bool) or not 0 <= count <= min(shape):
        raise ValueError(f"count must be an integer in 0..{min(shape)}, given {count!r}")
    return int(count)


def check_triples(triples: Iterable[Triple], shape: Shape, name: str) -> Triples:
    """Check that triples name agents there are, each at most once.

    Parameters
    ----------
    triples : iterable of (int, int, int)
        One agent of each side.
    shape : tuple of int
        Numbers of agents ``(X, Y, Z)``.
    name : str
        What the caller calls them; used in the message.

    Returns
    -------
    tuple of (int, int, int)

    Raises
    ------
    ValueError
        If something is no triple of integers, an agent does not exist, or one occurs twice.
    """
    given = list(triples)
    array = np.array(given) if given else np.zeros((0, 3), dtype=np.intp)
    if array.ndim != 2 or array.shape[1] != 3 or array.dtype.kind not in "iu":
        raise ValueError(f"{name} must hold triples of integers, given {given}")
    for agents, size, side in zip(array.T, shape, SIDES, strict=True):
        if ((agents < 0) | (agents >= size)).any():
            raise ValueError(f"{name} must name agents of the {side} side in 0..{size - 1}, given {agents.tolist()}")
        if np.unique(agents).size < agents.size:
            raise ValueError(f"{name} must be disjoint, given {side} agents {agents.tolist()}")
    return tuple((int(x), int(y), int(z)) for x, y, z in array)


def scaled(values: NDArray[np.float64], count: int | None) -> tuple[NDArray[np.float64], float]:
    """Bring values near 1, as the tolerances of the solver are absolute.

    Where any number of triples will do, those of negative value are never used and count 0, lest a huge loss (a
    triple forbidden that way) set the scale.

    Parameters
    ----------
    values : ndarray of float, shape (X, Y, Z)
        Value of each triple, in money.
    count : int or None
        Exact number of triples.

    Returns
    -------
    ndarray of float, shape (X, Y, Z)
        The values divided by the scale.
    float
        The scale, in money.
    """
    used = values.clip(min=0.0) if count is None else values
    scale = magnitude(used)
    return used / scale, scale


def incidence(columns: NDArray[np.intp], shape: Shape) -> sparse.csr_array:
    """Tell which agents are in which triples.

    Parameters
    ----------
    columns : ndarray of int, shape (k,)
        Triples as flat indices into a table of the given shape.
    shape : tuple of int
        Numbers of agents ``(X, Y, Z)``.

    Returns
    -------
    sparse array, shape (X + Y + Z, k)
        1 where the agent is in the triple; the three sides one below the other.
    """
    first_row = np.array([0, shape[0], shape[0] + shape[1]])
    rows = np.stack(np.unravel_index(columns, shape)) + first_row[:, None]
    k = columns.size
    return sparse.csr_array((np.ones(3 * k), (rows.ravel(), np.tile(np.arange(k), 3))), shape=(sum(shape), k))


def as_triples(columns: NDArray[np.intp], shape: Shape) -> Triples:
    """Write flat indices as sorted triples."""
    return tuple(zip(*(side.tolist() for side in np.unravel_index(np.sort(columns), shape)), strict=True))


def as_columns(triples: Sequence[Triple], shape: Shape) -> NDArray[np.intp]:
    """Write triples as sorted flat indices."""
    sides = np.array(triples, dtype=np.intp).reshape(-1, 3).T
    return np.sort(np.ravel_multi_index(tuple(sides), shape)) if triples else np.zeros(0, dtype=np.intp)


def as_assignment(
    columns: NDArray[np.intp], values: NDArray[np.float64], bound: float, status: str, begin: float
) -> ThreeDimensionalAssignment:
    """Put the answer together.

    Parameters
    ----------
    columns : ndarray of int
        Flat indices of the chosen triples.
    values : ndarray of float, shape (X, Y, Z)
        Value of each triple.
    bound : float
        Proven bound.
    status : str
        Why the search ended.
    begin : float
        When it began, by :func:`time.perf_counter`.

    Returns
    -------
    ThreeDimensionalAssignment
    """
    value = float(values.ravel()[columns].sum())
    bound = max(float(bound), value)
    gap = (bound - value) / (abs(value) or 1.0)
    return ThreeDimensionalAssignment(
        as_triples(columns, values.shape), value, bound, gap, status, time.perf_counter() - begin
    )
