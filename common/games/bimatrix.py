r"""Nash equilibria of batches of bimatrix games, and a rule that picks one of several.

A pair of actions is a pure equilibrium if neither player gains by changing hers alone. Where there is none, Nash (1950)
promises one in mixed actions; Nashpy finds it.
"""

import warnings
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.games.payoffs import payoff_table

Selection = Literal["first", "best", "worst"]


@dataclass(frozen=True, eq=False)
class StageEquilibria:
    """One equilibrium of each game of a batch.

    Attributes
    ----------
    row, column : ndarray of float, shape (..., A1) and (..., A2)
        Probabilities of the players' actions.
    values : ndarray of float, shape (..., 2)
        Expected payoffs of the row and the column player.
    pure : ndarray of bool, shape (...)
        Which games had a pure equilibrium; the strategies are degenerate exactly there.
    """

    row: NDArray[np.float64]
    column: NDArray[np.float64]
    values: NDArray[np.float64]
    pure: NDArray[np.bool_]


def pure_equilibria(row: ArrayLike, column: ArrayLike, tolerance: float = 0) -> NDArray[np.bool_]:
    """Mark the pure equilibria of every game of a batch.

    Parameters
    ----------
    row, column : array_like, shape (..., A1, A2)
        Payoffs of the players; numbers of any real kind, `Fraction` included.
    tolerance : float
        A gain up to this much does not count, at least 0.

    Returns
    -------
    ndarray of bool, shape (..., A1, A2)

    Raises
    ------
    ValueError
        If the tables are malformed or of different shapes, or the tolerance is negative.

    Examples
    --------
    The Prisoner's Dilemma: only mutual defection.

    >>> pure_equilibria([[3, 0], [4, 2]], [[3, 4], [0, 2]]).tolist()
    [[False, False], [False, True]]
    """
    u, v = _check_games(row, column)
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be at least 0, given {tolerance}")
    best_row = u >= u.max(axis=-2, keepdims=True) - tolerance
    best_column = v >= v.max(axis=-1, keepdims=True) - tolerance
    return (best_row & best_column).astype(bool)


def select_pure(
    row: ArrayLike, column: ArrayLike, selection: Selection = "first", tolerance: float = 0
) -> NDArray[np.int64]:
    """Pick one pure equilibrium of every game of a batch.

    Parameters
    ----------
    row, column : array_like, shape (..., A1, A2)
        Payoffs of the players.
    selection : {"first", "best", "worst"}
        ``"first"``: the lowest row action, then the lowest column action. ``"best"`` and ``"worst"``: the largest and
        the smallest sum of payoffs; sums within `tolerance` of each other count as equal and the first one is taken.
    tolerance : float
        As in `pure_equilibria`.

    Returns
    -------
    ndarray of int, shape (..., 2)
        Row and column action; -1 where a game has no pure equilibrium.

    Raises
    ------
    ValueError
        If the tables are malformed, or `selection` is another word.
    """
    u, v = _check_games(row, column)
    if selection not in get_args(Selection):
        raise ValueError(f"selection must be one of {get_args(Selection)}, given {selection!r}")
    stable = pairs_first(pure_equilibria(u, v, tolerance))
    exists = stable.any(axis=0)
    if selection != "first":
        welfare = pairs_first((u + v).astype(float, copy=False))
        welfare = np.where(stable, welfare if selection == "best" else -welfare, -np.inf)
        stable &= welfare >= welfare.max(axis=0) - tolerance
    actions = np.stack(np.divmod(stable.argmax(axis=0), u.shape[-1]), axis=-1)
    actions[~exists] = -1
    return actions


