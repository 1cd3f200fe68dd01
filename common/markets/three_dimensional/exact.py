"""The three-dimensional assignment problem, exactly: relaxation, then integer programmes over few triples.

The problem is NP-hard (Karp 1972), but its relaxation is often integral, and then that is the answer. If it is not, an
integer programme over the triples that the column generation met gives an assignment of some value ``L``. The reduced
cost of a triple says by how much its use lowers the bound of the relaxation, so that an assignment better than ``L``
uses only triples that keep the bound above ``L``. A second integer programme over these finds it, or proves that there
is none.
"""

import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.markets.three_dimensional.relaxation import (
    LinearRelaxation,
    linear_relaxation,
    reduced_costs,
    solve_master,
)
from common.markets.three_dimensional.triples import (
    SIDES,
    ThreeDimensionalAssignment,
    Triple,
    as_assignment,
    as_columns,
    check_count,
    check_triples,
    scaled,
)
from common.markets.validation import check_values

_INTEGRAL = 1 - 1e-6  #: a weight above this is one
_ROUNDING = 1e-9  #: what reduced costs may be off, relative to the bound


def three_dimensional_assignment(
    values: ArrayLike,
    *,
    count: int | None = None,
    start: Iterable[Triple] = (),
    time_limit: float = np.inf,
    gap: float = 1e-7,
    threads: int = 1,
) -> ThreeDimensionalAssignment:
    """Choose disjoint triples, one agent of each side, of the greatest total value.

    Parameters
    ----------
    values : array_like, shape (X, Y, Z)
        Value of each triple in money; may be negative.
    count : int, optional
        Exact number of triples, ``0..min(X, Y, Z)``. By default any number, and triples of value ``<= 0`` are not used.
    start : iterable of (int, int, int)
        Disjoint triples to begin with (``count`` of them if that is given), such as those of
        :func:`~common.markets.three_dimensional.alternating_assignment`; the better they are, the fewer triples are
        searched.
    time_limit : float
        Seconds, ``> 0``. The relaxation is finished in any case, and the start is kept if nothing better is found.
    gap : float
        Relative gap at which the search stops, ``>= 0``.
    threads : int
        Threads of the solver, ``>= 1``.

    Returns
    -------
    ThreeDimensionalAssignment
        With status ``"optimal"`` (within the gap) or ``"time limit"``.

    Raises
    ------
    ValueError
        If an argument is malformed; the message names it.

    Examples
    --------
    >>> three_dimensional_assignment([[[2.0, 1.0]], [[1.0, 3.0]]]).triples
    ((1, 0, 1),)
    """
    begin = time.perf_counter()
    table = check_values(values, "values", SIDES, signed=True)
    if not time_limit > 0 or not gap >= 0 or threads < 1:
        raise ValueError(
            "time_limit must be > 0, gap >= 0 and threads >= 1,"
            f" given time_limit={time_limit}, gap={gap}, threads={threads}"
        )
    chosen = _first_choice(start, table, check_count(count, table.shape))
    weights, scale = scaled(table, count)
    lp = linear_relaxation(weights, count=count)
    if all(weight > _INTEGRAL for _, weight in lp.weights):
        chosen, bound, stopped = as_columns([triple for triple, _ in lp.weights], table.shape), lp.value, "optimal"
    else:
        limits = {"gap": gap, "threads": threads}
        chosen, bound, stopped = _search(weights, count, lp, chosen, begin + time_limit, limits)
    return as_assignment(chosen, table, bound * scale, stopped, begin)


def _first_choice(start: Iterable[Triple], values: NDArray[np.float64], count: int | None) -> NDArray[np.intp]:
    """Check the start; without one, an exact number of triples is first taken from the diagonal."""
    chosen = as_columns(check_triples(start, values.shape, "start"), values.shape)
    if count is None:
        return chosen[values.ravel()[chosen] > 0]
    if chosen.size not in (0, count):
        raise ValueError(f"start must hold {count} triples (or none), given {chosen.size}")
    return chosen if chosen.size else as_columns([(i, i, i) for i in range(count)], values.shape)


def _search(
    values: NDArray[np.float64],
    count: int | None,
    lp: LinearRelaxation,
    chosen: NDArray[np.intp],
    deadline: float,
    limits: dict[str, float],
) -> tuple[NDArray[np.intp], float, str]:
    """Improve a choice until no triple outside the last integer programme can be part of a better one.

    Returns
    -------
    chosen : ndarray of int
        Flat indices of the triples.
    bound : float
        Proven bound on every choice.
    stopped : str
        Why the search ended, in the words of the solver.
    """
    flat = values.ravel()
    costs = reduced_costs(values, lp).ravel()
    if count is None:
        costs[flat <= 0] = -np.inf

    def contenders() -> NDArray[np.intp]:
        return np.flatnonzero(costs >= flat[chosen].sum() - lp.value - _ROUNDING * abs(lp.value))

    inside = contenders()
    if inside.size > lp.columns.size:
        inside = np.union1d(lp.columns, chosen)
    while True:
        answer = solve_master(
            values,
            inside,
            count,
            integrality=np.ones(inside.size),
            start=np.isin(inside, chosen),
            time_limit=max(deadline - time.perf_counter(), 1e-3),
            **limits,
        )
        if answer.x is not None and answer.objective > flat[chosen].sum():
            chosen = inside[answer.x > 0.5]
        value, outside = flat[chosen].sum(), contenders()
        complete = np.isin(outside, inside, assume_unique=True).all()
        if complete or answer.status != "optimal" or lp.value - value <= limits["gap"] * abs(value):
            bound = max(answer.bound, value) if complete else lp.value
            return chosen, min(bound, lp.value), answer.status
        inside = outside
