r"""The three-dimensional assignment problem on a chain of the three sides: polynomial, with supporting prices.

If the value of a triple splits along a path, :math:`v_{xmz}=l_{xm}+r_{mz}`, the linear relaxation is a flow through
unit capacities, so it is integral, and one *square* assignment problem solves it. Its rows are an out-copy of every
middle agent and the agents of the first side, its columns an in-copy of every middle agent and the agents of the last
side. The weights are :math:`l_{xm}` where ``x`` meets the in-copy of ``m``, :math:`r_{mz}` where the out-copy of ``m``
meets ``z``, 0 where a middle agent meets herself (she is idle) and 0 where ``x`` meets ``z`` (both are idle); a middle
agent may not meet another one. Dummies of weight 0, who may meet only an idle ``x`` or ``z``, make it square. The
out-copy of ``m`` meets some ``z`` exactly if her in-copy meets some ``x``, which is when they cannot meet each other.

With row duals :math:`\alpha` and column duals :math:`\beta`, the prices :math:`\alpha_x`, :math:`\alpha_m+\beta_m` and
:math:`\beta_z` cover every triple, and those chosen exactly. A shift of all rows against all columns makes the least of
the row duals of the first side (dummies included) 0. Then :math:`\beta_z\ge0` because ``x`` may idle with ``z``, and
:math:`\alpha_m+\beta_m\ge0` because ``m`` may meet herself; whoever is idle has price 0 because the weight of idling
is 0. So the prices solve the dual.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from common.markets.three_dimensional.triples import Prices, Triple, Triples
from common.markets.validation import check_values


@dataclass(frozen=True, eq=False)
class ChainAssignment:
    """An optimal assignment of a chain, and the prices that prove it.

    Attributes
    ----------
    triples : tuple of (int, int, int)
        The chosen ``(x, m, z)``, disjoint and sorted, each of positive value.
    value : float
        Their total value, in money; no set of disjoint triples has more.
    prices : tuple of ndarray of float, shapes (X,), (M,), (Z,)
        An optimal dual solution in money: ``>= 0``, 0 for idle agents; the three prices of a triple add up to its value
        or more, and to its value if it is chosen (up to rounding).
    """

    triples: Triples
    value: float
    prices: Prices


def chain_assignment(left: ArrayLike, right: ArrayLike) -> ChainAssignment:
    """Choose disjoint triples of the greatest total value ``left[x, m] + right[m, z]``.

    Parameters
    ----------
    left : array_like, shape (X, M)
        What the first two agents of a triple add to its value, in money; may be negative.
    right : array_like, shape (M, Z)
        What the last two add, in money; may be negative.

    Returns
    -------
    ChainAssignment

    Raises
    ------
    ValueError
        If an array is malformed or the two have different middle sides; the message names it.

    Examples
    --------
    >>> chain_assignment([[-1, -1]], [[3, 1], [2, 4]]).triples
    ((0, 1, 1),)
    """
    left = check_values(left, "left", ("first", "middle"), signed=True)
    right = check_values(right, "right", ("middle", "last"), signed=True)
    if left.shape[1] != right.shape[0]:
        raise ValueError(f"right must have shape ({left.shape[1]}, last) to fit left, given shape {right.shape}")
    weights = _square(left, right)
    column = linear_sum_assignment(weights, maximize=True)[1]
    (firsts, middles), lasts = left.shape, right.shape[1]
    triples = []
    for x, m in enumerate(column[middles : middles + firsts].tolist()):
        if m < middles and left[x, m] + right[m, column[m] - middles] > 0:
            triples.append((x, m, int(column[m]) - middles))
    rows = _row_duals(weights, column)
    columns = np.empty_like(rows)
    columns[column] = weights[np.arange(rows.size), column] - rows
    shift = rows[middles:].min() if rows.size > middles else 0.0
    prices = (
        rows[middles : middles + firsts] - shift,
        rows[:middles] + columns[:middles],
        columns[middles : middles + lasts] + shift,
    )
    value = float(sum(left[x, m] + right[m, z] for x, m, z in triples))
    return ChainAssignment(tuple(triples), value, _without_rounding(prices, triples))


def _square(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of the square assignment problem, -inf where two may not meet.

    The out-copies are the first rows: the solver, which adds row by row, was eight times slower with them last.
    """
    (firsts, middles), lasts = left.shape, right.shape[1]
    size = middles + max(firsts, lasts)
    weights = np.zeros((size, size))
    weights[:middles, :middles] = np.where(np.eye(middles, dtype=bool), 0.0, -np.inf)
    weights[:middles, middles : middles + lasts] = right
    weights[:middles, middles + lasts :] = -np.inf
    weights[middles : middles + firsts, :middles] = left
    weights[middles + firsts :, :middles] = -np.inf
    return weights


def _row_duals(weights: NDArray[np.float64], column: NDArray[np.intp]) -> NDArray[np.float64]:
    """Find duals of the rows of a solved square assignment problem, by Bellman-Ford.

    The dual of a row is at least the dual of another row plus the gain of taking that row's column from it. Rounds of
    these lower bounds rise to a fixed point, as a cycle of gains would be a better assignment; a path visits a row
    once, so as many rounds as rows suffice. A rise below rounding error is none.

    Parameters
    ----------
    weights : ndarray of float, shape (n, n)
        Weight of each pair, -inf where forbidden.
    column : ndarray of int, shape (n,)
        The column of each row in an assignment of the greatest total weight.

    Returns
    -------
    ndarray of float, shape (n,)
        ``duals[i] + (weights[k, column[k]] - duals[k]) >= weights[i, column[k]]`` for all ``i, k``, up to rounding.
    """
    n = column.size
    met = weights[:, column]
    gains = met - met.diagonal()
    tol = 4 * np.finfo(float).eps * n * np.abs(met, where=np.isfinite(met), out=np.zeros_like(met)).max(initial=0.0)
    duals = np.zeros(n)
    for _ in range(n):
        higher = (gains + duals).max(axis=1)
        if not (higher > duals + tol).any():
            break
        duals = np.maximum(duals, higher)
    return duals


def _without_rounding(prices: Prices, triples: list[Triple]) -> Prices:
    """Give exactly 0 to idle agents, and no negative price to others."""
    busy = np.array(triples, dtype=np.intp).reshape(-1, 3).T
    cleaned = tuple(np.zeros_like(side) for side in prices)
    for clean, side, agents in zip(cleaned, prices, busy, strict=True):
        clean[agents] = np.maximum(side[agents], 0.0)
    return cleaned