def mixed_equilibrium(row: ArrayLike, column: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find one equilibrium of a single game by Nashpy, mixed if it must be.

    Lemke and Howson's path is followed from each label in turn, and the first end that is an equilibrium to 1e-9 of the
    payoffs' range is taken; in degenerate games the paths may fail, and then all supports are enumerated.

    Parameters
    ----------
    row, column : array_like, shape (A1, A2)
        Payoffs of the players.

    Returns
    -------
    x, y : ndarray of float, shape (A1,) and (A2,)
        Probabilities of the row and the column player's actions.

    Raises
    ------
    ValueError
        If the tables are malformed.
    RuntimeError
        If Nashpy finds none.

    Examples
    --------
    >>> x, y = mixed_equilibrium([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> x.tolist(), y.tolist()
    ([0.5, 0.5], [0.5, 0.5])
    """
    import nashpy

    u, v = (table.astype(float) for table in _check_games(row, column))
    if u.ndim != 2:
        raise ValueError(f"row must be a single game of shape (A1, A2), given shape {u.shape}")
    # Nashpy's paths compare with absolute tolerances: payoffs of all sizes are brought to one, which moves nothing.
    u, v = ((table - table.min()) / (np.ptp(table) or 1.0) for table in (u, v))
    game = nashpy.Game(u, v)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # degenerate games: every candidate is checked below
        for candidates in (game.lemke_howson_enumeration, game.support_enumeration, game.vertex_enumeration):
            for x, y in candidates():
                if x.shape == u.shape[:1] and y.shape == u.shape[1:] and _is_equilibrium(u, v, x, y):
                    x, y = (np.maximum(z, 0) for z in (x, y))  # rounding may leave -1e-17
                    return x / x.sum(), y / y.sum()
    raise RuntimeError("Nashpy found no equilibrium of the game")


def stage_equilibria(
    row: ArrayLike, column: ArrayLike, selection: Selection = "first", tolerance: float = 1e-9
) -> StageEquilibria:
    """Find one equilibrium of every game of a batch: a pure one by the rule, a mixed one where there is none.

    Parameters
    ----------
    row, column : array_like, shape (..., A1, A2)
        Payoffs of the players.
    selection, tolerance
        As in `select_pure`.

    Returns
    -------
    StageEquilibria

    Raises
    ------
    ValueError
        As `select_pure` does.
    """
    u, v = (table.astype(float) for table in _check_games(row, column))
    actions = select_pure(u, v, selection, tolerance)
    pure = actions[..., 0] >= 0
    x, y = ((np.arange(n) == actions[..., k, None]).astype(float) for k, n in enumerate(u.shape[-2:]))
    pairs = np.maximum(actions[..., 0] * u.shape[-1] + actions[..., 1], 0)[None]
    values = np.concatenate([np.take_along_axis(pairs_first(table), pairs, axis=0) for table in (u, v)])
    values = np.moveaxis(values, 0, -1)
    for game in map(tuple, np.argwhere(~pure)):
        x[game], y[game] = mixed_equilibrium(u[game], v[game])
        values[game] = x[game] @ u[game] @ y[game], x[game] @ v[game] @ y[game]
    return StageEquilibria(x, y, values, pure)


def pairs_first(table: NDArray[Any]) -> NDArray[Any]:
    """Bring the pairs of actions of a batch to the front, in lexicographic order.

    Parameters
    ----------
    table : ndarray, shape (..., A1, A2)
        Something known of every pair of actions.

    Returns
    -------
    ndarray, shape (A1 * A2, ...)
        Searches over the first axis run along the batch, which is much faster than along a short last axis.
    """
    return np.moveaxis(table, (-2, -1), (0, 1)).reshape(-1, *table.shape[:-2])


def _check_games(row: ArrayLike, column: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Refuse tables that are no batch of bimatrix games."""
    u, v = payoff_table(row, "row", 2), payoff_table(column, "column", 2)
    if u.shape != v.shape:
        raise ValueError(f"row and column must have one shape, given {u.shape} and {v.shape}")
    return u, v


def _is_equilibrium(
    u: NDArray[np.float64], v: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> bool:
    """Whether neither player gains more than 1e-9 by deviating from (x, y)."""
    proper = all(np.isfinite(z).all() and z.min() >= -1e-12 and abs(z.sum() - 1) < 1e-9 for z in (x, y))
    return proper and (u @ y).max() - x @ u @ y <= 1e-9 and (x @ v).max() - x @ v @ y <= 1e-9
