r"""Payments that make a target profile dominant: k-implementation.

D. Monderer and M. Tennenholtz, "k-Implementation", Journal of Artificial Intelligence Research 21 (2004) 37-62. An
outsider promises each player non-negative payments that depend on everybody's actions. To make player i's target action
:math:`z_i` dominant she must pay, whatever the others do, at least what a deviation would gain,

.. math:: b_i(z_i, a_{-i}) = \max\bigl(0,\ \max_{a_i\ne z_i} u_i(a_i, a_{-i}) + \xi - u_i(z_i, a_{-i})\bigr),

and nothing for other actions. Each of these numbers is the least possible, and all but those at the target are promises
that are never called in: dominance costs on the path what a mere Nash equilibrium costs.
"""

from collections.abc import Sequence
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.games.payoffs import payoff_table


def implementation_payments(
    payoffs: Sequence[ArrayLike], target: Sequence[int], margin: float | Fraction = 0
) -> list[NDArray[Any]]:
    """Least payments that make every player's target action dominant.

    Parameters
    ----------
    payoffs : sequence of n array_like, each of shape (A1, ..., An)
        Payoffs of each player. Integers and `Fraction` give exact payments.
    target : sequence of n int
        The action that each player should take.
    margin : float or Fraction
        By how much it should beat every other action, at least 0; 0 means weakly (never worse than another action).

    Returns
    -------
    list of n ndarray, each of shape (A1, ..., An)
        Payments to each player, in the payoffs' unit; zero where the player does not take the target action.

    Raises
    ------
    ValueError
        If payoffs are malformed or of different shapes, their number is not that of their axes, the target names an
        action that is not there, or the margin is negative or not finite.

    Examples
    --------
    The Prisoner's Dilemma: 1 for cooperating with a cooperator, 2 for cooperating with a defector.

    >>> row, column = implementation_payments([[[3, 0], [4, 2]], [[3, 4], [0, 2]]], (0, 0))
    >>> row.tolist(), column.tolist()
    ([[1, 2], [0, 0]], [[1, 0], [2, 0]])
    """
    tables = [payoff_table(table, f"payoffs[{player}]", 1) for player, table in enumerate(payoffs)]
    profile = _check_target(tables, target)
    if not isinstance(margin, Real) or not 0 <= margin < np.inf:
        raise ValueError(f"margin must be finite and at least 0, given {margin!r}")
    return [_least_payments(table, player, profile[player], margin) for player, table in enumerate(tables)]


def on_path_cost(payments: Sequence[ArrayLike], target: Sequence[int]) -> Any:
    """Total payments if everybody takes the target action: what is really paid.

    Parameters
    ----------
    payments : sequence of n array_like, each of shape (A1, ..., An)
        Payments to each player.
    target : sequence of n int
        The action that each player takes.

    Returns
    -------
    number
        Of the payments' kind: exact if they are.

    Raises
    ------
    ValueError
        If payments are malformed or the target names an action that is not there.

    Examples
    --------
    >>> int(on_path_cost([[[1, 2], [0, 0]], [[1, 0], [2, 0]]], (0, 0)))
    2
    """
    tables = [payoff_table(table, f"payments[{player}]", 1) for player, table in enumerate(payments)]
    profile = _check_target(tables, target)
    return sum(table[profile] for table in tables)


def _least_payments(table: NDArray[Any], player: int, action: int, margin: Any) -> NDArray[Any]:
    """Payments to one player, on the target's slice of her own axis."""
    margin = float(margin) if table.dtype.kind == "f" else margin
    payments = np.zeros_like(table, dtype=np.result_type(table, np.asarray(margin)))
    others = np.delete(table, action, axis=player)
    if others.shape[player]:
        temptation = others.max(axis=player) + margin - np.take(table, action, axis=player)
        np.moveaxis(payments, player, 0)[action] = np.maximum(temptation, 0)
    return payments


def _check_target(tables: list[NDArray[Any]], target: Sequence[int]) -> tuple[int, ...]:
    """Refuse tables that are no n-player game, and a target that is no profile of it."""
    shapes = {table.shape for table in tables}
    if len(shapes) != 1 or len(next(iter(shapes))) != len(tables):
        raise ValueError(f"payoffs must be n tables of one shape with n axes, given shapes {[t.shape for t in tables]}")
    shape, profile = tables[0].shape, tuple(target) if np.ndim(target) == 1 else ()
    fits = len(profile) == len(shape) and all(
        isinstance(a, int | np.integer) and not isinstance(a, bool) and 0 <= a < n
        for a, n in zip(profile, shape, strict=True)
    )
    if not fits:
        raise ValueError(f"target must name an action for each of the axes {shape}, given {target!r}")
    return tuple(map(int, profile))
