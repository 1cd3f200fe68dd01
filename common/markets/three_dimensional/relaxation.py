r"""The linear relaxation of the three-dimensional assignment problem, by column generation.

.. math:: \max_{w\ge0}\sum v_{xyz}w_{xyz}\ \text{with every agent in at most one unit},\qquad
    \min_{a,b,c\ge0}\sum_x a_x+\sum_y b_y+\sum_z c_z\ \text{with}\ a_x+b_y+c_z\ge v_{xyz}.

The programme is solved over few triples; all others are priced at once by its duals, and for every agent those join
that the duals cover worst. Moving each :math:`a_x` to the least that covers all triples of ``x``, given ``b`` and
``c``, makes any duals feasible, so every round proves a bound, and that of the last round meets the value. If a number
``k`` of triples is asked for, its row has a dual of its own, which every triple also pays and which counts ``k`` times.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from common.markets.three_dimensional.triples import (
    SIDES,
    Prices,
    Shape,
    Triple,
    as_triples,
    check_count,
    incidence,
    scaled,
)
from common.markets.validation import check_values
from common.optim import Solution, solve_milp

_FIRST, _MORE = 30, 10  #: triples that an agent starts with, and gets in a round
_TIGHT = 1e-9  #: relative distance of bound and value at which the rounds end


@dataclass(frozen=True, eq=False)
class LinearRelaxation:
    """Duals that bound every assignment from above, and the weights that (nearly) attain the bound.

    Attributes
    ----------
    value : float
        The value of the duals, in money: a proven upper bound for every assignment (of as many triples as asked for).
        That of the weights is less by the tolerance of the solver at most.
    duals : tuple of ndarray of float, shapes (X,), (Y,), (Z,)
        Duals in money, ``>= 0``; those of a triple and `count_dual` add up to its value or more (up to rounding).
    count_dual : float
        What one triple more would add, in money; 0 if no number of triples was asked for.
    weights : tuple of ((int, int, int), float)
        The triples in use with their weights, positive and at most 1, sorted.
    columns : ndarray of int
        Flat indices of all triples that were generated.
    seconds : float
        Wall-clock time.
    """

    value: float
    duals: Prices
    count_dual: float
    weights: tuple[tuple[Triple, float], ...]
    columns: NDArray[np.intp]
    seconds: float


def linear_relaxation(values: ArrayLike, *, count: int | None = None) -> LinearRelaxation:
    """Solve the linear relaxation of the three-dimensional assignment problem.

    Parameters
    ----------
    values : array_like, shape (X, Y, Z)
        Value of each triple in money; may be negative.
    count : int, optional
        Exact number of triples, ``0..min(X, Y, Z)``; any number by default.

    Returns
    -------
    LinearRelaxation

    Raises
    ------
    ValueError
        If an argument is malformed; the message names it.

    Examples
    --------
    >>> linear_relaxation([[[2.0, 1.0]], [[1.0, 3.0]]]).value
    3.0
    """
    begin = time.perf_counter()
    table = check_values(values, "values", SIDES, signed=True)
    count = check_count(count, table.shape)
    table, scale = scaled(table, count)
    columns = _first_columns(table, count)
    best, bound = np.zeros(sum(table.shape) + 1), np.inf
    while True:
        master = solve_master(table, columns, count)
        duals, gains = _price(table, master)
        proven = float(duals[:-1].sum() + duals[-1] * (count or 0))
        if proven < bound:
            best, bound = duals, proven
        if bound - master.objective <= _TIGHT * max(abs(bound), 1.0):
            break
        grown = np.union1d(columns, _best_of_agents(gains, _MORE, above=_TIGHT))
        if grown.size == columns.size:
            break
        columns = grown
    used = columns[master.x > _TIGHT]
    weights = master.x[master.x > _TIGHT].clip(max=1.0)
    first, second, third = np.split(best[:-1] * scale, np.cumsum(table.shape)[:-1])
    return LinearRelaxation(
        float(bound * scale),
        (first, second, third),
        float(best[-1] * scale),
        tuple(zip(as_triples(used, table.shape), weights.tolist(), strict=True)),
        columns,
        time.perf_counter() - begin,
    )


def reduced_costs(values: NDArray[np.float64], relaxation: LinearRelaxation) -> NDArray[np.float64]:
    """Say how much of its value each triple has left after the duals are paid: ``<= 0`` up to rounding.

    Parameters
    ----------
    values : ndarray of float, shape (X, Y, Z)
        Value of each triple, in money.
    relaxation : LinearRelaxation
        Its duals.

    Returns
    -------
    ndarray of float, shape (X, Y, Z)
        In money. The value of an assignment is at most that of the relaxation plus the reduced costs of its triples.
    """
    first, second, third = relaxation.duals
    return values - first[:, None, None] - second[:, None] - third - relaxation.count_dual


def solve_master(
    values: NDArray[np.float64], columns: NDArray[np.intp], count: int | None, **options: object
) -> Solution:
    """Solve the programme over some of the triples; ``options`` go to :func:`~common.optim.solve_milp`.

    Parameters
    ----------
    values : ndarray of float, shape (X, Y, Z)
        Value of each triple.
    columns : ndarray of int
        Flat indices of the triples, sorted.
    count : int or None
        Exact number of triples.
    **options
        ``integrality``, ``time_limit``, ``gap``, ``start``, ``threads``.

    Returns
    -------
    Solution
        The rows are the agents, one side after the other, and last the number of triples.
    """
    agents = sum(values.shape)
    rows = sparse.vstack([incidence(columns, values.shape), np.ones((1, columns.size))], format="csr")
    lower = np.r_[np.full(agents, -np.inf), -np.inf if count is None else count]
    upper = np.r_[np.ones(agents), np.inf if count is None else count]
    return solve_milp(values.ravel()[columns], rows, lower, upper, maximise=True, **options)


def _first_columns(values: NDArray[np.float64], count: int | None) -> NDArray[np.intp]:
    """Take the best triples of every agent; if a number is asked for, also a diagonal, so that there are enough."""
    if count is None:
        return _best_of_agents(values, _FIRST, above=0.0)
    diagonal = np.arange(min(values.shape))
    enough = np.ravel_multi_index((diagonal, diagonal, diagonal), values.shape) if diagonal.size else diagonal
    return np.union1d(enough, _best_of_agents(values, _FIRST, above=-np.inf))


def _best_of_agents(table: NDArray[np.float64], k: int, *, above: float) -> NDArray[np.intp]:
    """Find the ``k`` best triples of every agent among those above a limit, as sorted flat indices."""
    if not table.size:
        return np.zeros(0, dtype=np.intp)
    index = np.arange(table.size).reshape(table.shape)
    found = []
    for axis, agents in enumerate(table.shape):
        own = np.moveaxis(table, axis, 0).reshape(agents, -1)
        best = np.argpartition(own, -min(k, own.shape[1]), axis=1)[:, -k:]
        found.append(np.take_along_axis(np.moveaxis(index, axis, 0).reshape(agents, -1), best, 1).ravel())
    chosen = np.unique(np.concatenate(found))
    return chosen[table.ravel()[chosen] > above]


def _price(values: NDArray[np.float64], master: Solution) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Make the duals of the solver feasible; also return by how much its own leave each triple uncovered."""
    shape: Shape = values.shape
    given = np.zeros(sum(shape) + 1) if master.duals is None else master.duals.copy()
    given[:-1] = given[:-1].clip(min=0.0)
    first, second, third, more = np.split(given, np.cumsum(shape))
    left = values - second[:, None] - third - more
    feasible = given.copy()
    feasible[: shape[0]] = left.max(axis=(1, 2), initial=0.0)
    return feasible, left - first[:, None, None]
