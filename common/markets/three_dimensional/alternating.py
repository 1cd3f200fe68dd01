"""The three-dimensional assignment problem by alternating assignment: fast, good, with a bound.

If the pairs of two sides are fixed, the best way to add the third side is an assignment problem. Doing this for the
three sides in turn until nothing improves is a local search. It is started many times: from the weights of the linear
relaxation, rounded, and from random pairs.
"""

import time

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from common.markets.three_dimensional.relaxation import LinearRelaxation, linear_relaxation
from common.markets.three_dimensional.triples import SIDES, Shape, ThreeDimensionalAssignment, Triple, as_assignment
from common.markets.validation import check_values

_EQUAL = 1e-9  #: relative difference below which two values are the same


def alternating_assignment(
    values: ArrayLike,
    generator: np.random.Generator,
    *,
    restarts: int = 50,
    relaxation: LinearRelaxation | None = None,
) -> ThreeDimensionalAssignment:
    """Search for disjoint triples of a large total value.

    Parameters
    ----------
    values : array_like, shape (X, Y, Z)
        Value of each triple in money; may be negative. Triples of value ``<= 0`` are not used.
    generator : numpy.random.Generator
        Draws the starts.
    restarts : int
        Number of starts, ``>= 1``. The search ends early when it meets the bound.
    relaxation : LinearRelaxation, optional
        The relaxation of the same values (without a number of triples); it is solved if it is not given.

    Returns
    -------
    ThreeDimensionalAssignment
        Status ``"optimal"`` if the bound of the relaxation is met, else ``"local optimum"``.

    Raises
    ------
    ValueError
        If an argument is malformed; the message names it.
    """
    begin = time.perf_counter()
    table = check_values(values, "values", SIDES, signed=True)
    if restarts < 1:
        raise ValueError(f"restarts must be >= 1, given {restarts}")
    if relaxation is None:
        relaxation = linear_relaxation(table)
    elif tuple(side.size for side in relaxation.duals) != table.shape:
        raise ValueError(f"relaxation must be that of values of shape {table.shape}, given one of another shape")
    best, best_value = np.zeros((0, 3), dtype=np.intp), 0.0
    for start in range(restarts):
        if relaxation.value - best_value <= _EQUAL * abs(relaxation.value):
            break
        # Every other start is random: rounded weights alone may lead to the same optimum again and again.
        kept = _rounded(relaxation, generator, noisy=start > 0) if start % 2 == 0 else []
        rows, value = _climb(table, _completed(kept, table.shape, generator))
        if value > best_value:
            best, best_value = rows, value
    used = best[(best >= 0).all(axis=1)]
    used = used[table[tuple(used.T)] > 0]
    status = "optimal" if relaxation.value - best_value <= _EQUAL * abs(relaxation.value) else "local optimum"
    return as_assignment(np.ravel_multi_index(tuple(used.T), table.shape), table, relaxation.value, status, begin)


def _rounded(relaxation: LinearRelaxation, generator: np.random.Generator, *, noisy: bool) -> list[Triple]:
    """Keep disjoint triples in the order of their weights; with noise, draw them in proportion to their weights."""
    weights = np.log([weight for _, weight in relaxation.weights])
    if noisy:
        weights = weights + generator.gumbel(size=weights.size)
    kept: list[Triple] = []
    taken: tuple[set[int], ...] = (set(), set(), set())
    for k in np.argsort(-weights, kind="stable"):
        triple = relaxation.weights[k][0]
        if not any(agent in side for agent, side in zip(triple, taken, strict=True)):
            kept.append(triple)
            for agent, side in zip(triple, taken, strict=True):
                side.add(agent)
    return kept


def _completed(kept: list[Triple], shape: Shape, generator: np.random.Generator) -> NDArray[np.intp]:
    """Put every agent into one row, those without a triple at random; -1 where a smaller side has run out."""
    rows = np.full((max(shape), 3), -1, dtype=np.intp)
    rows[: len(kept)] = np.array(kept, dtype=np.intp).reshape(-1, 3)
    for axis, size in enumerate(shape):
        idle = generator.permutation(np.setdiff1d(np.arange(size), rows[: len(kept), axis]))
        places = len(kept) + generator.permutation(max(shape) - len(kept))[: idle.size]
        rows[places, axis] = idle
    return rows


def _climb(values: NDArray[np.float64], rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], float]:
    """Assign one side anew to the pairs of the other two, in turn, until no side improves the total."""
    value, idle_turns, axis = -np.inf, 0, 0
    while idle_turns < 3:
        rows, found = _assign(values, rows, axis)
        idle_turns = 0 if found > value + _EQUAL * abs(found) else idle_turns + 1
        value, axis = found, (axis + 1) % 3
    return rows, value


def _assign(values: NDArray[np.float64], rows: NDArray[np.intp], axis: int) -> tuple[NDArray[np.intp], float]:
    """Assign one side optimally to the pairs of the other two; an unused triple counts 0, not its negative value."""
    pairs = np.delete(rows, axis, axis=1)
    whole = (pairs >= 0).all(axis=1)
    weights = np.zeros((rows.shape[0], values.shape[axis]))
    weights[whole] = np.moveaxis(values, axis, 2)[tuple(pairs[whole].T)].clip(min=0.0)
    places, agents = linear_sum_assignment(weights, maximize=True)
    changed = rows.copy()
    changed[:, axis] = -1
    changed[places, axis] = agents
    return changed, float(weights[places, agents].sum())
